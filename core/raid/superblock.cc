#include "core/raid/superblock.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>
#include <linux/raid/md_p.h>

#include "core/base/check.h"
#include "core/base/page.h"
#include "core/raid/superblock_rules.h"

namespace holdfast::raid {

namespace {

using Md = mdp_superblock_1;
constexpr std::uint32_t magic = 0xa92b4efc;
constexpr std::size_t head_bytes = sizeof(Md);  // before dev_roles

static_assert(head_bytes == 256);
static_assert(offsetof(Md, pad0) == 12 && offsetof(Md, set_uuid) == 16);
static_assert(offsetof(Md, ctime) == 64 && offsetof(Md, size) == 80 &&
              offsetof(Md, chunksize) == 88);
static_assert(offsetof(Md, bitmap_offset) == 96 && offsetof(Md, ppl) == 96);
static_assert(offsetof(Md, reshape_position) == 104 && offsetof(Md, data_offset) == 128);
static_assert(offsetof(Md, recovery_offset) == 152 && offsetof(Md, journal_tail) == 152);
static_assert(offsetof(Md, device_uuid) == 168 && offsetof(Md, bblog_offset) == 188);
static_assert(offsetof(Md, utime) == 192 && offsetof(Md, sb_csum) == 216);
static_assert(offsetof(Md, pad3) == 224 && offsetof(Md, dev_roles) == 256);
static_assert(feature::journal == MD_FEATURE_JOURNAL && feature::ppl == MD_FEATURE_PPL);
static_assert(feature::all == MD_FEATURE_ALL);

std::size_t bytes_with(std::uint32_t max_dev) { return head_bytes + 2 * std::size_t{max_dev}; }

// Not a CRC: the sum of the little-endian words, sb_csum taken as 0, its carry added once.
std::uint32_t checksum_of(Bytes superblock) {
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 4 <= superblock.size(); at += 4) sum += load_le<std::uint32_t>(superblock, at);
  if (at + 2 <= superblock.size()) sum += load_le<std::uint16_t>(superblock, at);
  sum -= load_le<std::uint32_t>(superblock, offsetof(Md, sb_csum));
  return static_cast<std::uint32_t>((sum & 0xffffffff) + (sum >> 32));
}

// Each field stands here once, for reading and for writing.
template <class Transfer, class Fields>
void transfer_head(Transfer transfer, Fields& fields) {
  transfer.template as<std::uint32_t>(offsetof(Md, feature_map), fields.features);
  transfer.raw(offsetof(Md, set_uuid), fields.set_uuid);
  transfer.raw(offsetof(Md, set_name), fields.set_name);
  transfer.template as<std::uint64_t>(offsetof(Md, ctime), fields.created.raw);
  transfer.template as<std::int32_t>(offsetof(Md, level), fields.level);
  transfer.template as<std::uint32_t>(offsetof(Md, layout), fields.layout);
  transfer.template as<std::uint64_t>(offsetof(Md, size), fields.size.value);
  transfer.template as<std::uint32_t>(offsetof(Md, chunksize), fields.chunk.value);
  transfer.template as<std::uint32_t>(offsetof(Md, raid_disks), fields.raid_disks);
  transfer.template as<std::uint32_t>(offsetof(Md, bitmap_offset), fields.bitmap_or_ppl);
  transfer.template as<std::uint32_t>(offsetof(Md, new_level), fields.new_level);
  transfer.template as<std::uint64_t>(offsetof(Md, reshape_position), fields.reshape_position);
  transfer.template as<std::uint32_t>(offsetof(Md, delta_disks), fields.delta_disks);
  transfer.template as<std::uint32_t>(offsetof(Md, new_layout), fields.new_layout);
  transfer.template as<std::uint32_t>(offsetof(Md, new_chunk), fields.new_chunk);
  transfer.template as<std::uint32_t>(offsetof(Md, new_offset), fields.new_offset_distance);
  transfer.template as<std::uint64_t>(offsetof(Md, data_offset), fields.data_offset.value);
  transfer.template as<std::uint64_t>(offsetof(Md, data_size), fields.data_size.value);
  transfer.template as<std::uint64_t>(offsetof(Md, super_offset), fields.super_offset.value);
  transfer.template as<std::uint64_t>(offsetof(Md, recovery_offset), fields.recovery_offset);
  transfer.template as<std::uint32_t>(offsetof(Md, dev_number), fields.dev_number);
  transfer.template as<std::uint32_t>(offsetof(Md, cnt_corrected_read), fields.corrected_reads);
  transfer.raw(offsetof(Md, device_uuid), fields.device_uuid);
  transfer.template as<std::uint8_t>(offsetof(Md, devflags), fields.devflags);
  transfer.template as<std::uint8_t>(offsetof(Md, bblog_shift), fields.bblog_shift);
  transfer.template as<std::uint16_t>(offsetof(Md, bblog_size), fields.bblog_size);
  transfer.template as<std::int32_t>(offsetof(Md, bblog_offset), fields.bblog_offset);
  transfer.template as<std::uint64_t>(offsetof(Md, utime), fields.updated.raw);
  transfer.template as<std::uint64_t>(offsetof(Md, events), fields.events);
  transfer.template as<std::uint64_t>(offsetof(Md, resync_offset), fields.resync_offset);
}

struct FromDisk {
  Bytes block;
  template <class Stored, class T>
  void as(std::size_t at, T& field) const {
    field = static_cast<T>(load_le<Stored>(block, at));
  }
  template <class Array>
  void raw(std::size_t at, Array& field) const {
    std::memcpy(field.data(), block.data() + at, field.size());
  }
};

struct ToDisk {
  MutableBytes block;
  template <class Stored, class T>
  void as(std::size_t at, const T& field) const {
    auto stored = static_cast<Stored>(field);
    check(static_cast<T>(stored) == field, "a superblock field fits its place on the disk");
    store_le(block, at, stored);
  }
  template <class Array>
  void raw(std::size_t at, const Array& field) const {
    std::memcpy(block.data() + at, field.data(), field.size());
  }
};

tl::expected<void, FormatError> check_frame(Bytes block) {
  if (block.size() < head_bytes)
    return bad_format(block.size(), "superblock",
                      fmt::format("cut off after {} bytes, expected at least {}; is the device "
                                  "truncated?",
                                  block.size(), head_bytes));
  if (auto major = load_le<std::uint32_t>(block, offsetof(Md, major_version)); major != 1)
    return bad_format(offsetof(Md, major_version), "major_version",
                      fmt::format("found {}, expected 1", major));
  auto max_dev = load_le<std::uint32_t>(block, offsetof(Md, max_dev));
  if (max_dev > max_dev_most || bytes_with(max_dev) > block.size())
    return bad_format(
        offsetof(Md, max_dev), "max_dev",
        fmt::format("found {}, expected at most {}", max_dev,
                    std::min<std::size_t>(max_dev_most, (block.size() - head_bytes) / 2)));
  return {};
}

tl::expected<void, FormatError> check_checksum(Bytes block) {
  auto max_dev = load_le<std::uint32_t>(block, offsetof(Md, max_dev));
  auto written = load_le<std::uint32_t>(block, offsetof(Md, sb_csum));
  auto computed = checksum_of(block.first(bytes_with(max_dev)));
  if (written != computed)
    return bad_format(
        offsetof(Md, sb_csum), "sb_csum",
        fmt::format("found {:08x}, expected {:08x} from the superblock's bytes; it is "
                    "damaged: assemble without this device",
                    written, computed));
  return {};
}

tl::expected<void, FormatError> check_padding(Bytes block) {
  if (auto pad0 = load_le<std::uint32_t>(block, offsetof(Md, pad0)); pad0 != 0)
    return bad_format(offsetof(Md, pad0), "pad0", fmt::format("found {:#x}, expected 0", pad0));
  for (std::size_t i = 0; i < sizeof(Md::pad3); ++i) {
    auto value = std::to_integer<unsigned>(block[offsetof(Md, pad3) + i]);
    if (value != 0)
      return bad_format(offsetof(Md, pad3) + i, "pad3",
                        fmt::format("found {:#04x}, expected 0: a newer Linux wrote a field here "
                                    "that this version does not know",
                                    value));
  }
  return {};
}

}  // namespace

