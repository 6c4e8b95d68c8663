// What `examine` would say of simulated media as a crash has left them, as far as it concerns one block of the volume.
#pragma once

#include <string>
#include <vector>

#include "sim/media.h"
#include "sim/world.h"

namespace holdfast::drivers {

// Superblocks and the log's place, and every unit of the log that holds something of the block's stripe. Nothing for a volume
// that is a plain device.
std::vector<std::string> records_around(Lba block, const std::vector<sim::Media>& media,
                                        const sim::WorldSpec& world);

}  // namespace holdfast::drivers
