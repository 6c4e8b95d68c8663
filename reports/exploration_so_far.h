// An exploration as far as it went: what `explore --resume FILE` writes from time to time, and goes on from.
//
//   { "schema": "holdfast.exploration/1",
//     "program": "0x…", "scenario": "three_writes_with_journal", "scenario_hash": "0x…",
//     "scope": {"depth": 2, "operations": [3, 1], "arrivals": 16, "sampled_schedules": 0, "absent": false, "seed": "0x…"},
//     "parts": 415, "seconds": 3.1, "core_seconds": 6.0,
//     "done": [{"part": 0, "crash_points": 12, "states": "0x…", …, "hash": "0x…", "marks": {…}, "findings": []}, …],
//     "checksum": "0x…" }
//
//   P1  Parts stand once each, in their order, and are whole: one that was interrupted is not there.
//   P2  The checksum is the CRC-64 of all the rest, as compact JSON with sorted keys: a file that was changed is no certificate.
//   P3  Whose it is stands in it: the program (a digest of its file), the scenario with overrides and rules, the scope.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "reports/campaign_reading.h"
#include "sim/explore/exploration.h"

namespace holdfast::reports {

struct ExplorationSoFar {
  std::uint64_t program = 0;
  std::string scenario;
  std::uint64_t scenario_hash = 0;
  sim::Scope scope;
  std::uint64_t parts = 0;
  double seconds = 0;  // of all who explored
  double core_seconds = 0;
  std::map<std::size_t, sim::ExplorationTally> done;  // by part
};

std::string json_of(const ExplorationSoFar& so_far);
tl::expected<ExplorationSoFar, ReadingProblem> read_exploration(const nlohmann::json& document);

// Of what the first is and the second is not, P3: where in the first one, and in words. Nothing if they are one exploration.
ReadingProblem difference(const ExplorationSoFar& found, const ExplorationSoFar& wanted);

}  // namespace holdfast::reports
