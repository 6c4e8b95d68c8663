// Runs of one scenario, one seed after another, in a process of their own, until one notices what is broken.
//
//   H1  Whatever a broken engine does to its process (a broken check, a crash, an endless loop) is told as a verdict, and
//       ends nothing but the hunt.
//   H2  One run in twenty, and the one that noticed, is made twice: two that differ are the verdict `nondeterministic`.
//   H3  Seconds are those of one core, from the start of the process to its end.
//   Caller: hunts begin from a process that has one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reports/mutants.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {

struct HuntTask {
  const scenarios::Scenario* scenario;  // outlives the hunt
  std::uint64_t first_seed;
  std::uint64_t end_seed;  // not included
};

// So many processes at once. A hunt of which one run takes longer than `hang_seconds` is the verdict `hang`. In the order of
// the tasks; `progress` is told how many have ended.
std::vector<reports::Hunt> hunt_all(const std::vector<HuntTask>& tasks, unsigned jobs,
                                    double hang_seconds,
                                    const std::function<void(std::size_t)>& progress);

}  // namespace holdfast::drivers
