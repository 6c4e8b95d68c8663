// What a person names on the command line: a volume file, or the devices themselves.
#pragma once

#include <string>
#include <vector>

#include "core/volume/volume_spec.h"
#include "drivers/cli/console.h"
#include "drivers/cli/device_set.h"

namespace holdfast::drivers {

struct VolumeArgument {
  VolumeSpec spec;
  std::vector<NamedPath> devices;  // in the order of device_names(spec)
  bool is_file = false;            // a volume file: then devices may be absent
};

// Problems of a volume file are said on the console, all of them; then nullopt.
std::optional<VolumeArgument> read_volume(const std::string& path, Console& console);
// One argument that is a text file is a volume file; everything else are the members of one md array, in any order.
std::optional<VolumeArgument> read_volume_or_devices(const std::vector<std::string>& arguments,
                                                     Console& console);

// Which exit code says why a volume did not open or was not created.
ExitCode exit_code_of(const OpenError& error);

}  // namespace holdfast::drivers
