// What a report tells of the recorded requests that a scenario's clients make.
#pragma once

#include <optional>

#include "reports/trace_use.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {

// `volume`: of no sectors if nobody could open it. Nothing if the clients draw what they do.
std::optional<reports::TraceUse> requests_made(const scenarios::Scenario& scenario,
                                               const DeviceLimits& volume);

}  // namespace holdfast::drivers
