// What a run keeps for whoever wants to draw it: how each boot ended, what that did to the devices, when findings came up.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/media.h"
#include "sim/trace.h"

namespace holdfast::sim {

struct PowerOff {
  std::uint64_t instant = 0;  // nanoseconds
  EventKind how{};  // power_cut, host_crash or clean_stop
  std::vector<Fates> fates;  // by device, those of devices that were lost before included
};

// Kept with RunOptions::keep_all_events only.
struct RunRecord {
  std::vector<PowerOff> ends;  // of boots, in order
  // In nanoseconds, one for each of Judgement::findings and of Judgement::declared.
  std::vector<std::uint64_t> found_at;
  std::vector<std::uint64_t> declared_at;
};

}  // namespace holdfast::sim
