// An md array as a Volume.
#pragma once

#include "core/volume/volume_spec.h"

namespace holdfast {

// `spec` outlives the task.
Task<OpenResult> open_raid(const RaidSpec& spec, Devices devices, Ports ports);
Task<CreateResult> create_raid(const RaidSpec& spec, const CreateOptions& options, Devices devices,
                               Ports ports);

}  // namespace holdfast
