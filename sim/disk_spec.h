// What kind of disk is simulated: its limits, how fast it is, and how it tears.
//
//   tier  volatile cache   at a power cut
//   T0    no               fragments of writes in flight land or not
//   T1    yes              the same for what was completed and not flushed
//   T2    yes              and of a write above the atomic unit each block is old, new or arbitrary
//   T3    yes              and blocks tear inside, at any byte, in the atomic unit too; or can't be read until rewritten; or
//                          take along what stands beside them in their physical block
#pragma once

#include <cstdint>
#include <string>

#include "core/block/block_device.h"

namespace holdfast::sim {

enum class DiskModel : std::uint8_t {
  ssd,  // several channels, program time
  hdd,  // one head: seek and rotation
  any_order,  // any request in flight may complete next
  by_priority,  // see sim/priorities.h
};

// Of all disks of a run: as their models have it, or not.
enum class CompletionOrder : std::uint8_t { modeled, any, by_priority };

enum class Tier : std::uint8_t { t0, t1, t2, t3 };

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

  bool tears() const { return tier >= Tier::t2; }
  bool tears_inside() const { return tier == Tier::t3; }
};

// T4 and T5, on one disk: how often a command goes wrong, in parts per million of commands.
struct DiskFaults {
  std::uint32_t read_error_ppm = 0;  // the command fails, once
  std::uint32_t write_error_ppm = 0;  // any part of it may have taken effect
  std::uint32_t flush_error_ppm = 0;  // any part of what was to become durable never will
  std::uint32_t stall_ppm = 0;  // of steps of commands: it takes 30 s longer

  // Silent: the command is answered as if all were well.
  std::uint32_t lying_flush_ppm = 0;  // nothing has become durable
  std::uint32_t lying_fua_ppm = 0;  // the write is in the cache only
  std::uint32_t rollback_ppm =
      0;  // of cuts: an erase block holds again what it held at the boot before
  std::uint32_t lost_write_ppm = 0;  // it never lands
  std::uint32_t misdirected_write_ppm = 0;  // it lands on other pages
  std::uint32_t misdirected_read_ppm = 0;  // the bytes are those of another place
};

// These, and the silent ones of the other.
inline DiskFaults with_silent(DiskFaults faults, const DiskFaults& of) {
  faults.lying_flush_ppm = of.lying_flush_ppm;
  faults.lying_fua_ppm = of.lying_fua_ppm;
  faults.rollback_ppm = of.rollback_ppm;
  faults.lost_write_ppm = of.lost_write_ppm;
  faults.misdirected_write_ppm = of.misdirected_write_ppm;
  faults.misdirected_read_ppm = of.misdirected_read_ppm;
  return faults;
}

// What a disk did, beyond what disks in order do.
enum class Misdeed : std::uint8_t {
  torn_inside,
  unreadable_after_cut,
  spoiled_neighbor,
  lying_flush,
  lying_fua,
  rollback,
  bit_rot,
  lost_write,
  misdirected_write,
  misdirected_read,
  stall,
};
inline constexpr std::size_t misdeed_count = static_cast<std::size_t>(Misdeed::stall) + 1;

}  // namespace holdfast::sim
