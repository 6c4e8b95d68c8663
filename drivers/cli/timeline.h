// What was recorded of a failing run, put into words that a report can carry: when each write became durable, or how the
// crash found it.
#pragma once

#include <optional>
#include <string>

#include "drivers/cli/flight_recorder.h"
#include "oracle/verdict.h"
#include "reports/timeline.h"
#include "sim/world.h"

namespace holdfast::drivers {

// Of a run of `world` with all its events kept, up to the moment at which the finding of this signature came up. Nothing if
// it did not.
std::optional<reports::Timeline> timeline_of(const sim::WorldSpec& world,
                                             const FlightRecorder& recorder,
                                             const sim::RunResult& run,
                                             const std::string& signature);

}  // namespace holdfast::drivers
