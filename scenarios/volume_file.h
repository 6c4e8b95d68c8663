// A volume file: which real devices, and what volume stands on them. What `create`, `recover` and `serve` read.
//
//   { "schema": "holdfast.volume/1",
//     "devices": { "m0": {"path": "/dev/sdb"}, "m1": {"path": "/dev/sdc"}, "m2": {"path": "/dev/sdd"} },
//     "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "64KiB" } }
//
//   The volume section is the same as in a scenario, so what was crash-fuzzed is what is deployed.
#pragma once

#include <string>
#include <vector>

#include "core/volume/volume_spec.h"
#include "scenarios/problem.h"

namespace holdfast::scenarios {

struct RealDevice {
  std::string name;
  std::string path;

  RealDevice(std::string called, std::string at) : name(std::move(called)), path(std::move(at)) {}
};

struct VolumeFile {
  std::vector<RealDevice> devices;  // in the order of device_names(volume)
  VolumeSpec volume;
};

// `overrides`: "a.b=v", as --set takes them. A volume file has no `rules`: production keeps every rule.
Parsed<VolumeFile> read_volume_file(const std::string& path,
                                    const std::vector<std::string>& overrides = {});
Parsed<VolumeFile> parse_volume_file(const std::string& name, const std::string& text,
                                     const std::vector<std::string>& overrides = {});

}  // namespace holdfast::scenarios
