// The report as GitHub's workflow commands, which put findings beside the scenario files that they belong to.
//
//   G1  At most `annotations_max` errors, one for each signature; what is left is counted in one notice.
#pragma once

#include <cstddef>
#include <string>

#include "reports/campaign.h"

namespace holdfast::reports {

inline constexpr std::size_t annotations_max = 10;  // GitHub shows no more of one step

// Nothing if all held.
std::string annotations_of(const RunReport& report);

}  // namespace holdfast::reports
