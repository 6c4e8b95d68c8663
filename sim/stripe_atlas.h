// Which member of each stripe may be hit: another one in the next stripe, so that in the end every member is ill and nothing
// is lost.
//
//   stripe   0 1 2 3 4 5 6 …
//   member 0 x . . . . x .
//   member 1 . . x . . . .      x: its sectors may go bad, its bits may rot
//   member 2 . x . . x . x
//   member 3 . . . x . . .
//
//   A stripe is what shares a parity page (oracle/raid_shape.h), or a physical block where that is larger: a bad sector takes
//   its whole physical block along. All members' data begin at the same offset, as in any array that was just created.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "oracle/raid_shape.h"
#include "sim/choices.h"

namespace holdfast::sim {

class StripeAtlas {
 public:
  // device_of_role as in WorldSpec.
  StripeAtlas(const oracle::RaidShape& shape, const std::vector<std::size_t>& device_of_role,
              std::uint32_t physical_block_bytes, Choices& choices);

  // Never outside of members' data.
  bool may_hit(std::size_t device, Lba sector) const;

 private:
  std::vector<std::size_t> device_of_role_;
  Extent data_;  // of every member
  std::uint64_t stripe_sectors_;
  std::uint64_t drawn_;  // all of it follows from this
};

}  // namespace holdfast::sim
