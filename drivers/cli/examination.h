// Looks at devices without touching them: every superblock, sound or damaged, and the arrays that they make.
//
//   E1  Devices are opened read-only and never claimed: arrays that run elsewhere may be looked at.
//   E2  A journal is read to its end, if asked (drivers/cli/journal_examination.h).
//   E3  Whether an array would assemble is not guessed: the engine's own assembly is asked, which writes nothing.
#pragma once

#include <string>
#include <vector>

#include "drivers/cli/journal_examination.h"
#include "drivers/posix/file_device.h"
#include "drivers/posix/real_world.h"
#include "reports/examination.h"

namespace holdfast::drivers {

// What stands on one device that is open already.
Task<reports::DeviceExamined> examine_device(BlockDevice& device, std::string path,
                                             JournalView view, Observer& observer);

// The arrays of the devices that were examined; `devices` in the same order, null for one that could not be opened.
std::vector<reports::ArrayExamined> examine_arrays(
    RealWorld& world, const std::vector<FileDevice*>& devices,
    const std::vector<reports::DeviceExamined>& examined);

}  // namespace holdfast::drivers
