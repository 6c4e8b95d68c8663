// What the world did to the devices when the power went: which pieces landed and which were dropped. Never used to judge,
// only to explain.
#pragma once

#include <cstdint>
#include <vector>

namespace holdfast::oracle {

struct CutFragment {
  unsigned member = 0;  // role in the array (a single device: 0)
  std::uint64_t offset = 0;  // bytes on the device, data_offset included
  std::uint64_t bytes = 0;
  bool landed = false;

  constexpr CutFragment() = default;
  constexpr CutFragment(unsigned of, std::uint64_t at, std::uint64_t length, bool has_landed)
      : member(of), offset(at), bytes(length), landed(has_landed) {}
};

struct CutReport {
  std::vector<CutFragment> fragments;  // in the order in which they were decided
};

}  // namespace holdfast::oracle
