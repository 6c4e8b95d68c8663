// What already stands on a device: nothing is created over what anybody might still need.
//
// libblkid knows file systems, swap, LVM, LUKS, md, bcache, partition tables; dm-writeboost it doesn't know, we do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/block/volume.h"

namespace holdfast::drivers {

struct Recognised {
  std::string what;  // "ext4 file system "root""
  std::uint64_t offset;  // bytes: where its magic stands
  std::uint64_t length;
};

// Opens the path a second time, read-only. io: it can't be read.
tl::expected<std::vector<Recognised>, OpenError> recognise(const std::string& path);

}  // namespace holdfast::drivers
