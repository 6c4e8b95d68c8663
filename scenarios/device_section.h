// The `devices` section: names, or ranges of names that share one description.
//
//   "devices": { "m0..m3": {"model": "ssd", "size": "256KiB"}, "log": {"path": "/dev/nvme0n1"} }
#pragma once

#include <string>
#include <vector>

#include "scenarios/section.h"

namespace holdfast::scenarios {

struct DeviceEntry {
  std::string name;
  std::string pointer;  // of the description, which several names may share

  DeviceEntry(std::string called, std::string at)
      : name(std::move(called)), pointer(std::move(at)) {}
};

// In the order of their names, m2 before m10. Names that stand twice, no names, and odd names are problems.
std::vector<DeviceEntry> list_devices(const Document& document, Problems& problems);
std::vector<std::string> names_of(const std::vector<DeviceEntry>& entries);

}  // namespace holdfast::scenarios
