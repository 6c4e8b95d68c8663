// The bytes of a recording: one run of a volume on real devices (sim/explore/recorded_run.h), as a file for `explore`.
//
//   "holdfast.recording/1\n"   then records, little-endian:   u32 kind   u32 bytes   u32 crc32c of kind, bytes and body   body
//
//   1 head    JSON: {"run": "0x…", "scenario": {…}, "array": {…}}; first, once
//   2 base    u32 device  u32 page  bytes of the page; pages of zeros are left out
//   3 begun   u32 device  u32 command, 8 FUA, 16 preflush  u64 request  u64 sector  u64 sectors  data of a write
//   4 ended   u32 device  u32 ok  u64 request
//   5 told    u32 kind  u32 id  u32 ok 1, FUA 2, preflush 4  u32 unused  u64 sector  u64 sectors  u64 of each sector that was read
//   6 opened  the volume was opened and looked at: clients begin; once
//   7 end     u64 records before it; last
//
//   The scenario is a whole one (scenarios/scenario.h) of the volume on simulated devices that are like the real ones, its section
//   `explore` what to do by default. `array`: where its data stand, which a scenario can't say of an array that others made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/checksum.h"

namespace holdfast::scenarios {

inline constexpr std::string_view recording_magic = "holdfast.recording/1\n";
// Of all devices: `explore` keeps every page of them.
inline constexpr std::uint64_t recorded_bytes_max = std::uint64_t{256} << 20;

enum class RecordKind : std::uint32_t { head = 1, base, begun, ended, told, opened, end };

struct RecordBytes {
  static constexpr std::size_t seal = 12;  // kind, bytes, checksum: before each body
  static constexpr std::size_t sealed = 8;  // of them, the checksum is of these and the body
  // Of bodies, what has a fixed size.
  static constexpr std::size_t base = 8;
  static constexpr std::size_t begun = 32;
  static constexpr std::size_t ended = 16;
  static constexpr std::size_t told = 32;
};

struct BegunWord {
  static constexpr std::uint32_t command = 7;
  static constexpr std::uint32_t fua = 8;
  static constexpr std::uint32_t preflush = 16;
};

struct ToldWord {
  static constexpr std::uint32_t ok = 1;
  static constexpr std::uint32_t fua = 2;
  static constexpr std::uint32_t preflush = 4;
};

inline Bytes bytes_in(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::uint32_t record_checksum(Bytes sealed, Bytes body) {
  return crc32c(crc32c(crc32c_start, sealed), body);
}

}  // namespace holdfast::scenarios
