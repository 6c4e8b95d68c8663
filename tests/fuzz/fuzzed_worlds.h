// The worlds that world_fuzz drives: small arrays with everything of the budget that can go wrong.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace holdfast::tests {

// Broken rules, "name=value", hold in the worlds that know them; empty if one is known nowhere.
std::vector<scenarios::Scenario> fuzzed_worlds(const std::vector<std::string>& rules = {});

}  // namespace holdfast::tests
