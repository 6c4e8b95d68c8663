#include "oracle/raid_shape.h"

#include <fmt/format.h>

#include "core/base/check.h"

namespace holdfast::oracle {
namespace {

bool is_ddf(const RaidShape& shape) {
  return shape.level == 6 && shape.layout >= 8 && shape.layout <= 10;
}

bool has_layout(int level, int layout) {
  if (level == 4) return layout == 0 || layout == 5;
  if (level == 5) return layout >= 0 && layout <= 5;
  return (layout >= 0 && layout <= 5) || (layout >= 8 && layout <= 10) ||
         (layout >= 16 && layout <= 20);
}

// Data by rising role, stepping over P and Q.
void place_ascending(Row& row, unsigned disks) {
  for (unsigned role = 0; role < disks; ++role)
    if (role != row.p && role != row.q) row.data.push_back(role);
}

// Data from `first` on and round, over the roles below `disks`.
void place_round(Row& row, unsigned first, unsigned count, unsigned disks) {
  for (unsigned i = 0; i < count; ++i) row.data.push_back((first + i) % disks);
}

// The RAID-5 layouts; also, over all disks but the last, the "-6" ones of RAID-6.
void place_raid5(Row& row, int layout, unsigned turn, unsigned disks) {
  bool falls = layout == 0 || layout == 2;
  row.p = falls ? disks - 1 - turn : turn;
  if (layout == 4) row.p = 0;
  if (layout == 5) row.p = disks - 1;
  if (layout == 2 || layout == 3)
    place_round(row, row.p + 1, disks - 1, disks);
  else
    place_ascending(row, disks);
}

void place_raid6(Row& row, int layout, std::uint64_t number, unsigned disks) {
  auto turn = static_cast<unsigned>(number % disks);
  auto next_turn = static_cast<unsigned>((number + 1) % disks);
  switch (layout) {
    case 0:
    case 2:
    case 10: row.p = disks - 1 - turn; break;
    case 1:
    case 3:
    case 8: row.p = turn; break;
    case 9: row.p = disks - 1 - next_turn; break;
    case 4: row.p = 0; break;
    case 5: row.p = disks - 2; break;
    default:
      place_raid5(row, layout - 16, static_cast<unsigned>(number % (disks - 1)), disks - 1);
      row.q = disks - 1;
      return;
  }
  row.q = layout == 10 ? (row.p + disks - 1) % disks : (row.p + 1) % disks;
  if (layout == 2 || layout == 3)
    place_round(row, row.q + 1, disks - 2, disks);
  else if (layout == 10)
    place_round(row, row.p + 1, disks - 2, disks);
  else
    place_ascending(row, disks);
}

// From the disk after Q on and round, skipping P; DDF: the role's own number.
unsigned exponent_of(const RaidShape& shape, const Row& row, unsigned role) {
  if (is_ddf(shape)) return role;
  unsigned exponent = 0;
  for (unsigned at = (row.q + 1) % shape.raid_disks; at != role; at = (at + 1) % shape.raid_disks)
    if (at != row.p) ++exponent;
  return exponent;
}

}  // namespace

std::string RaidShape::contradiction() const {
  if (level != 4 && level != 5 && level != 6)
    return fmt::format("level {} is not 4, 5 or 6", level);
  if (!has_layout(level, layout)) return fmt::format("level {} has no layout {}", level, layout);
  unsigned fewest = level == 6 ? 4 : 2;
  if (raid_disks < fewest || (level == 6 && raid_disks > 255))
    return fmt::format("{} members are too few or too many", raid_disks);
  if (chunk_bytes == 0 || chunk_bytes % stripe_bytes != 0)
    return fmt::format("chunk of {} bytes is not a multiple of 4096", chunk_bytes);
  if (member_bytes == 0 || member_bytes % chunk_bytes != 0)
    return fmt::format("{} bytes a member are not whole chunks", member_bytes);
  if (data_offset_bytes.size() != raid_disks) return "one data offset for each member";
  return {};
}

Row row_of(const RaidShape& shape, std::uint64_t number) {
  Row row;
  row.data.reserve(shape.data_disks());
  if (shape.level == 6) {
    place_raid6(row, shape.layout, number, shape.raid_disks);
    for (unsigned role : row.data) row.q_exponent.push_back(exponent_of(shape, row, role));
  } else {
    int layout = shape.level == 4 ? 5 : shape.layout;
    place_raid5(row, layout, static_cast<unsigned>(number % shape.raid_disks), shape.raid_disks);
  }
  check(row.data.size() == shape.data_disks(), "S3: a row holds every data chunk once");
  return row;
}

namespace {

struct Split {
  std::uint64_t row;
  std::uint64_t index;
  std::uint64_t inside;  // bytes
};

Split split(const RaidShape& shape, Lba lba) {
  std::uint64_t byte = lba.value * sector_bytes;
  std::uint64_t chunk = byte / shape.chunk_bytes;
  return {chunk / shape.data_disks(), chunk % shape.data_disks(), byte % shape.chunk_bytes};
}

}  // namespace

MemberPlace place_of(const RaidShape& shape, const Row& row, Lba lba) {
  Split at = split(shape, lba);
  return {row.data[at.index], at.row * shape.chunk_bytes + at.inside};
}

MemberPlace place_of(const RaidShape& shape, Lba lba) {
  return place_of(shape, row_of(shape, split(shape, lba).row), lba);
}

std::uint64_t stripe_of(const RaidShape& shape, Lba lba) {
  Split at = split(shape, lba);
  return (at.row * shape.chunk_bytes + at.inside) / stripe_bytes;
}

Extent extent_of(const RaidShape& shape, std::uint64_t stripe, unsigned index) {
  std::uint64_t byte = stripe * stripe_bytes;
  std::uint64_t chunk = byte / shape.chunk_bytes * shape.data_disks() + index;
  return Extent(Lba((chunk * shape.chunk_bytes + byte % shape.chunk_bytes) / sector_bytes),
                Sectors(stripe_sectors));
}

}  // namespace holdfast::oracle
