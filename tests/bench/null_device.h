// A disk that costs nothing: what lies behind the superblock is neither kept nor read, and every request ends at once.
//
//   A write touches no byte; a read leaves the pages as they are. What a benchmark on it measures is the engine alone.
#pragma once

#include <vector>

#include "core/block/block_device.h"

namespace holdfast::bench {

class NullDevice final : public BlockDevice {
 public:
  explicit NullDevice(std::uint64_t bytes) : head_(kept_bytes) {
    limits_.sectors = Sectors::of_bytes(bytes);
    limits_.atomic_write_bytes = 4096;
  }

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override {
    ++reads;
    if (is_kept(first)) copy(kept(first, bytes_of(into)), into);
    co_return IoResult{};
  }
  Task<IoResult> write(Lba first, Pages from, WriteFlags) override {
    ++writes;
    if (is_kept(first)) copy(from, kept(first, bytes_of(from)));
    co_return IoResult{};
  }
  Task<IoResult> flush() override { co_return IoResult{}; }
  Task<IoResult> discard(Extent) override { co_return IoResult{}; }
  Task<IoResult> write_zeroes(Extent, WriteFlags) override { co_return IoResult{}; }

  std::uint64_t reads = 0;
  std::uint64_t writes = 0;

 private:
  static constexpr std::uint64_t kept_bytes = 64 << 10;  // the superblock's place and more

  bool is_kept(Lba first) const { return Sectors(first.value).bytes() < kept_bytes; }
  MutableBytes kept(Lba first, std::uint64_t bytes) {
    return MutableBytes(head_).subspan(Sectors(first.value).bytes(), bytes);
  }

  DeviceLimits limits_;
  std::vector<std::byte> head_;
};

}  // namespace holdfast::bench
