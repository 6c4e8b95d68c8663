// A recording of `exercise --record`: one run of a volume on real devices, as sim/explore/recorded_run.h has it, for `explore`.
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
//   A file that is cut off, damaged, of another version, or contradicts itself is refused: which byte, which field, what to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracle/raid_shape.h"
#include "scenarios/scenario.h"
#include "sim/explore/recorded_run.h"

namespace holdfast::scenarios {

inline constexpr std::string_view recording_magic = "holdfast.recording/1\n";
inline constexpr std::uint64_t recording_bytes_max = std::uint64_t{1} << 30;
// Of all devices: `explore` keeps every page of them.
inline constexpr std::uint64_t recorded_bytes_max = std::uint64_t{256} << 20;

struct RecordedArray {
  oracle::RaidShape shape;
  std::vector<std::size_t> device_of_role;
};

struct Recording {
  std::string scenario;  // JSON
  std::optional<RecordedArray> array;
  sim::RecordedRun run;
};

std::string bytes_of(const Recording& recording);

struct RecordedDevice {
  std::string name;
  DeviceLimits limits;
};
// Of a volume file: its volume on simulated devices that are like these.
std::string scenario_like(const Document& volume_file, const std::vector<RecordedDevice>& devices);

struct RecordingFile {
  Scenario scenario;  // with the array's promises; its hash is that of the whole file, too
  sim::RecordedRun run;
};

// Whether a file begins like one, of this version or another.
bool is_recording(const std::string& path);

Parsed<RecordingFile> read_recording(const std::string& path,
                                     const std::vector<std::string>& overrides = {},
                                     const std::vector<std::string>& rules = {});
Parsed<RecordingFile> parse_recording(const std::string& name, Bytes bytes,
                                      const std::vector<std::string>& overrides = {},
                                      const std::vector<std::string>& rules = {});

}  // namespace holdfast::scenarios
