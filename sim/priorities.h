// An order of completion that is far from fair, as PCT has it for threads (Burckhardt et al., ASPLOS 2010): each device has a
// priority, and one of low priority hardly ends a request while those above it have any. At a few requests, drawn
// beforehand, the device that gets the request falls behind all others: bugs that need few unlucky orders are met with a
// probability that does not depend on how much goes on beside them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/types.h"
#include "sim/choices.h"

namespace holdfast::sim {

class Priorities {
 public:
  // `nth_boot` tells the boots of a run apart.
  Priorities(std::size_t devices, std::uint64_t nth_boot, Choices& choices);

  // How long the next step of this device takes.
  Nanoseconds next(std::uint16_t device);

 private:
  std::vector<std::uint32_t> rank_;  // by device; 0 is served first
  std::array<std::uint64_t, 3> demotions_{};  // at these steps
  std::uint64_t steps_ = 0;
  std::uint32_t last_rank_;
};

}  // namespace holdfast::sim
