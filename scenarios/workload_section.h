// The `workload` section: what clients do between two power cuts.
//
//   {"operations": 60, "depth": 8, "places": "mixed", "sizes": ["512B", "4KiB", "4KiB", "64KiB"],
//    "reads": 0.1, "discards": 0.05, "write_zeroes": 0.05, "flushes": 0.1, "flush_every": 7,
//    "fua": 0.1, "preflush": 0.02, "pauses": 0.01, "pause_max": "5s", "swarm": true}
//
//   Rates are fractions of the operations, fua and preflush of the writes; what is left over are plain writes. A size
//   that stands twice is drawn twice as often. Without the section: the defaults of sim/workload.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/problem.h"
#include "scenarios/section.h"
#include "sim/workload.h"

namespace holdfast::scenarios {

sim::WorkloadSpec read_workload(Section& section);

// The section alone, as a text of its own: {"workload": {…}}. `name` stands in problems.
Parsed<sim::WorkloadSpec> parse_workload(const std::string& name, std::string_view text,
                                         const std::vector<std::string>& overrides);

}  // namespace holdfast::scenarios
