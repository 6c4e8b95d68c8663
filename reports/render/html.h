// The report as one HTML file that needs nothing else: no network, no script.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace holdfast::reports {

std::string html_of(const RunReport& report);

}  // namespace holdfast::reports
