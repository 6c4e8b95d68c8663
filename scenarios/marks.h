// Every mark that a scenario may demand: a name that nobody emits could never be reached.
//
//   raid.…    from the engine, when a branch is taken
//   world.…   from what a run counted
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sim/world.h"

namespace holdfast::scenarios {

std::span<const std::string_view> known_marks();

// The engine's marks and the world's, those of the latter that were reached.
std::vector<sim::Witness::Mark> marks_of(const sim::RunResult& result);

}  // namespace holdfast::scenarios
