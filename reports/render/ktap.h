// The report as KTAP, version 1: a test for each campaign, a subtest for each of its checks.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace holdfast::reports {

std::string ktap_of(const RunReport& report);

}  // namespace holdfast::reports
