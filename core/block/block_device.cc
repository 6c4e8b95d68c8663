#include "core/block/block_device.h"

namespace holdfast {

IoResult check_request(const DeviceLimits& limits, Extent extent) {
  std::uint64_t block = limits.logical_block_bytes / sector_bytes;
  bool is_inside = !extent.empty() && extent.first.value <= limits.sectors.value &&
                   extent.count.value <= limits.sectors.value - extent.first.value;
  bool is_aligned = extent.first.value % block == 0 && extent.count.value % block == 0;
  if (!is_inside || !is_aligned) return io_error(IoErrorKind::range, extent.first);
  return {};
}

IoResult check_request(const DeviceLimits& limits, Lba first, Pages pages) {
  std::uint64_t bytes = 0;
  for (const Slice& slice : pages) {
    if ((slice.offset | slice.bytes) % sector_bytes != 0)
      return io_error(IoErrorKind::range, first);
    bytes += slice.bytes;
  }
  return check_request(limits, Extent(first, Sectors::of_bytes(bytes)));
}

}  // namespace holdfast
