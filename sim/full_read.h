// Reads a whole volume once, as a judge wants to see it: what can't be read at once is read block for block.
#pragma once

#include <functional>

#include "core/block/block_device.h"
#include "oracle/observation.h"

namespace holdfast::sim {

// Sectors that stay unreadable are marked as that. `seen` is as large as the device and outlives the task. `told`, if set,
// hears of each part, from the front to the end, when it stands in `seen`.
Task<bool> read_everything(BlockDevice& device, oracle::Observation& seen,
                           std::function<void(Extent)> told);

}  // namespace holdfast::sim