Decoded<std::optional<Superblock>> decode_superblock(Bytes block, MetadataVersion version,
                                                     Sectors device, bool verifies_checksum) {
  if (block.size() < sizeof magic || load_le<std::uint32_t>(block, offsetof(Md, magic)) != magic)
    return std::nullopt;
  if (auto fine = check_frame(block); !fine) return tl::unexpected(fine.error());
  if (verifies_checksum)
    if (auto fine = check_checksum(block); !fine) return tl::unexpected(fine.error());

  Superblock superblock;
  superblock.version = version;
  transfer_head(FromDisk{block}, superblock);
  superblock.dev_roles.resize(load_le<std::uint32_t>(block, offsetof(Md, max_dev)));
  for (std::size_t i = 0; i < superblock.dev_roles.size(); ++i)
    superblock.dev_roles[i] = load_le<std::uint16_t>(block, head_bytes + 2 * i);

  if (auto fine = check_padding(block); !fine) return tl::unexpected(fine.error());
  if (auto fine = check_rules(superblock, device); !fine) return tl::unexpected(fine.error());
  return superblock;
}

void encode_superblock(const Superblock& superblock, MutableBytes block) {
  check(block.size() == superblock_room.bytes(), "a superblock is written as one block");
  check(superblock.dev_roles.size() <= max_dev_most, "max_dev is at most 1920");
  std::ranges::fill(block, std::byte{0});
  auto max_dev = static_cast<std::uint32_t>(superblock.dev_roles.size());
  store_le(block, offsetof(Md, magic), magic);
  store_le<std::uint32_t>(block, offsetof(Md, major_version), 1);
  transfer_head(ToDisk{block}, superblock);
  store_le(block, offsetof(Md, max_dev), max_dev);
  for (std::size_t i = 0; i < max_dev; ++i)
    store_le(block, head_bytes + 2 * i, superblock.dev_roles[i]);
  store_le(block, offsetof(Md, sb_csum), checksum_of(block.first(bytes_with(max_dev))));
}

