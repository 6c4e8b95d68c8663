// The arrays whose journal blocks Linux wrote, as the journal's code sees them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/raid/journal/format.h"
#include "tests/core/raid/journal_blocks_by_linux.h"

namespace holdfast::tests {

inline std::array<const LinuxMetaBlock*, 3> linux_arrays() {
  return {&raid5_write_through, &raid6_write_through, &raid5_write_back};
}

inline std::vector<std::byte> bytes_of(std::string_view hex) {
  std::vector<std::byte> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(std::stoi(std::string(hex.substr(i * 2, 2)), nullptr, 16));
  return bytes;
}

inline raid::Uuid uuid_of(const LinuxMetaBlock& array) {
  raid::Uuid uuid;
  std::vector<std::byte> bytes = bytes_of(array.set_uuid);
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  return uuid;
}

inline raid::Geometry geometry_of(const LinuxMetaBlock& array) {
  return *raid::Geometry::make(array.level, 2, static_cast<std::uint64_t>(array.raid_disks),
                               Sectors(128), Sectors(array.member_sectors));
}

}  // namespace holdfast::tests
