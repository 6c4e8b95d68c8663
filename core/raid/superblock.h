// The md superblock, version 1.x: what each member says about the array and about itself.
//
//   [ array: uuid, geometry ][ this device: place, uuid ][ state: events, resync_offset ][ dev_roles ... ]  256 + 2n bytes
//
//   S1  encode(decode(x)) is x, byte for byte: fields that belong to others are carried along.
//   S2  dev_roles is indexed by dev_number, which stays with the device; a role is a place in the array.
//   S3  The superblock with the highest events is the freshest.
//   Caller: every superblock write is PREFLUSH|FUA, and never all members at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/types.h"
#include "core/raid/geometry.h"
#include "core/raid/metadata_place.h"

namespace holdfast::raid {

using Uuid = std::array<std::byte, 16>;
std::string text_of(const Uuid& uuid);  // as mdadm: "2e69bd25:b3d63f0b:8290b6d8:cea8691d"

// What dev_roles says of a device.
inline constexpr std::uint16_t role_spare = 0xffff;
inline constexpr std::uint16_t role_faulty = 0xfffe;
inline constexpr std::uint16_t role_journal = 0xfffd;
inline constexpr std::uint16_t role_max = 0xff00;  // roles in the array lie below
inline constexpr std::uint32_t max_dev_written = 128;  // as mdadm
inline constexpr std::uint32_t max_dev_most = 1920;

namespace feature {
inline constexpr std::uint32_t bitmap = 1;
inline constexpr std::uint32_t recovery_offset = 2;
inline constexpr std::uint32_t reshape = 4;
inline constexpr std::uint32_t bad_blocks = 8;
inline constexpr std::uint32_t replacement = 16;
inline constexpr std::uint32_t reshape_backwards = 32;
inline constexpr std::uint32_t new_offset = 64;
inline constexpr std::uint32_t recovery_bitmap = 128;
inline constexpr std::uint32_t clustered = 256;
inline constexpr std::uint32_t journal = 512;
inline constexpr std::uint32_t ppl = 1024;
inline constexpr std::uint32_t multiple_ppls = 2048;
inline constexpr std::uint32_t raid0_layout = 4096;
inline constexpr std::uint32_t all = 8191;
}  // namespace feature

inline constexpr std::uint64_t in_sync =
    ~std::uint64_t{0};  // resync_offset of an array that was stopped cleanly

// The low 40 bits seconds since 1970, the high 24 microseconds.
struct SuperblockTime {
  std::uint64_t raw = 0;

  static SuperblockTime of_microseconds(std::uint64_t since_1970);
  std::uint64_t seconds() const { return raw & ((std::uint64_t{1} << 40) - 1); }
  std::uint64_t microseconds() const { return raw >> 40; }
  bool operator==(const SuperblockTime&) const = default;
};

// Fields as they stand on the disk, in its order. Sectors of 512 bytes throughout.
struct Superblock {
  MetadataVersion version = MetadataVersion::v1_2;  // by the place where it stands

  // the array; the same on all members
  std::uint32_t features = 0;
  Uuid set_uuid{};
  std::array<char, 32> set_name{};
  SuperblockTime created;
  std::int32_t level = 5;  // any of md's: not only those that can run here
  std::uint32_t layout = 2;
  Sectors size;  // used on each member
  Sectors chunk;
  std::uint32_t raid_disks = 0;
  std::uint32_t bitmap_or_ppl = 0;  // bitmap_offset (signed), or ppl {s16 offset, u16 size}
  std::uint32_t new_level = 0;
  std::uint64_t reshape_position = 0;
  std::uint32_t delta_disks = 0;
  std::uint32_t new_layout = 0;
  std::uint32_t new_chunk = 0;
  std::uint32_t new_offset_distance = 0;

  // this device
  Lba data_offset;
  Sectors data_size;
  Lba super_offset;
  std::uint64_t recovery_offset = 0;  // on a journal: journal_tail
  std::uint32_t dev_number = 0;
  std::uint32_t corrected_reads = 0;
  Uuid device_uuid{};
  std::uint8_t devflags = 0;
  std::uint8_t bblog_shift = 0;
  std::uint16_t bblog_size = 0;
  std::int32_t bblog_offset = 0;  // from super_offset

  // the array's state when this was written
  SuperblockTime updated;
  std::uint64_t events = 0;
  std::uint64_t resync_offset = 0;
  std::vector<std::uint16_t> dev_roles;  // max_dev of them

  bool operator==(const Superblock&) const = default;

  bool has(std::uint32_t features_asked) const { return (features & features_asked) != 0; }
  bool clean() const { return resync_offset == in_sync; }
  std::uint16_t role() const { return role_of(dev_number); }
  std::uint16_t role_of(std::uint32_t device) const {
    return device < dev_roles.size() ? dev_roles[device] : role_spare;
  }
  bool holds_role() const { return role() < role_max; }
  std::string name() const;  // up to the first zero byte
};

std::string role_text(std::uint16_t role);  // "active device 2", "spare", "faulty", "journal"

// `block` is what stands at superblock_lba(version, device): at least 1 sector, superblock_room to be sure. nullopt: no
// superblock here (the magic is absent). Otherwise every field is checked, the checksum first. `verifies_checksum` false:
// only for RaidRules::verify_superblock_checksums, broken.
Decoded<std::optional<Superblock>> decode_superblock(Bytes block, MetadataVersion version,
                                                     Sectors device, bool verifies_checksum = true);
// The checksum is made here. Fills all of `block` (superblock_room), zeros behind the superblock's end.
void encode_superblock(const Superblock& superblock, MutableBytes block);

// How much of that block is written: the superblock alone, so that it is one atomic unit, in whole logical blocks.
std::uint32_t superblock_write_bytes(const Superblock& superblock,
                                     std::uint32_t logical_block_bytes);

// What the array engine runs on. Fails for levels other than 4, 5 and 6, with the field and its offset.
Decoded<Geometry> geometry_of(const Superblock& superblock);

// What must agree between members of one array and does not; the errors speak of `other`, expecting what `one` says.
std::vector<FormatError> differences(const Superblock& one, const Superblock& other);

// What stands in this superblock that the array engine can't run with; one error each, saying why and what to do.
// Reading and printing such a superblock is fine.
std::vector<FormatError> not_runnable(const Superblock& superblock);

// A member of a new array as mdadm writes it: resync_offset 0, events 0, room for bad blocks, all of dev_roles spare;
// data_offset and data_size as in data_room(), which is large enough unless it becomes a journal.
// The caller sets uuids, name, times, dev_number and dev_roles.
Superblock new_superblock(MetadataVersion version, const Geometry& geometry, Sectors device);

}  // namespace holdfast::raid
