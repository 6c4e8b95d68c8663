// One device passed through as it is: for the ground truth of the simulator, and for nothing else.
#pragma once

#include "core/block/volume.h"

namespace holdfast {

Task<OpenResult> open_bare(Devices devices);

}  // namespace holdfast
