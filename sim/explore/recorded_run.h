// A run of a volume on real devices, as it was seen at the ports: what stands in place of life 0 of an exploration.
//
//   devices hold `base` -> [ begun | ended ]* -> [ begun | ended | told ]*
//                          opening it, looking   clients: crash points from here on
//
//   V1  Steps stand in the order in which they happened. A request of a device begins before it ends; what clients did is told
//       before it was submitted, and after it was answered before anybody acted on it.
//   V2  Before, the volume had settled and been stopped cleanly: what it showed to its clients is what `base` shows.
//   V3  A request that ended without `ok` did nothing: the device does not know it (a discard, zeros). Runs with other errors,
//       or without a device, are not recorded.
//   V4  Bytes, not pages: threads that explore it share one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/block/recording.h"
#include "sim/disk_spec.h"
#include "sim/explore/past.h"

namespace holdfast::sim {

struct RecordedStep {
  enum class Kind : std::uint8_t { begun, ended, told };

  Kind kind = Kind::told;
  std::uint32_t device = 0;
  std::uint64_t request = 0;  // of the device
  Command command = Command::write;  // begun: anything but a read
  Extent extent;
  WriteFlags flags;
  std::vector<std::byte> data;  // of a write
  bool ok = true;  // V3
  std::optional<PastEvent> told;  // of the volume's clients
};

struct RecordedRun {
  struct BasePage {
    std::uint32_t device = 0;
    std::uint32_t page = 0;
    std::vector<std::byte> bytes;  // 4096
  };

  std::uint64_t run = 0;  // in every payload
  std::vector<BasePage> base;  // zeros elsewhere
  std::vector<RecordedStep> steps;
  std::size_t crash_points_from = 0;  // steps before them

  // What keeps it from being a run, "step 12: …"; empty if nothing.
  std::string contradiction(const std::vector<DiskSpec>& devices) const;
};

}  // namespace holdfast::sim
