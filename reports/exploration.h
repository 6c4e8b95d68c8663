// What `explore` covered: a certificate that anybody can make again and compare.
//
//   outcome  held         every state of the scope was visited, and each kept the promises
//            violated     some state did not
//            interrupted  by a signal or the time: what was visited held
//            vacuous      nothing was judged, a required mark was never reached, or what the scenario expects never found
//            failed       the volume could not be made, or its first life went wrong without a power cut
//
//   E1  Equal scenario and scope: equal in all but times and threads. `hash` is that of every state and of what each showed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/trace_use.h"
#include "sim/explore/exploration.h"

namespace holdfast::reports {

enum class ExplorationOutcome : std::uint8_t { held, violated, interrupted, vacuous, failed };
std::string_view name_of(ExplorationOutcome outcome);

struct ExploredFinding {
  sim::Found found;
  bool is_expected = false;
};

struct ExploredScenario {
  std::string scenario;
  std::string path;
  std::string expected;  // verdict; empty if none
  std::optional<TraceUse> trace;  // if clients made the requests of one
  sim::Scope scope;
  ExplorationOutcome outcome = ExplorationOutcome::held;
  std::string why;
  unsigned threads = 1;
  double seconds = 0;
  double core_seconds = 0;
  std::uint64_t parts = 0;  // of the scope
  std::uint64_t parts_done = 0;
  std::uint64_t crash_points_of_first_lives = 0;
  sim::ExplorationTally tally;
  std::vector<ExploredFinding> findings;
  std::string repro;  // to paste
};

struct ExplorationReport {
  std::vector<ExploredScenario> scenarios;
  // The worst: violated, failed, vacuous, interrupted, held.
  ExplorationOutcome outcome() const;
};

std::string text_of(const ExplorationReport& report);
std::string markdown_of(const ExplorationReport& report);
std::string json_of(const ExplorationReport& report);

}  // namespace holdfast::reports
