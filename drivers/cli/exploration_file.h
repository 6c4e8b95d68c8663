// The file of `explore --resume`: read whole and of this exploration, or refused with what to do.
#pragma once

#include <string>

#include "reports/exploration_so_far.h"
#include "scenarios/problem.h"

namespace holdfast::drivers {

scenarios::Parsed<reports::ExplorationSoFar> read_exploration_file(const std::string& path);

// What the file holds of `wanted`, in which nothing is done yet; that itself if there is no such file. The problems say
// what to do.
scenarios::Parsed<reports::ExplorationSoFar> resumed(const std::string& path,
                                                     const reports::ExplorationSoFar& wanted);

// Of the file that this process runs: another build may explore otherwise. 0 where the system does not show it.
std::uint64_t digest_of_program();

}  // namespace holdfast::drivers
