#include "sim/request.h"

#include <gtest/gtest.h>

namespace holdfast::sim {
namespace {

using Kind = Request::Kind;

DeviceLimits volume(std::uint64_t bytes, std::uint32_t block = 512, std::uint32_t discard = 0) {
  DeviceLimits limits;
  limits.sectors = Sectors::of_bytes(bytes);
  limits.logical_block_bytes = block;
  limits.discard_granularity_bytes = discard;
  return limits;
}

Request request(Kind kind, std::uint64_t first, std::uint64_t bytes) {
  Request made;
  made.kind = kind;
  made.first_byte = first;
  made.bytes = bytes;
  return made;
}

Extent extent(std::uint64_t first, std::uint64_t bytes) {
  return {Lba(first / sector_bytes), Sectors::of_bytes(bytes)};
}

TEST(Request, WhatFitsStaysWhereItIs) {
  FittedRequest fitted = fit(request(Kind::write, 4096, 8192), volume(16'384));
  EXPECT_EQ(fitted.extent, extent(4096, 8192));
  EXPECT_FALSE(fitted.is_folded || fitted.is_widened || fitted.is_shortened || fitted.is_left_out);
}

TEST(Request, WhatLiesBehindTheVolumeIsFoldedAndEndsWithIt) {
  FittedRequest fitted = fit(request(Kind::read, 16'384 * 5 + 12'288, 8192), volume(16'384));
  EXPECT_EQ(fitted.extent, extent(12'288, 4096));
  EXPECT_TRUE(fitted.is_folded && fitted.is_shortened);
  EXPECT_FALSE(fitted.is_widened);
}

TEST(Request, WhatIsNoWholeBlockIsWidened) {
  FittedRequest fitted = fit(request(Kind::write, 5000, 100), volume(16'384, 4096));
  EXPECT_EQ(fitted.extent, extent(4096, 4096));
  EXPECT_TRUE(fitted.is_widened);
  EXPECT_EQ(fit(request(Kind::write, 8191, 2), volume(16'384, 4096)).extent, extent(4096, 8192));
}

// The rest of a volume that is no multiple of its block is nobody's.
TEST(Request, EveryPlaceAndLengthLiesInsideTheVolume) {
  for (std::uint64_t sectors : {8u, 9u, 15u, 24u}) {
    DeviceLimits limits = volume(sectors * sector_bytes, 4096);
    for (std::uint64_t first = 0; first < 40'000; first += 511)
      for (std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{4096}, std::uint64_t{1} << 62}) {
        Extent found = fit(request(Kind::write, first, bytes), limits).extent;
        ASSERT_FALSE(found.empty());
        ASSERT_TRUE(check_request(limits, found)) << first << " " << bytes;
      }
  }
}

TEST(Request, DiscardsAreLeftOutWhereNoneAreTaken) {
  EXPECT_TRUE(fit(request(Kind::discard, 0, 4096), volume(16'384)).is_left_out);
  EXPECT_TRUE(fit(request(Kind::discard, 0, 4096), volume(16'384)).extent.empty());
  EXPECT_EQ(fit(request(Kind::discard, 0, 4096), volume(16'384, 512, 4096)).extent,
            extent(0, 4096));
  EXPECT_TRUE(fit(request(Kind::flush, 0, 0), volume(16'384)).extent.empty());
}

TEST(Request, CountsSayWhatBecameOfThem) {
  std::vector<Request> requests{request(Kind::write, 0, 3 << 20),
                                request(Kind::write, 5 << 20, 512), request(Kind::discard, 0, 512),
                                request(Kind::flush, 0, 0),
                                request(Kind::read, (2 << 20) - 512, 513)};
  RequestCounts counts = count(requests, volume(2 << 20));
  EXPECT_EQ(counts.requests, 5u);
  EXPECT_EQ(counts.folded, 1u);
  EXPECT_EQ(counts.shortened, 2u);
  EXPECT_EQ(counts.widened, 0u);
  EXPECT_EQ(counts.in_pieces, 1u);
  EXPECT_EQ(counts.discards_left_out, 1u);
}

}  // namespace
}  // namespace holdfast::sim
