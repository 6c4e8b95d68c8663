// The `explore` section: the scope in which every crash state is visited, sim/explore/exploration.h.
//
//   {"depth": 2, "operations": [3, 1], "arrivals": 16, "sampled_schedules": 0, "absent": false}
//
//   operations: of the clients in each life; lives beyond them recover and are read, and do nothing else.
//   arrivals: the schedule first in first out with clients that begin together, half a request's time apart, a whole one, …
//   sampled_schedules: further ones, in any order. absent: lives also begin with one member missing.
#pragma once

#include "scenarios/section.h"
#include "sim/explore/exploration.h"

namespace holdfast::scenarios {

sim::Scope read_scope(Section& section);

}  // namespace holdfast::scenarios
