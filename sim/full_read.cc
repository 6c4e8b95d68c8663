#include "sim/full_read.h"

#include <algorithm>

namespace holdfast::sim {
namespace {

constexpr std::uint64_t request_sectors = (1 << 20) / sector_bytes;

Task<> read_by_blocks(BlockDevice& device, Extent extent, oracle::Observation& seen) {
  Sectors block = Sectors::of_bytes(device.limits().logical_block_bytes);
  SliceList one = allocate_slices(block.bytes());
  for (Lba lba = extent.first; lba < extent.end(); lba += block) {
    IoResult read = co_await device.read(lba, one);
    if (read) {
      seen.add(lba, one);
    } else {
      seen.unreadable(Extent(lba, block));
    }
  }
}

}  // namespace

Task<bool> read_everything(BlockDevice& device, oracle::Observation& seen,
                           std::function<void(Extent)> told) {
  Lba end(device.limits().sectors.value);
  SliceList pages = allocate_slices(Sectors(std::min(end.value, request_sectors)).bytes());
  for (Lba at; at < end;) {
    Extent extent(at, std::min(end - at, Sectors(request_sectors)));
    SliceList part = range_of(pages, 0, extent.count.bytes());
    IoResult whole = co_await device.read(at, part);
    if (whole) {
      seen.add(at, part);
    } else {
      co_await read_by_blocks(device, extent, seen);
    }
    if (told) told(extent);
    at = extent.end();
  }
  co_return true;
}

}  // namespace holdfast::sim
