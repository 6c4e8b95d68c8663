#include "core/raid/metadata_place.h"

#include "core/base/check.h"

namespace holdfast::raid {

namespace {

constexpr std::uint64_t mebibyte = 2048;  // all in sectors
constexpr std::uint64_t gibibyte = 1024 * mebibyte;

// What mdadm keeps free for a write-intent bitmap, now or later.
std::uint64_t bitmap_room(std::uint64_t device) {
  if (device >= 200 * gibibyte + 128) return 256;
  return device > 8 * gibibyte + 8 ? 128 : 8;
}

// What mdadm keeps free in front of the data, so that a reshape can move them there.
std::uint64_t headroom(std::uint64_t device, Sectors chunk) {
  std::uint64_t room = 128 * mebibyte;
  while (room * 1024 > device && room / 2 >= 2 * chunk.value) room /= 2;
  return room;
}

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

std::string_view name_of(MetadataVersion version) {
  switch (version) {
    case MetadataVersion::v1_0: return "1.0";
    case MetadataVersion::v1_1: return "1.1";
    case MetadataVersion::v1_2: return "1.2";
  }
  check(false, "metadata is 1.0, 1.1 or 1.2");
  return {};
}

std::optional<MetadataVersion> metadata_version(std::string_view name) {
  for (MetadataVersion version : metadata_versions)
    if (name_of(version) == name) return version;
  return std::nullopt;
}

Sectors smallest_device(MetadataVersion version) {
  // mdadm's rule, for every version.
  static_cast<void>(version);
  return Sectors(24);
}

Lba superblock_lba(MetadataVersion version, Sectors device) {
  check(device >= smallest_device(version), "a device has a place for a superblock");
  switch (version) {
    case MetadataVersion::v1_0: return Lba((device.value - 16) & ~std::uint64_t{7});
    case MetadataVersion::v1_1: return Lba(0);
    case MetadataVersion::v1_2: return Lba(8);
  }
  check(false, "metadata is 1.0, 1.1 or 1.2");
  return Lba(0);
}

DataRoom data_room(MetadataVersion version, Sectors device, Sectors chunk) {
  std::uint64_t bitmap = bitmap_room(device.value);
  DataRoom room;
  if (version == MetadataVersion::v1_0) {
    std::uint64_t behind = bitmap + bad_block_sectors;
    std::uint64_t superblock = superblock_lba(version, device).value;
    room.data_size = Sectors(superblock > behind ? superblock - behind : 0);
    room.bblog_offset = -std::int32_t{bad_block_sectors};
    return room;
  }
  std::uint64_t metadata = 24 + bitmap;  // 4 KiB, superblock, bad blocks
  room.data_offset = device.value < 16 * mebibyte
                         ? Lba(metadata)
                         : Lba(round_up(metadata + headroom(device.value, chunk), mebibyte));
  if (device.value > room.data_offset.value)
    room.data_size = device - Sectors(room.data_offset.value);
  room.bblog_offset = static_cast<std::int32_t>(8 + bitmap);
  return room;
}

}  // namespace holdfast::raid
