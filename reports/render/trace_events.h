// The timelines of a report as Chrome's trace events, which Perfetto shows: one process for each finding, one track for
// each device, more where its requests lie beside each other.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace holdfast::reports {

std::string trace_events_of(const RunReport& report);

}  // namespace holdfast::reports
