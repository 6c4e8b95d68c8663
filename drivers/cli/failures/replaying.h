// Makes the run of a failure once more and tells what came of it.
#pragma once

#include <optional>

#include "reports/replay.h"
#include "scenarios/failure_file.h"

namespace holdfast::drivers {

struct ReplayWishes {
  std::optional<std::uint64_t> until;  // events up to this one
  std::vector<Lba> blocks;  // whose history is told
};

reports::Replay replay(const scenarios::FailureFile& file, const ReplayWishes& wishes);

// What clients did up to the finding, and what was found: the lines on top of a failure file.
std::vector<std::string> story_of(const sim::Failure& failure, const sim::WorldSpec& of_scenario);

}  // namespace holdfast::drivers
