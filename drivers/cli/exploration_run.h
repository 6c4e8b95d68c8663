// One scope explored by several threads: its crash points in parts, each with a memory of its own.
//
//   schedule 0: [ crash points 0..2 ) [ 2..4 ) …   schedule 1: …      a part each, taken by whoever is free
//
//   R1  What is reported does not depend on the number of threads: parts are the same, and their tallies are added up.
#pragma once

#include <atomic>
#include <functional>

#include "reports/exploration.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {

struct ExplorationOptions {
  unsigned threads = 1;
  bool goes_on = false;  // after a violation; else parts behind it are not begun, or not counted
};

// Told from time to time.
using ExplorationProgress = std::function<void(const reports::ExploredScenario&)>;

// `is_over`: asked between parts.
reports::ExploredScenario run_exploration(const scenarios::Scenario& scenario,
                                          const sim::Scope& scope, ExplorationOptions options,
                                          const std::function<bool()>& is_over,
                                          const ExplorationProgress& progress);

}  // namespace holdfast::drivers
