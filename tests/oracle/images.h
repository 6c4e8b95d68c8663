// Member images in memory.
#pragma once

#include <cstring>
#include <vector>

#include "oracle/member_images.h"
#include "oracle/raid_shape.h"

namespace holdfast::oracle {

class ImagesInMemory final : public MemberImages {
 public:
  std::vector<std::vector<std::byte>> members;  // by role

  Bytes read(unsigned role, std::uint64_t offset, std::uint64_t bytes,
             MutableBytes scratch) override {
    // Both ways to answer, by turns.
    Bytes found = Bytes(members[role]).subspan(offset, bytes);
    if (offset / bytes % 2) return found;
    std::memcpy(scratch.data(), found.data(), bytes);
    return scratch;
  }
  std::byte& at(const RaidShape& shape, unsigned role, std::uint64_t offset) {
    return members[role][shape.data_offset_bytes[role] + offset];
  }
  bool holds(const RaidShape& shape, unsigned role, std::uint64_t stripe, Bytes page) const {
    const std::byte* here =
        members[role].data() + shape.data_offset_bytes[role] + stripe * stripe_bytes;
    return std::memcmp(here, page.data(), stripe_bytes) == 0;
  }
};

// Each member alone; in RAID-6 also each pair.
inline std::vector<std::vector<unsigned>> degraded_sets(const RaidShape& shape) {
  std::vector<std::vector<unsigned>> sets;
  for (unsigned a = 0; a < shape.raid_disks; ++a) {
    sets.push_back({a});
    for (unsigned b = a + 1; b < shape.raid_disks && shape.level == 6; ++b) sets.push_back({a, b});
  }
  return sets;
}

}  // namespace holdfast::oracle
