// Life 0 of an exploration where it was lived on real devices: its crash points, told as those of any other life are.
//
//   R1  A request is in flight from its beginning to its end. One with preflush takes effect at its end only, the flush
//       first: when that was over nobody knows. So no state is explored that could not have been, and some that could are left
//       out: such a write landed, and others that ended before it did have not.
//   R2  Completed: at its end. Durable: by FUA, by a flush that began after that, or where the device has no volatile cache.
#pragma once

#include "sim/disk_spec.h"
#include "sim/explore/life.h"
#include "sim/explore/recorded_run.h"

namespace holdfast::sim {

// The run has no contradiction with the devices. `base`: what they held before.
LifeRecord recorded_life(const RecordedRun& run, const std::vector<DiskSpec>& devices,
                         const Image& base, CrashPoints crash_points);

}  // namespace holdfast::sim
