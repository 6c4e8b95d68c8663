#include "core/base/types.h"

#include <gtest/gtest.h>

#include <concepts>

namespace holdfast {
namespace {

template <class Left, class Right>
concept Addable = requires(Left left, Right right) { left + right; };

// What the types are for: sums without meaning do not compile.
static_assert(Addable<Lba, Sectors> && Addable<Sectors, Sectors>);
static_assert(!Addable<Lba, Lba> && !Addable<Sectors, Lba> && !Addable<Lba, int>);
static_assert(!Addable<Sequence, Sequence> && Addable<Sequence, std::uint64_t>);
static_assert(!std::convertible_to<std::uint64_t, Lba> && !std::convertible_to<Lba, std::uint64_t>);
static_assert(!std::equality_comparable_with<Lba, Sectors>);

TEST(Types, SectorsCountBytesBy512) {
  EXPECT_EQ(Sectors(3).bytes(), 1536u);
  EXPECT_EQ(Sectors::of_bytes(1536), Sectors(3));
  EXPECT_EQ(Sectors::of_bytes(1535), Sectors(2));
  EXPECT_EQ(Sectors(10) / Sectors(4), 2u);
  EXPECT_EQ(Sectors(10) % Sectors(4), Sectors(2));
  EXPECT_EQ(Sectors(10) / 5, Sectors(2));
  EXPECT_EQ(Sectors(10) * 3 - Sectors(1) + Sectors(2), Sectors(31));
  Sectors sum(1);
  sum += Sectors(5);
  sum -= Sectors(2);
  EXPECT_EQ(sum, Sectors(4));
}

TEST(Types, AddressesMoveByDistances) {
  EXPECT_EQ(Lba(8) + Sectors(4), Lba(12));
  EXPECT_EQ(Lba(8) - Sectors(4), Lba(4));
  EXPECT_EQ(Lba(8) - Lba(2), Sectors(6));
  EXPECT_LT(Lba(2), Lba(3));
  EXPECT_EQ(Sequence(5) + 10'000, Sequence(10'005));
  EXPECT_EQ(Nanoseconds::of_milliseconds(2) - Nanoseconds(1), Nanoseconds(1'999'999));
}

// Every pair of extents within a few sectors, against the sets of sectors that they hold.
TEST(Types, ExtentsOverlapAndContainAsTheirSectorsDo) {
  constexpr std::uint64_t sectors = 6;
  auto holds = [](Extent extent, std::uint64_t at) {
    return extent.first <= Lba(at) && Lba(at) < extent.end();
  };
  for (std::uint64_t a = 0; a < sectors; ++a)
    for (std::uint64_t b = 1; a + b <= sectors; ++b)
      for (std::uint64_t c = 0; c < sectors; ++c)
        for (std::uint64_t d = 1; c + d <= sectors; ++d) {
          Extent left{Lba(a), Sectors(b)}, right{Lba(c), Sectors(d)};
          bool shares = false, has_all = true;
          for (std::uint64_t at = 0; at < sectors; ++at) {
            shares |= holds(left, at) && holds(right, at);
            has_all &= holds(left, at) || !holds(right, at);
          }
          ASSERT_EQ(left.overlaps(right), shares) << a << "+" << b << " " << c << "+" << d;
          ASSERT_EQ(left.contains(right), has_all) << a << "+" << b << " " << c << "+" << d;
        }
}

TEST(Types, AnEmptyExtentOverlapsNothingItTouches) {
  Extent empty(Lba(4), Sectors(0));
  EXPECT_TRUE(empty.empty());
  EXPECT_FALSE(empty.overlaps(Extent(Lba(4), Sectors(4))));
  EXPECT_FALSE(empty.overlaps(Extent(Lba(0), Sectors(4))));
}

}  // namespace
}  // namespace holdfast
