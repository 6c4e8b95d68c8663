// One scope explored by several threads: its crash points in parts, each with a memory of its own.
//
//   schedule 0: [ crash points 0..2 ) [ 2..4 ) …   schedule 1: …      a part each, taken by whoever is free
//
//   R1  What is reported does not depend on the number of threads, nor on how often it was interrupted: parts are the same, and
//       their tallies are added up.
//   R2  What is kept holds whole parts only. A part ends with its first violation, unless all of them are asked for, or when it is
//       interrupted: then it begins anew another time, and what it showed until then is told.
//   R3  A broken rule of the core ends the process, after the repro line and the part that it happened in.
#pragma once

#include <atomic>
#include <functional>

#include "reports/exploration.h"
#include "reports/exploration_so_far.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {

struct ExplorationOptions {
  unsigned threads = 1;
  bool goes_on = false;  // after a violation; else parts behind it are not begun, or not counted
  std::string repro;  // to paste
  const sim::RecordedRun* recorded =
      nullptr;  // life 0, if it was lived elsewhere; outlives the run
  reports::ExplorationSoFar so_far;  // what it goes on from, of this scenario and scope
};

// Told from time to time.
using ExplorationProgress = std::function<void(const reports::ExploredScenario&)>;
// Told at most every half second, when a part was done since, and at the end.
using ExplorationKeeper = std::function<void(const reports::ExplorationSoFar&)>;

// Of which nothing is done yet.
reports::ExplorationSoFar exploration_of(const scenarios::Scenario& scenario,
                                         const sim::Scope& scope);

// `is_over`: asked after every life.
reports::ExploredScenario run_exploration(const scenarios::Scenario& scenario,
                                          const sim::Scope& scope, ExplorationOptions options,
                                          const std::function<bool()>& is_over,
                                          const ExplorationProgress& progress,
                                          const ExplorationKeeper& keep);

}  // namespace holdfast::drivers
