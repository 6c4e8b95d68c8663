// The bytes of md's write journal: units of one meta block and the pages that it describes.
//
//   unit       [ meta block ][ page ][ page ] ...            4 KiB each, in a ring; the next unit has seq + 1
//   meta block { magic, checksum, version 1, meta_size, seq, position } 32 bytes, then records:
//     data     { 0, flags, size 8,      location: array sector,  checksum }         one page
//     parity   { 1, flags, size 8 | 16, location: stripe sector, checksum[1 | 2] }  P, or P and Q
//     flush    { 2, flags, size in bytes, stripe sector[] }                         no page
//
//   A meta block is valid if and only if magic, version, position (where it was read), meta_size (at most 4096) and
//   checksum hold, and seq is the expected one. Its unit is damaged if a record passes meta_size, has another size, or
//   points outside the array; Linux checks none of these three.
//   Checksums are crc32c without final inversion from the seed crc32c(~0, set_uuid). Stripe sectors are member sectors
//   without data_offset, multiples of 8.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/page.h"
#include "core/base/result.h"
#include "core/base/types.h"
#include "core/block/ports.h"
#include "core/raid/geometry.h"
#include "core/raid/superblock.h"

namespace holdfast::raid::journal {

inline constexpr std::uint32_t block_bytes = page_bytes;
inline constexpr Sectors block_sectors{8};
inline constexpr std::uint32_t header_bytes = 32;

// All records of a stripe stand in one meta block.
constexpr std::uint32_t data_record_bytes = 20;
constexpr std::uint32_t parity_record_bytes(int parities) {
  return 16 + 4 * static_cast<std::uint32_t>(parities);
}
constexpr int raid_disks_max = (block_bytes - header_bytes) / data_record_bytes;  // 203
// The smallest ring: a unit of one stripe, one more that stays behind it, and a block.
constexpr std::uint64_t ring_blocks_min(int raid_disks) {
  return 2 * (1 + static_cast<std::uint64_t>(raid_disks)) + 1;
}

// What every checksum of a log begins with.
struct Seed {
  std::uint32_t value = 0;
  explicit Seed(const Uuid& set_uuid);
  std::uint32_t of_page(Bytes page) const;
};

// As Linux numbers a new log: by chance, in 32 bits.
Sequence first_sequence(Entropy& entropy);

enum class RecordKind : std::uint16_t { data = 0, parity = 1, flush = 2 };

struct Record {
  RecordKind kind = RecordKind::data;
  int pages = 0;  // 1, or 2 for P and Q; 0 for flush
  Lba location;  // data: array sector; else stripe sector
  std::array<std::uint32_t, 2> checksums{};  // of the pages, in their order

  bool operator==(const Record&) const = default;
};

struct MetaBlock {
  Sequence sequence;
  Lba position;  // in the ring, from its start
  std::vector<Record> records;  // a flush record of several stripes becomes one for each

  int pages() const;  // that follow the meta block
  bool operator==(const MetaBlock&) const = default;
};

// What stands at a place of the ring.
struct MetaRead {
  std::optional<MetaBlock> block;
  // Set without a block: this is no valid meta block, and why. Set with one: valid, but a record is damaged; the records in
  // front of it are in the block, and how many pages the unit has is unknown.
  std::optional<FormatError> problem;
};

// `expected` unset: any sequence (the block at the tail). `geometry` bounds the locations. `verifies_checksum` false: only
// for JournalRules::verify_meta_checksums, broken.
MetaRead decode_meta_block(Bytes block, Seed seed, const Geometry& geometry, Lba position,
                           std::optional<Sequence> expected, bool verifies_checksum = true);

// Builds one meta block record by record.
class MetaBlockWriter {
 public:
  MetaBlockWriter(Seed seed, Sequence sequence, Lba position);

  bool has_room(std::uint32_t record_bytes) const { return size_ + record_bytes <= block_bytes; }
  std::uint32_t room() const { return block_bytes - size_; }  // bytes
  bool is_empty() const { return size_ == header_bytes; }
  int pages() const { return pages_; }

  void data(Lba array_sector, std::uint32_t checksum);
  void parity(Lba stripe_sector, std::uint32_t p);
  void parity(Lba stripe_sector, std::uint32_t p, std::uint32_t q);
  void flush(Lba stripe_sector);
  // The block with its checksum; once.
  Page finish();

 private:
  MutableBytes record(RecordKind kind, std::uint32_t size, std::uint32_t bytes);

  Page page_;
  Seed seed_;
  std::uint32_t size_ = header_bytes;
  int pages_ = 0;
};

}  // namespace holdfast::raid::journal
