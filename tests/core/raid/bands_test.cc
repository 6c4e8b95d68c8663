#include "core/raid/bands.h"

#include <set>

#include <gtest/gtest.h>

namespace holdfast::raid {
namespace {

Geometry geometry(int level, int disks) {
  return *Geometry::make(level, 2, static_cast<std::uint64_t>(disks), Sectors(8), Sectors(64));
}

// Every request of a small array: B1, and the span covers each band.
TEST(Bands, AreDisjointCoverTheRequestAndLieInItsSpan) {
  for (const Geometry& array : {geometry(5, 3), geometry(5, 4), geometry(6, 5)}) {
    std::uint64_t end = std::min<std::uint64_t>(array.capacity().value, 120);
    for (std::uint64_t first = 0; first < end; ++first) {
      for (std::uint64_t count = 1; first + count <= end; ++count) {
        Extent request{Lba(first), Sectors(count)};
        Extent span = span_of(array, request);
        std::set<std::uint64_t> seen;
        std::uint64_t last_row = 0;
        for (const Band& band : bands_of(array, request)) {
          ASSERT_GE(band.row, last_row);
          last_row = band.row;
          ASSERT_TRUE(span.contains(band.span(array)));
          ASSERT_TRUE(band.rows == 1 || band.covers_all_data(array));
          for (std::uint64_t row = band.row; row < band.row + band.rows; ++row)
            for (int data = band.first_data; data < band.first_data + band.data_count; ++data)
              for (std::uint64_t i = 0; i < band.height.value; ++i)
                ASSERT_TRUE(seen.insert(band.lba(array, row, data).value + i).second);
        }
        ASSERT_EQ(seen.size(), count);
        ASSERT_EQ(*seen.begin(), first);
        ASSERT_EQ(*seen.rbegin(), first + count - 1);
      }
    }
  }
}

TEST(Bands, AnAlignedBlockIsNeverCut) {
  Geometry array = *Geometry::make(5, 2, 4, Sectors(128), Sectors(1024));
  for (std::uint64_t first = 0; first < array.capacity().value; first += 8)
    EXPECT_EQ(bands_of(array, {Lba(first), Sectors(8)}).size(), 1u);
}

}  // namespace
}  // namespace holdfast::raid
