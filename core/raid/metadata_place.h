// Where md's metadata 1.x stands on a device, and what it leaves for the data.
//
//   1.0   [ data ........................ ][ bitmap ][ bad blocks ][ superblock ][ 8 to 12 KiB - 4 KiB ]
//   1.1   [ superblock ][ bitmap ][ bad blocks ][ headroom for reshapes ][ data ..................... ]
//   1.2   [ 4 KiB ][ superblock ][ bitmap ][ bad blocks ][ headroom for reshapes ][ data ............ ]
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/types.h"

namespace holdfast::raid {

enum class MetadataVersion { v1_0, v1_1, v1_2 };
// In the order in which a device is probed.
inline constexpr std::array metadata_versions{MetadataVersion::v1_1, MetadataVersion::v1_2,
                                              MetadataVersion::v1_0};
std::string_view name_of(MetadataVersion version);  // "1.2"
std::optional<MetadataVersion> metadata_version(std::string_view name);

inline constexpr Sectors superblock_room{8};  // read and written as one block of 4 KiB
Sectors smallest_device(MetadataVersion version);  // below this there is no place for one
Lba superblock_lba(MetadataVersion version, Sectors device);

// As mdadm divides a device for a new array: data from a multiple of 1 MiB on, with headroom of about a thousandth.
// Devices below 16 MiB get no headroom (mdadm leaves them next to nothing): data begin right behind the metadata.
struct DataRoom {
  Lba data_offset;
  Sectors data_size;  // to the end of what data may take
  std::int32_t bblog_offset = 0;  // from the superblock, in sectors
};
inline constexpr std::uint16_t bad_block_sectors = 8;
DataRoom data_room(MetadataVersion version, Sectors device, Sectors chunk);

}  // namespace holdfast::raid
