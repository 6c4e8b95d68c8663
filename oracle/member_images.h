// The members' raw bytes as their devices would serve them now, completed but not durable writes included.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace holdfast::oracle {

class MemberImages {
 public:
  virtual ~MemberImages() = default;
  // `bytes` bytes at `offset` (both multiples of 512) of the device that holds `role`; never called for roles that the
  // caller named as missing. Answers a view into the device's own memory where that is contiguous, else fills
  // `scratch` (of `bytes` bytes) and answers that. Valid until the next request to any device; several may be held.
  virtual Bytes read(unsigned role, std::uint64_t offset, std::uint64_t bytes,
                     MutableBytes scratch) = 0;
};

}  // namespace holdfast::oracle
