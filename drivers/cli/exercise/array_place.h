// Where an array stands on its devices, as its superblocks say: what the oracle needs to read its members raw.
#pragma once

#include <optional>
#include <vector>

#include "drivers/cli/device_set.h"
#include "oracle/raid_shape.h"

namespace holdfast::drivers {

struct ArrayPlace {
  oracle::RaidShape shape;
  std::vector<std::size_t> device_of_role;  // nobody, where the role's device is not there
  static constexpr std::size_t nobody = ~std::size_t{0};
};

// The devices are looked at, never claimed. Absent ones are left out; spares and a journal hold no role.
// configuration: none of them says that there is an array, or two say different things.
tl::expected<ArrayPlace, OpenError> find_array(const std::vector<NamedPath>& devices,
                                               RealWorld& world);

// The first rows of an array are an array, too: of at most this size, one row at least.
oracle::RaidShape first_rows(oracle::RaidShape shape, Sectors size_max);

}  // namespace holdfast::drivers
