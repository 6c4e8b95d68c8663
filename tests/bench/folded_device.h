// A large disk in little memory: blocks behind the superblock are kept in a few MiB, many places in each (folded).
//
//   block b (4 KiB)   below 64 KiB: its own    set apart: its own    any other: page b mod pages() of the fold
//
//   Every request copies all of its bytes, as a disk of plain memory would, and ends at once. What is read from a folded place
//   is what was written last to any place of the same page. Requests are whole blocks; only the first 64 KiB takes parts.
#pragma once

#include <cstring>
#include <unordered_map>
#include <vector>

#include "core/block/block_device.h"

namespace holdfast::bench {

class FoldedDevice final : public BlockDevice {
 public:
  FoldedDevice(std::uint64_t bytes, std::uint64_t fold_bytes)
      : head_(kept_bytes), fold_(fold_bytes) {
    limits_.sectors = Sectors::of_bytes(bytes);
    limits_.atomic_write_bytes = page_bytes;
  }

  std::uint64_t pages() const { return fold_.size() / page_bytes; }
  MutableBytes page_of(std::uint64_t block) {
    return MutableBytes(fold_).subspan(block % pages() * page_bytes, page_bytes);
  }
  void set_apart(std::uint64_t block, Bytes content) {
    apart_[block].assign(content.begin(), content.end());
  }

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override {
    bytes_read += bytes_of(into);
    if (is_kept(first)) {
      copy(kept(first, bytes_of(into)), into);
      co_return IoResult{};
    }
    std::uint64_t block = first.value / 8;
    for (const Slice& slice : into) std::memcpy(slice.data(), at(block++).data(), slice.bytes);
    co_return IoResult{};
  }
  Task<IoResult> write(Lba first, Pages from, WriteFlags) override {
    bytes_written += bytes_of(from);
    if (is_kept(first)) {
      copy(from, kept(first, bytes_of(from)));
      co_return IoResult{};
    }
    std::uint64_t block = first.value / 8;
    for (const Slice& slice : from) std::memcpy(at(block++).data(), slice.data(), slice.bytes);
    co_return IoResult{};
  }
  Task<IoResult> flush() override { co_return IoResult{}; }
  Task<IoResult> discard(Extent) override { co_return IoResult{}; }
  Task<IoResult> write_zeroes(Extent, WriteFlags) override { co_return IoResult{}; }

  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;

 private:
  static constexpr std::uint64_t kept_bytes = 64 << 10;  // the superblock's place and more

  bool is_kept(Lba first) const { return Sectors(first.value).bytes() < kept_bytes; }
  MutableBytes kept(Lba first, std::uint64_t bytes) {
    return MutableBytes(head_).subspan(Sectors(first.value).bytes(), bytes);
  }
  MutableBytes at(std::uint64_t block) {
    auto found = apart_.find(block);
    return found == apart_.end() ? page_of(block) : MutableBytes(found->second);
  }

  DeviceLimits limits_;
  std::vector<std::byte> head_;
  std::vector<std::byte> fold_;
  std::unordered_map<std::uint64_t, std::vector<std::byte>> apart_;
};

}  // namespace holdfast::bench
