// What the fields of an md superblock must say to be believed, once its checksum is right.
//
// Held against the level's own rules where this program runs that level, else only against what makes sense of any.
#pragma once

#include "core/base/result.h"
#include "core/base/types.h"
#include "core/raid/superblock.h"

namespace holdfast::raid {

// The first field that is wrong, its offset in the superblock, and what was expected. `device` is where it was read.
tl::expected<void, FormatError> check_rules(const Superblock& superblock, Sectors device);

}  // namespace holdfast::raid
