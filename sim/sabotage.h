// A volume that breaks promises of the port, or stands on a device that does: what the verifier must notice.
//
//   volume sabotaged:   clients -> SabotagedDevice -> volume -> devices
//   device sabotaged:   clients -> volume -> SabotagedDevice -> device
//
//   S1  It is put around what opens the volume, so that no engine and no disk knows of it. Creating is left alone.
//   S2  Each boot counts anew: the first request that could be sabotaged is.
#pragma once

#include <cstdint>
#include <optional>

#include "core/block/sabotage.h"
#include "core/block/volume.h"

namespace holdfast::sim {

struct SabotageSpec {
  std::optional<std::size_t>
      device;  // number in the span given to open; nothing: the volume itself
  Sabotage what = Sabotage::nothing;
  std::uint64_t every = 1;

  constexpr SabotageSpec() = default;
};

OpenVolume sabotaged(OpenVolume open, const SabotageSpec& sabotage);

}  // namespace holdfast::sim
