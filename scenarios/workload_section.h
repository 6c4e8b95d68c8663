// The `workload` section: what clients do between two power cuts.
//
//   {"operations": 60, "depth": 8, "places": "mixed", "sizes": ["512B", "4KiB", "4KiB", "64KiB"],
//    "reads": 0.1, "discards": 0.05, "write_zeroes": 0.05, "flushes": 0.1, "flush_every": 7,
//    "fua": 0.1, "preflush": 0.02, "pauses": 0.01, "pause_max": "5s", "swarm": true}
//
//   Rates are fractions of the operations, fua and preflush of the writes; what is left over are plain writes. A size
//   that stands twice is drawn twice as often. Without the section: the defaults of sim/workload.h.
//
//   {"trace": {"file": "ext4.log", "format": "dm-log-writes", "device": "8,0", "skip": 100},
//    "operations": 60, "depth": 8, "flush_every": 7, "speed": 1000}
//
//   The clients make the requests of a trace (scenarios/traces/), in its order. `file` is relative to the scenario's own; without
//   `format` its beginning tells. `operations`: at most so many in each cycle; a cycle begins behind those of the one before it.
//   `speed`: requests wait until they are due, so many times faster than they were recorded; without it nobody waits.
//   "requests": ["write 0+4096 fua", "flush"] stands for a trace that is spelled out (scenarios/traces/request_text.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/problem.h"
#include "scenarios/section.h"
#include "sim/workload.h"

namespace holdfast::scenarios {

// Where the requests of a workload come from, for who tells of it.
struct TraceSource {
  std::string file;  // as the scenario names it; empty: spelled out
  std::string format;
  bool goes_on = false;  // more stand there than are read
};

struct WorkloadRead {
  sim::WorkloadSpec spec;
  std::optional<TraceSource> source;
};

WorkloadRead read_workload(Section& section, const Document& document, Problems& problems);

// Each as a scenario spells it out.
std::vector<std::string> texts_of(const std::vector<sim::Request>& requests);

// The section alone, as a text of its own: {"workload": {…}}. `name` stands in problems.
Parsed<sim::WorkloadSpec> parse_workload(const std::string& name, std::string_view text,
                                         const std::vector<std::string>& overrides);

}  // namespace holdfast::scenarios
