// What a volume declares to its users; everything that it is judged by, and nothing of how it is made.
//
//   An allowed set is never widened to let a run pass: the engine is wrong, or the promise is stated here and in the
//   README.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/block/block_device.h"
#include "oracle/raid_shape.h"

namespace holdfast::oracle {

struct Profile {
  Sectors sectors;
  std::uint32_t logical_block_bytes = 512;
  // R2: a write inside one aligned unit of this size is whole or absent after a crash.
  std::uint32_t atomic_write_bytes = 512;
  // False: a write is durable when it is acked.
  bool has_volatile_cache = true;
  // A crash of the host (power stays) loses nothing that was acked. md: yes; a cache in RAM: no.
  bool acked_writes_survive_host_crash = true;
  // 0: no discard. Else whole aligned granules inside a discard are discarded, the rest stays as it is. Where they don't
  // read zero they hold anything, but always the same until the next write.
  std::uint32_t discard_granularity_bytes = 0;
  bool discard_reads_zero = false;
  // Fault tiers T2 and up: after a power cut, blocks under unacked writes above the atomic unit may hold anything.
  bool arbitrary_under_unacked_writes = false;
  // The same under writes that were acked but are not durable. True of a bare disk of tier T2, whose cache may be torn while
  // it is written out, and of what stands on such disks without a journal.
  bool arbitrary_under_undurable_writes = false;
  // Tier T3: what may hold anything tears at any byte, inside the atomic unit too; and takes along what stands beside it in an
  // aligned block of this size.
  bool tears_inside_blocks = false;
  std::uint32_t spoiled_with_bytes = 0;
  // True, without a journal: after a crash, blocks of a missing member in stripes under writes that were not durable (dirty
  // regions) may be wrong. False: only those of stripes whose parity was never made since the volume was. What may be wrong
  // goes to Judgement::declared as write_hole instead of Judgement::findings.
  bool has_write_hole = false;
  // Set: R5 and R6 are judged on the members' raw images, and dirty regions are known.
  std::optional<RaidShape> raid;

  static Profile of(const DeviceLimits& limits) {
    Profile profile;
    profile.sectors = limits.sectors;
    profile.logical_block_bytes = limits.logical_block_bytes;
    profile.atomic_write_bytes = limits.atomic_write_bytes;
    profile.has_volatile_cache = limits.has_volatile_cache;
    profile.discard_granularity_bytes = limits.discard_granularity_bytes;
    profile.discard_reads_zero = limits.discard_reads_zero;
    return profile;
  }

  // This promise of a volume that has turned out to have these limits: the geometry is theirs, and of the atomic unit and
  // the cache whichever promises more.
  Profile with(const DeviceLimits& limits) const {
    Profile joined = of(limits);
    joined.has_volatile_cache &= has_volatile_cache;
    joined.atomic_write_bytes = std::max(joined.atomic_write_bytes, atomic_write_bytes);
    joined.acked_writes_survive_host_crash = acked_writes_survive_host_crash;
    joined.arbitrary_under_unacked_writes = arbitrary_under_unacked_writes;
    joined.arbitrary_under_undurable_writes = arbitrary_under_undurable_writes;
    joined.tears_inside_blocks = tears_inside_blocks;
    joined.spoiled_with_bytes = spoiled_with_bytes;
    joined.has_write_hole = has_write_hole;
    joined.raid = raid;
    return joined;
  }
};

}  // namespace holdfast::oracle
