// The journal's device as a ring of 4 KiB blocks.
//
//   [ superblock ... ][ block 0 ][ block 1 ] ... [ block n - 1 ]      position p stands at data_offset + p, p in sectors
//
//   A request may pass the end of the ring: it is cut in two. Positions are multiples of 8 below size().
#pragma once

#include "core/block/block_device.h"
#include "core/raid/journal/format.h"

namespace holdfast::raid::journal {

class Ring {
 public:
  // `room` is rounded down to whole blocks.
  Ring(BlockDevice& device, Lba data_offset, Sectors room)
      : device_(device), data_offset_(data_offset), blocks_(room / block_sectors) {}

  std::uint64_t blocks() const { return blocks_; }
  Sectors size() const { return block_sectors * blocks_; }
  bool has_volatile_cache() const { return device_.limits().has_volatile_cache; }

  Lba after(Lba position, std::uint64_t blocks) const {
    return Lba((position + block_sectors * blocks).value % size().value);
  }
  // Blocks from one position forward to the other; 0 if they are the same.
  std::uint64_t distance(Lba from, Lba to) const {
    std::uint64_t sectors = to >= from ? (to - from).value : size().value - (from - to).value;
    return Sectors(sectors) / block_sectors;
  }

  // At most blocks() of them. The error's place counts from the start of the ring.
  Task<IoResult> read(Lba position, MutablePages into) const;
  Task<IoResult> write(Lba position, Pages from, WriteFlags flags) const;
  Task<IoResult> flush() const { return device_.flush(); }

 private:
  IoResult located(IoResult result) const;

  BlockDevice& device_;
  Lba data_offset_;
  std::uint64_t blocks_;
};

}  // namespace holdfast::raid::journal
