// What `exercise --record` writes (scenarios/recording_format.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oracle/raid_shape.h"
#include "scenarios/document.h"
#include "sim/explore/recorded_run.h"

namespace holdfast::scenarios {

struct RecordedArray {
  oracle::RaidShape shape;
  std::vector<std::size_t> device_of_role;
};

struct Recording {
  std::string scenario;  // JSON
  std::optional<RecordedArray> array;
  sim::RecordedRun run;
};

std::string bytes_of(const Recording& recording);

struct RecordedDevice {
  std::string name;
  DeviceLimits limits;
};
// Of a volume file: its volume on simulated devices that are like these.
std::string scenario_like(const Document& volume_file, const std::vector<RecordedDevice>& devices);

}  // namespace holdfast::scenarios
