// What `recover` did with a volume, or why it did nothing.
#pragma once

#include <string>
#include <vector>

#include "core/base/types.h"

namespace holdfast::reports {

struct Recovery {
  std::vector<std::string> devices;
  std::vector<std::string> missing;  // of these: absent, stale or failed
  std::uint64_t members_missing = 0;  // of the volume, those for which no device was named included
  bool is_read_only = false;
  bool was_opened = false;
  bool is_settled = false;  // nothing is left to be resynced
  bool is_stopped = false;  // cleanly; the superblocks say so
  bool was_interrupted = false;
  Sectors size;
  std::string exported_to;  // empty: nothing was asked for, or it failed
  std::string error;
  std::vector<std::string> notes;
};

std::string text_of(const Recovery& recovery);
std::string json_of(const Recovery& recovery);

}  // namespace holdfast::reports
