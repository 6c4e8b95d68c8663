// A scenario file: simulated devices, the volume on them, what clients do, what goes wrong, and what must be reached.
//
//   // The log wraps every few dozen writes; power goes at any instant.
//   { "schema": "holdfast.scenario/1",
//     "devices": { "m0..m3": {"model": "ssd", "size": "256KiB"} },
//     "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "16KiB" },
//     "workload": { "operations": 60, "depth": 8 },
//     "faults": { "power_cuts": 3, "cut_during_recovery": 0.5 },
//     "marks": ["raid.full_stripe_write"],
//     "rules": { "resync_after_unclean_stop": false },
//     "sabotage": { "m1": "drop_flush:3" },
//     "expect": "write_hole" }
//
//   marks    each must be reached by some run of a campaign, or the campaign is vacuous
//   rules    broken ones, for the verifier
//   sabotage devices that lie, for the verifier (scenarios/sabotage_section.h)
//   expect   the verdict that some run must find, and no other; without it none may be found
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/volume/volume_spec.h"
#include "oracle/verdict.h"
#include "scenarios/document.h"
#include "scenarios/problem.h"
#include "scenarios/workload_section.h"
#include "sim/explore/exploration.h"
#include "sim/world.h"

namespace holdfast::scenarios {

struct Scenario {
  std::string path;  // as it was given
  std::string name;  // the file's, without ".json"
  // Of what the file says with overrides and rules, and of the requests of its trace: comments and the order of keys don't count.
  std::uint64_t hash = 0;
  VolumeSpec volume;
  sim::WorldSpec world;
  std::optional<TraceSource> source;  // of the workload's requests
  std::optional<sim::Scope> scope;  // of `explore`
  std::vector<std::string> marks;
  std::optional<oracle::Verdict> expected;
  std::vector<std::pair<std::string, std::uint64_t>>
      device_bytes;  // by the key in the file: "m0..m3"
  // JSON: the file as overrides and rules have changed it, with a trace spelled out: it stands alone.
  std::string effective;
};

// `overrides`: "a.b=v", as --set takes them. `rules`: "name=value", as --rule takes them.
Parsed<Scenario> read_scenario(const std::string& path,
                               const std::vector<std::string>& overrides = {},
                               const std::vector<std::string>& rules = {});
Parsed<Scenario> parse_scenario(const std::string& path, const std::string& text,
                                const std::vector<std::string>& overrides = {},
                                const std::vector<std::string>& rules = {});

// The same of what was read already: a whole file, or a part of one.
Parsed<Scenario> scenario_in(const Document& document, const std::vector<std::string>& rules = {});

}  // namespace holdfast::scenarios
