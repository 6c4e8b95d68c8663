// How an array lies on its members, in plain numbers and the oracle's own arithmetic: shared with no engine.
//
//   role     the number of a member in the array, 0 .. raid_disks - 1
//   row      one chunk of every member; row r stands at byte r * chunk_bytes of each member's data
//   stripe   4 KiB of every member at the same place: what shares one parity page. It is md's unit of parity update and
//            of resync, so the smallest region that a torn update may spoil (a parity page is rewritten whole).
//
//   S1  `data_offset_bytes` has one entry per role: where the member's data begins on its device.
//   S2  member_bytes is a multiple of chunk_bytes, chunk_bytes of 4 KiB.
//   S3  Every role of a row is exactly one of P, Q and a data chunk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/types.h"

namespace holdfast::oracle {

inline constexpr std::uint64_t stripe_bytes = 4096;
inline constexpr std::uint64_t stripe_sectors = stripe_bytes / sector_bytes;

struct RaidShape {
  int level = 5;  // 4, 5 or 6
  int layout = 2;  // md's number
  unsigned raid_disks = 0;
  std::uint64_t chunk_bytes = 0;
  std::uint64_t member_bytes = 0;  // used on each member
  std::vector<std::uint64_t> data_offset_bytes;

  unsigned parity_disks() const { return level == 6 ? 2 : 1; }
  unsigned data_disks() const { return raid_disks - parity_disks(); }
  Sectors sectors() const { return Sectors::of_bytes(member_bytes * data_disks()); }
  std::uint64_t stripes() const { return member_bytes / stripe_bytes; }

  // What is wrong with these numbers; empty if nothing.
  std::string contradiction() const;
};

// Who holds what in one row.
struct Row {
  static constexpr unsigned none = ~0u;
  unsigned p = 0;
  unsigned q = none;
  std::vector<unsigned> data;  // role of each data chunk, in address order
  std::vector<unsigned> q_exponent;  // of each data chunk, in address order; empty without Q
};
Row row_of(const RaidShape& shape, std::uint64_t row);

struct MemberPlace {
  unsigned role = 0;
  std::uint64_t offset = 0;  // bytes in the member's data, without data_offset
  std::uint64_t stripe() const { return offset / stripe_bytes; }
  bool operator==(const MemberPlace&) const = default;
};
MemberPlace place_of(const RaidShape& shape, const Row& row, Lba lba);
MemberPlace place_of(const RaidShape& shape, Lba lba);
std::uint64_t stripe_of(const RaidShape& shape, Lba lba);

// Where the page of a stripe's data chunk `index` (0 .. data_disks - 1) stands on the volume: 8 sectors.
Extent extent_of(const RaidShape& shape, std::uint64_t stripe, unsigned index);

}  // namespace holdfast::oracle
