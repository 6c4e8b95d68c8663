// A campaign as a list of checks for tools that count tests: one for each rule of the oracle, and two of the run itself.
//
//   X1  Some check has failed if and only if the campaign did not hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/campaign.h"

namespace holdfast::reports {

enum class CheckState : std::uint8_t { passed, failed, skipped };

struct Check {
  std::string name;  // "R1 membership"
  CheckState state = CheckState::passed;
  std::string type;  // of a failed one: the first verdict
  std::string summary;  // one line: what failed, or why it was skipped
  std::string details;  // verdict, story and repro line of each distinct finding
};

std::vector<Check> checks_of(const Campaign& campaign);

}  // namespace holdfast::reports
