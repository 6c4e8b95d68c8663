// A device whose writes stay in memory: what stands below is read, and never changed.
//
//   read    [below][memory][memory][below]     each sector from memory if it was ever written, else from below
//   write   memory only; durable at once, for there is nothing to lose and nothing to keep
//
//   O1  The device below gets reads only. What can't be read there can be once it was written here.
//   O2  Memory grows with the sectors written, a page for each 4 KiB touched; nothing is given back before the end.
//   O3  No discard: it would be a write of zeros that costs memory.
#pragma once

#include <map>

#include "core/block/block_device.h"

namespace holdfast {

class OverlayDevice final : public BlockDevice {
 public:
  // `below` outlives the overlay.
  explicit OverlayDevice(BlockDevice& below);

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

  std::uint64_t pages_written() const { return written_.size(); }

 private:
  struct WrittenPage {
    Page page;
    std::uint8_t sectors = 0;  // bit i: sector i of the page was written
  };

  bool is_written(Lba sector) const;
  // The longest run from `extent.first` on that is all written, or all not.
  Extent run_in(Extent extent) const;
  void copy_sector(Lba sector, MutableBytes into) const;
  void keep_sector(Lba sector, Bytes from);

  BlockDevice& below_;
  DeviceLimits limits_;
  std::map<std::uint64_t, WrittenPage> written_;  // by sector / 8
};

}  // namespace holdfast
