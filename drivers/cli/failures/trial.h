// Whether a failure still fails, asked of a process of its own: a run that breaks a rule of the core, or does not end, is no
// success and stops nobody.
#pragma once

#include "sim/failure.h"

namespace holdfast::drivers {

// `world`: failure.world(…). The caller has one thread only.
bool still_fails(const sim::WorldSpec& world, const sim::Failure& failure);

}  // namespace holdfast::drivers
