// The report as JUnit XML: one suite for each campaign, one case for each of its checks.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace holdfast::reports {

std::string junit_of(const RunReport& report);

}  // namespace holdfast::reports
