// What a volume promises, on simulated disks or on an array that exists, in the oracle's plain numbers: from the spec, not from the engine.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/volume/volume_spec.h"
#include "oracle/profile.h"
#include "sim/disk_spec.h"

namespace holdfast::scenarios {

// How many devices the volume can lose at once.
std::uint32_t failure_budget(const VolumeSpec& volume);

// Disks in the order of device_names(volume). Geometry of the exported device is left to its limits.
oracle::Profile promise_of(const VolumeSpec& volume, std::span<const sim::DiskSpec> disks);

// By device, in the same order: where the data stand, or the log; what is left over holds metadata.
std::vector<Extent> content_of(const VolumeSpec& volume, std::span<const sim::DiskSpec> disks);

// The same of a volume that exists: an array of this shape (nothing: no array), on devices that tear no sector.
oracle::Profile promise_of(const VolumeSpec& volume, std::optional<oracle::RaidShape> shape);

// What keeps the volume from being created on these disks; empty if nothing.
std::vector<std::string> misfits(const VolumeSpec& volume, std::span<const sim::DiskSpec> disks);

}  // namespace holdfast::scenarios
