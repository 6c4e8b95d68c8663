// Where Linux 6.1 put each chunk of arrays in every layout that mdadm makes, and what it wrote as parity.
//
//   rows[r] = for each role: the first logical block (4 KiB) of its chunk, or P:crc or Q:crc (crc32c of the parity chunk)
//   Block b holds 8 sectors, each the words {mix(b), b, 1, sector} 32 times.
#pragma once

#include <cstdint>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace holdfast::golden {

struct Layout {
  std::string name;
  int level;
  std::uint32_t number;
  std::uint32_t members;
  std::uint64_t chunk_sectors;
  std::vector<std::string> rows;

  std::vector<std::string> row(std::size_t number_of_row) const {
    std::istringstream words(rows[number_of_row]);
    return {std::istream_iterator<std::string>(words), {}};
  }
};

inline const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all{
#include "tests/golden/linux_layouts.inc"
  };
  return all;
}

// into: 4096 bytes.
inline void write_block(std::uint32_t block, MutableBytes into) {
  std::uint32_t mixed = block * 0x9e3779b1u + 0x85ebca6bu + 0x3147494cu;
  mixed = (mixed ^ mixed >> 16) * 0x7feb352du;
  mixed = (mixed ^ mixed >> 15) * 0x846ca68bu;
  mixed ^= mixed >> 16;
  for (std::size_t at = 0; at < 4096; at += 16) {
    store_le<std::uint32_t>(into, at, mixed);
    store_le<std::uint32_t>(into, at + 4, block);
    store_le<std::uint32_t>(into, at + 8, 1);
    store_le<std::uint32_t>(into, at + 12, static_cast<std::uint32_t>(at / 512));
  }
}

}  // namespace holdfast::golden
