// A timeline drawn as SVG, to be put into an HTML page: a lane for each device, a line across for each crash.
//
//   x   the order of events, with short gaps for short times and hardly longer ones for long times: between two boots ten
//       seconds pass, between two writes microseconds
//   T1  Drawn are all moments of the machine, the last requests, and those at the judged block however old they are.
#pragma once

#include <string>

#include "reports/timeline.h"

namespace holdfast::reports {

std::string timeline_svg(const Timeline& timeline);

// What the signs mean, as HTML.
std::string timeline_legend();

}  // namespace holdfast::reports
