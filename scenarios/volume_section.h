// The `volume` section, the same in a scenario and in a volume file: which engine stands on which devices.
//
//   {"type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "64KiB", "layout": "left-symmetric", "journal": "log"}
//   {"type": "bare", "device": "d0"}
#pragma once

#include <span>
#include <string>

#include "core/volume/volume_spec.h"
#include "scenarios/section.h"

namespace holdfast::scenarios {

// Reads /volume and adds what is wrong with it, contradictions too. `devices`: the names that the document defines.
VolumeSpec read_volume(const Document& document, std::span<const std::string> devices,
                       Problems& problems);

// "name=value", as --rule takes it; what is wrong with it, or nothing.
std::string break_rule(VolumeSpec& spec, const std::string& assignment);

}  // namespace holdfast::scenarios
