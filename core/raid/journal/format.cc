#include "core/raid/journal/format.h"

#include <linux/raid/md_p.h>

#include <cstring>

#include <fmt/format.h>

#include "core/base/checksum.h"

namespace holdfast::raid::journal {
namespace {

static_assert(sizeof(r5l_meta_block) == header_bytes);
static_assert(sizeof(r5l_payload_header) == 4);
static_assert(sizeof(r5l_payload_data_parity) == 16);
static_assert(sizeof(r5l_payload_flush) == 8);
static_assert(offsetof(r5l_meta_block, checksum) == 4 && offsetof(r5l_meta_block, meta_size) == 12);
static_assert(offsetof(r5l_meta_block, seq) == 16 && offsetof(r5l_meta_block, position) == 24);

constexpr std::size_t magic_at = 0, checksum_at = 4, version_at = 8, meta_size_at = 12,
                      sequence_at = 16, position_at = 24;

std::uint32_t checksum_of(Bytes block, Seed seed) {
  constexpr std::byte zeros[4]{};
  std::uint32_t crc = crc32c(seed.value, block.first(checksum_at));
  crc = crc32c(crc, zeros);
  return crc32c(crc, block.subspan(checksum_at + 4));
}

template <class Value>
FormatError differs(std::size_t at, std::string_view field, Value found, Value expected) {
  return {at, std::string(field), fmt::format("found {:#x}, expected {:#x}", found, expected)};
}

std::optional<FormatError> header_problem(Bytes block, Lba position,
                                          std::optional<Sequence> expected) {
  auto magic = load_le<std::uint32_t>(block, magic_at);
  if (magic != R5LOG_MAGIC) return differs<std::uint32_t>(magic_at, "magic", magic, R5LOG_MAGIC);
  auto version = load_le<std::uint8_t>(block, version_at);
  if (version != R5LOG_VERSION)
    return differs<unsigned>(version_at, "version", version, R5LOG_VERSION);
  auto stands_at = load_le<std::uint64_t>(block, position_at);
  if (stands_at != position.value)
    return differs(position_at, "position", stands_at, position.value);
  auto size = load_le<std::uint32_t>(block, meta_size_at);
  if (size < header_bytes || size > block_bytes)
    return FormatError(meta_size_at, "meta_size",
                       fmt::format("found {}, expected {} to {}", size, header_bytes, block_bytes));
  auto sequence = load_le<std::uint64_t>(block, sequence_at);
  if (expected && sequence != expected->value)
    return differs(sequence_at, "seq", sequence, expected->value);
  return std::nullopt;
}

std::optional<FormatError> checksum_problem(Bytes block, Seed seed) {
  auto checksum = load_le<std::uint32_t>(block, checksum_at);
  if (auto right = checksum_of(block, seed); checksum != right)
    return differs(checksum_at, "checksum", checksum, right);
  return std::nullopt;
}

// Reads records until one is damaged.
class RecordReader {
 public:
  RecordReader(Bytes block, const Geometry& geometry) : block_(block), geometry_(geometry) {}

  std::optional<FormatError> read_all(std::vector<Record>& into) {
    end_ = load_le<std::uint32_t>(block_, meta_size_at);
    while (at_ < end_) {
      if (!has(8)) return cut_short();
      auto kind = load_le<std::uint16_t>(block_, at_);
      std::optional<FormatError> problem;
      if (kind == R5LOG_PAYLOAD_DATA || kind == R5LOG_PAYLOAD_PARITY)
        problem = read_pages(static_cast<RecordKind>(kind), into);
      else if (kind == R5LOG_PAYLOAD_FLUSH)
        problem = read_flush(into);
      else
        problem =
            FormatError(at_, "record type", fmt::format("found {}, expected 0, 1 or 2", kind));
      if (problem) return problem;
    }
    return std::nullopt;
  }

 private:
  bool has(std::size_t bytes) const { return end_ - at_ >= bytes; }
  FormatError cut_short() const {
    return {at_, "record", fmt::format("passes the end of the meta block at {}", end_)};
  }

  std::optional<FormatError> read_pages(RecordKind kind, std::vector<Record>& into) {
    bool is_parity = kind == RecordKind::parity;
    int pages = is_parity ? geometry_.parity_disks() : 1;
    auto size = load_le<std::uint32_t>(block_, at_ + 4);
    if (size != static_cast<std::uint32_t>(pages) * block_sectors.value)
      return FormatError(at_ + 4, is_parity ? "parity size" : "data size",
                         fmt::format("found {} sectors, expected {}", size, pages * 8));
    std::size_t bytes = is_parity ? parity_record_bytes(pages) : data_record_bytes;
    if (!has(bytes)) return cut_short();
    Record record{kind, pages, Lba(load_le<std::uint64_t>(block_, at_ + 8)), {}};
    Sectors space = is_parity ? geometry_.member_sectors : geometry_.capacity();
    if (auto problem = location_problem(record.location, space, at_ + 8)) return problem;
    for (int i = 0; i < pages; ++i)
      record.checksums[static_cast<std::size_t>(i)] =
          load_le<std::uint32_t>(block_, at_ + 16 + 4 * static_cast<std::size_t>(i));
    into.push_back(record);
    at_ += bytes;
    return std::nullopt;
  }

