// Which recorded requests the clients of a campaign made, and what became of them on a volume that is not the one they were made on.
//
//   trace  fio_mix.iolog (fio-iolog): 141 requests; 23 folded into the volume, 6 shortened at its end
#pragma once

#include <string>

#include "sim/request.h"

namespace holdfast::reports {

struct TraceUse {
  std::string file;  // as the scenario names it; empty: spelled out there
  std::string format;  // empty as well then
  bool goes_on = false;  // the file holds more
  sim::RequestCounts counts;
};

// One line, and its end.
std::string text_of(const TraceUse& use);

}  // namespace holdfast::reports
