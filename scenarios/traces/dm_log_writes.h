// The log of the device-mapper target log-writes, which QEMU's block driver blklogwrites writes, too: every write of a file system,
// in the order in which it would reach the medium (Documentation/admin-guide/device-mapper/log-writes.rst).
//
//   sector 0   magic 0x6a736677736872 u64, version 1 u64, nr_entries u64, sectorsize u32; all little-endian
//   sector 1   entry: sector u64, nr_sectors u64, flags u64, data_len u64; the rest of its sector is a mark's text, or nothing
//              data: nr_sectors sectors, not of a discard
//              entry …
//
//   Sectors, in the log and of the device, are `sectorsize` bytes.
//   flags      FLUSH 1, FUA 2, DISCARD 4, MARK 8, METADATA 16. FLUSH with sectors is a write with preflush.
//   Not requests: marks, and entries that carry nothing. Zeros that were written as such can't be told from other data.
//   No times, and one device. Writes that were not flushed before a flush was asked for stand behind it, as the target orders them.
#pragma once

#include <array>

#include "core/base/bytes.h"
#include "scenarios/traces/decoder.h"

namespace holdfast::scenarios::traces {

inline constexpr std::uint64_t log_magic = 0x6a736677736872;
inline constexpr std::string_view log_magic_bytes("\x72\x68\x73\x77\x66\x73\x6a\0", 8);
inline constexpr std::size_t log_super_bytes = 28;
inline constexpr std::size_t log_entry_bytes = 32;

class DmLogWrites final : public Decoder {
 public:
  explicit DmLogWrites(std::istream& from) : from_(from) {}

  Read<std::optional<Item>> next() override;

 private:
  Read<bool> read_super();
  Read<std::optional<Item>> read_entry();
  Read<std::optional<Item>> item_of(std::uint64_t sector, std::uint64_t sectors,
                                    std::uint64_t flags);
  Read<bool> read_at(std::uint64_t offset, MutableBytes into, std::string_view what);
  tl::unexpected<Fault> fault(std::uint64_t offset, std::string_view field,
                              std::string message) const;

  std::istream& from_;
  std::uint64_t size_ = 0;
  std::uint64_t sector_size_ = 0;  // 0: the first sector was not read yet
  std::uint64_t entries_ = 0;
  std::uint64_t entry_ = 0;  // the next one
  std::uint64_t at_ = 0;  // where it stands
};

}  // namespace holdfast::scenarios::traces
