// What kind of disk is simulated: its limits, how fast it is, and how it tears.
//
//   tier  volatile cache   at a power cut
//   T0    no               fragments of writes in flight land or not
//   T1    yes              the same for what was completed and not flushed
//   T2    yes              and of a write above the atomic unit each block is old, new or arbitrary
#pragma once

#include <cstdint>
#include <string>

#include "core/block/block_device.h"

namespace holdfast::sim {

enum class DiskModel : std::uint8_t {
  ssd,  // several channels, program time
  hdd,  // one head: seek and rotation
  any_order,  // any request in flight may complete next
};

enum class Tier : std::uint8_t { t0, t1, t2 };

enum class FreshContent : std::uint8_t { zero, garbage, by_choice };

struct DiskSpec {
  std::string name;
  DeviceLimits limits;
  DiskModel model = DiskModel::ssd;
  // Of a run whose swarm says so, whatever the model: see any_order.
  bool may_complete_in_any_order = true;
  Tier tier = Tier::t1;
  FreshContent fresh = FreshContent::by_choice;
  std::uint32_t channels = 8;  // of an SSD: requests served at once

  bool tears() const { return tier == Tier::t2; }
};

// T5, on one disk: how often a command goes wrong, in parts per million of commands.
struct DiskFaults {
  std::uint32_t read_error_ppm = 0;  // the command fails, once
  std::uint32_t write_error_ppm = 0;  // any part of it may have taken effect
  std::uint32_t flush_error_ppm = 0;  // any part of what was to become durable never will
};

}  // namespace holdfast::sim