std::string text_of(const Uuid& uuid) {
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i)
    text += fmt::format("{}{:02x}", i != 0 && i % 4 == 0 ? ":" : "",
                        std::to_integer<unsigned>(uuid[i]));
  return text;
}

std::string role_text(std::uint16_t role) {
  if (role == role_spare) return "spare";
  if (role == role_faulty) return "faulty";
  if (role == role_journal) return "journal";
  return fmt::format("active device {}", role);
}

SuperblockTime SuperblockTime::of_microseconds(std::uint64_t since_1970) {
  constexpr std::uint64_t second = 1'000'000;
  return {(since_1970 / second & ((std::uint64_t{1} << 40) - 1)) | since_1970 % second << 40};
}

std::string Superblock::name() const {
  return std::string(set_name.begin(), std::ranges::find(set_name, '\0'));
}

Superblock new_superblock(MetadataVersion version, const Geometry& geometry, Sectors device) {
  DataRoom room = data_room(version, device, geometry.chunk);
  Superblock made;
  made.version = version;
  made.level = static_cast<std::int32_t>(geometry.level);
  made.layout = static_cast<std::uint32_t>(geometry.layout);
  made.size = geometry.member_sectors;
  made.chunk = geometry.chunk;
  made.raid_disks = static_cast<std::uint32_t>(geometry.raid_disks);
  made.super_offset = superblock_lba(version, device);
  made.data_offset = room.data_offset;
  made.data_size = room.data_size;
  made.bblog_size = bad_block_sectors;
  made.bblog_offset = room.bblog_offset;
  made.dev_roles.assign(std::max(max_dev_written, made.raid_disks), role_spare);
  return made;
}

std::uint32_t superblock_write_bytes(const Superblock& superblock,
                                     std::uint32_t logical_block_bytes) {
  auto bytes = static_cast<std::uint32_t>(256 + 2 * superblock.dev_roles.size());
  std::uint32_t block = logical_block_bytes;
  return std::min(page_bytes, (bytes + block - 1) / block * block);
}

}  // namespace holdfast::raid
