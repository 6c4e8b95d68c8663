// The first part of a volume as a device of its own: what a judge of bounded memory looks at.
#pragma once

#include "core/block/block_device.h"

namespace holdfast::drivers {

class SpanDevice final : public BlockDevice {
 public:
  // `volume` outlives it and has at least so many sectors, whole logical blocks.
  SpanDevice(BlockDevice& volume, Sectors span);

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override { return volume_.flush(); }
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

 private:
  BlockDevice& volume_;
  DeviceLimits limits_;
};

}  // namespace holdfast::drivers
