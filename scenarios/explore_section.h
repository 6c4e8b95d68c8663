// The `explore` section: the scope in which every crash state is visited, sim/explore/exploration.h.
//
//   {"depth": 2, "operations": [3, 1], "schedules": 1, "absent": false}
//
//   operations: of the clients in each life; lives beyond them recover and are read, and do nothing else.
//   schedules: 1 is first in first out; each further one is sampled. absent: lives also begin with one member missing.
#pragma once

#include "scenarios/section.h"
#include "sim/explore/exploration.h"

namespace holdfast::scenarios {

sim::Scope read_scope(Section& section);

}  // namespace holdfast::scenarios
