#include "sim/stripe_atlas.h"

#include <algorithm>
#include <numeric>

#include <xxhash.h>

#include "core/base/check.h"

namespace holdfast::sim {
namespace {

// So many different ones are drawn from.
constexpr std::uint64_t atlases = std::uint64_t{1} << 32;

}  // namespace

StripeAtlas::StripeAtlas(const oracle::RaidShape& shape,
                         const std::vector<std::size_t>& device_of_role,
                         std::uint32_t physical_block_bytes, Choices& choices)
    : device_of_role_(device_of_role),
      data_(Lba(shape.data_offset_bytes.front() / sector_bytes),
            Sectors::of_bytes(shape.member_bytes)),
      stripe_sectors_(std::max<std::uint64_t>(physical_block_bytes, oracle::stripe_bytes) /
                      sector_bytes),
      drawn_(choices.choose(Key(Family::stripe_atlas, 0), atlases)) {
  for (std::uint64_t offset : shape.data_offset_bytes)
    check(offset == shape.data_offset_bytes.front(), "all members' data begin at one offset");
  if (!device_of_role_.empty()) return;
  device_of_role_.resize(shape.raid_disks);
  std::iota(device_of_role_.begin(), device_of_role_.end(), 0);
}

bool StripeAtlas::may_hit(std::size_t device, Lba sector) const {
  if (!data_.contains(Extent(sector, Sectors(1)))) return false;
  std::uint64_t stripe = sector.value / stripe_sectors_;
  std::uint64_t role =
      XXH3_64bits_withSeed(&stripe, sizeof stripe, drawn_) % device_of_role_.size();
  return device_of_role_[role] == device;
}

}  // namespace holdfast::sim
