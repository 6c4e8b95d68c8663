// The md superblocks of disks that Linux 6.1 and mdadm 4.2 wrote: every member and journal of every array in the set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::golden {

struct LinuxSuperblock {
  std::string device;  // "layout-r5-ls/member0"
  std::uint64_t sectors;
  std::string metadata;
  std::string digits;  // hexadecimal; from its end to the superblock's end all is ff

  // The 4 KiB block that starts with the superblock; what follows it is zero there.
  std::vector<std::byte> block() const {
    std::vector<std::byte> bytes(4096);
    for (std::size_t i = 0; i < 256 + 2 * 128; ++i)
      bytes[i] = 2 * i < digits.size()
                     ? static_cast<std::byte>(std::stoul(digits.substr(2 * i, 2), nullptr, 16))
                     : std::byte{0xff};
    return bytes;
  }
};

inline const std::vector<LinuxSuperblock>& superblocks() {
  static const std::vector<LinuxSuperblock> all{
#include "tests/golden/linux_superblocks.inc"
  };
  return all;
}

}  // namespace holdfast::golden