  std::optional<FormatError> read_flush(std::vector<Record>& into) {
    auto size = load_le<std::uint32_t>(block_, at_ + 4);
    if (size == 0 || size % 8 != 0)
      return FormatError(at_ + 4, "flush size",
                         fmt::format("found {} bytes, expected a multiple of 8", size));
    if (!has(std::size_t{8} + size)) return cut_short();
    for (std::uint32_t i = 0; i < size; i += 8) {
      Lba stripe(load_le<std::uint64_t>(block_, at_ + 8 + i));
      if (auto problem = location_problem(stripe, geometry_.member_sectors, at_ + 8 + i))
        return problem;
      into.push_back({RecordKind::flush, 0, stripe, {}});
    }
    at_ += std::size_t{8} + size;
    return std::nullopt;
  }

  std::optional<FormatError> location_problem(Lba location, Sectors space, std::size_t at) const {
    if (location.value < space.value && location.value % block_sectors.value == 0)
      return std::nullopt;
    return FormatError(at, "location",
                       fmt::format("found sector {}, expected a multiple of 8 below {}",
                                   location.value, space.value));
  }

  Bytes block_;
  const Geometry& geometry_;
  std::size_t at_ = header_bytes;
  std::size_t end_ = 0;
};

}  // namespace

Seed::Seed(const Uuid& set_uuid) : value(crc32c(~std::uint32_t{0}, set_uuid)) {}

std::uint32_t Seed::of_page(Bytes page) const { return crc32c(value, page); }

Sequence first_sequence(Entropy& entropy) {
  std::array<std::byte, 4> random;
  entropy.fill(random);
  return Sequence(load_le<std::uint32_t>(random, 0));
}

int MetaBlock::pages() const {
  int total = 0;
  for (const Record& record : records) total += record.pages;
  return total;
}

MetaRead decode_meta_block(Bytes block, Seed seed, const Geometry& geometry, Lba position,
                           std::optional<Sequence> expected, bool verifies_checksum) {
  check(block.size() == block_bytes, "a meta block is read whole");
  auto invalid = header_problem(block, position, expected);
  if (!invalid && verifies_checksum) invalid = checksum_problem(block, seed);
  if (invalid) return {std::nullopt, std::move(invalid)};
  MetaBlock meta;
  meta.sequence = Sequence(load_le<std::uint64_t>(block, sequence_at));
  meta.position = position;
  auto problem = RecordReader(block, geometry).read_all(meta.records);
  return {std::move(meta), std::move(problem)};
}

MetaBlockWriter::MetaBlockWriter(Seed seed, Sequence sequence, Lba position)
    : page_(Page::zeroed()), seed_(seed) {
  MutableBytes block = page_.bytes();
  store_le<std::uint32_t>(block, magic_at, R5LOG_MAGIC);
  store_le<std::uint8_t>(block, version_at, R5LOG_VERSION);
  store_le<std::uint64_t>(block, sequence_at, sequence.value);
  store_le<std::uint64_t>(block, position_at, position.value);
}

MutableBytes MetaBlockWriter::record(RecordKind kind, std::uint32_t size, std::uint32_t bytes) {
  check(has_room(bytes), "a record fits its meta block");
  MutableBytes room = page_.bytes().subspan(size_, bytes);
  store_le<std::uint16_t>(room, 0, static_cast<std::uint16_t>(kind));
  store_le<std::uint32_t>(room, 4, size);
  size_ += bytes;
  return room;
}

void MetaBlockWriter::data(Lba array_sector, std::uint32_t checksum) {
  MutableBytes room = record(RecordKind::data, 8, data_record_bytes);
  store_le<std::uint64_t>(room, 8, array_sector.value);
  store_le<std::uint32_t>(room, 16, checksum);
  pages_ += 1;
}

void MetaBlockWriter::parity(Lba stripe_sector, std::uint32_t p) {
  MutableBytes room = record(RecordKind::parity, 8, parity_record_bytes(1));
  store_le<std::uint64_t>(room, 8, stripe_sector.value);
  store_le<std::uint32_t>(room, 16, p);
  pages_ += 1;
}

void MetaBlockWriter::parity(Lba stripe_sector, std::uint32_t p, std::uint32_t q) {
  MutableBytes room = record(RecordKind::parity, 16, parity_record_bytes(2));
  store_le<std::uint64_t>(room, 8, stripe_sector.value);
  store_le<std::uint32_t>(room, 16, p);
  store_le<std::uint32_t>(room, 20, q);
  pages_ += 2;
}

void MetaBlockWriter::flush(Lba stripe_sector) {
  MutableBytes room = record(RecordKind::flush, 8, 16);
  store_le<std::uint64_t>(room, 8, stripe_sector.value);
}

Page MetaBlockWriter::finish() {
  MutableBytes block = page_.bytes();
  store_le<std::uint32_t>(block, meta_size_at, size_);
  store_le<std::uint32_t>(block, checksum_at, checksum_of(block, seed_));
  return std::move(page_);
}

}  // namespace holdfast::raid::journal
