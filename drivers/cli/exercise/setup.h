// What stays the same in all lives of the volume that is exercised.
#pragma once

#include <optional>
#include <vector>

#include "core/volume/volume_spec.h"
#include "drivers/cli/device_set.h"
#include "drivers/cli/exercise/array_place.h"
#include "drivers/cli/io_choice.h"
#include "oracle/profile.h"
#include "sim/sabotage.h"
#include "sim/workload.h"

namespace holdfast::drivers {

struct ExerciseSetup {
  VolumeSpec volume;
  std::vector<NamedPath> devices;  // in the order of device_names(volume)
  IoChoice io;
  std::optional<ArrayPlace> array;  // of its first rows, those that are exercised
  oracle::Profile promise;  // with the same shape
  Sectors span_max;
  sim::WorkloadSpec workload;
  std::uint64_t seed = 0;
  std::uint64_t run = 0;  // in every payload; no two runs have the same
  std::optional<sim::SabotageSpec> saboteur;  // one device, for those who check the check
};

}  // namespace holdfast::drivers
