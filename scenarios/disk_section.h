// A simulated device of a scenario: which disk it is.
//
//   {"model": "ssd", "size": "256KiB", "logical_block": "512B", "physical_block": "4KiB", "atomic_write": "512B",
//    "volatile_cache": true, "fua": true, "discard": "4KiB", "discard_reads_zero": true, "fill": "garbage",
//    "channels": 8, "any_order": true}
//
//   Only model and size are demanded. `discard` is the granularity; without it the disk takes none. `fill`: what a
//   fresh disk holds: zero, garbage, or any of the two. `any_order`: the seed may let requests in flight complete in
//   any order, whatever the model says.
#pragma once

#include "scenarios/section.h"
#include "sim/disk_spec.h"

namespace holdfast::scenarios {

// Reads everything but the tier's consequences; `tier` decides the default of volatile_cache.
sim::DiskSpec read_disk(Section& section, const std::string& name, sim::Tier tier);

}  // namespace holdfast::scenarios
