// What the kernel says about a device or a file: sizes, alignment, cache, discard.
//
// Where it says nothing the careful answer is taken: a volatile cache, no FUA, nothing to discard, 512 bytes
// atomic. What has no FUA takes durable writes too; somebody flushes for it.
#pragma once

#include "core/block/volume.h"
#include "drivers/posix/opened_file.h"

namespace holdfast::drivers {

// format: a size that no disk image has. io: the device doesn't even say how large it is.
tl::expected<DeviceLimits, OpenError> limits_of(const OpenedFile& file);

}  // namespace holdfast::drivers
