#include "oracle/redundancy.h"

#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "tests/oracle/images.h"

namespace holdfast::oracle {
namespace {

TEST(GaloisField, AgreesWithThePolynomial) {
  EXPECT_EQ(gf_multiply(2, 0x80), 0x1d);
  EXPECT_EQ(gf_multiply(3, 7), 9);
  EXPECT_EQ(gf_power_of_two(8), 0x1d);
  EXPECT_EQ(gf_power_of_two(255), 1);
  for (unsigned a = 1; a < 256; ++a) {
    auto byte = static_cast<std::uint8_t>(a);
    ASSERT_EQ(gf_multiply(byte, gf_inverse(byte)), 1);
    ASSERT_EQ(gf_multiply(byte, 1), byte);
  }
}

RaidShape small_shape(int level, int layout, unsigned disks) {
  RaidShape shape;
  shape.level = level;
  shape.layout = layout;
  shape.raid_disks = disks;
  shape.chunk_bytes = 8192;
  shape.member_bytes = 7 * 8192;
  for (unsigned role = 0; role < disks; ++role)
    shape.data_offset_bytes.push_back(4096 + 512 * role);
  return shape;
}

// Random data and, byte by byte from the definition, its parity.
ImagesInMemory filled(const RaidShape& shape) {
  std::mt19937_64 random(5);
  ImagesInMemory images;
  for (unsigned role = 0; role < shape.raid_disks; ++role) {
    images.members.emplace_back(shape.data_offset_bytes[role] + shape.member_bytes);
    for (std::byte& byte : images.members[role]) byte = static_cast<std::byte>(random());
  }
  for (std::uint64_t at = 0; at < shape.member_bytes; ++at) {
    Row row = row_of(shape, at / shape.chunk_bytes);
    std::uint8_t p = 0, q = 0;
    for (std::size_t i = 0; i < row.data.size(); ++i) {
      auto data = std::to_integer<std::uint8_t>(images.at(shape, row.data[i], at));
      p ^= data;
      if (row.q != Row::none) q ^= gf_multiply(gf_power_of_two(row.q_exponent[i]), data);
    }
    images.at(shape, row.p, at) = std::byte{p};
    if (row.q != Row::none) images.at(shape, row.q, at) = std::byte{q};
  }
  return images;
}

const std::vector<std::pair<int, int>> every_layout{
    {4, 0}, {4, 5}, {5, 0}, {5, 1}, {5, 2}, {5, 3},  {5, 4},  {5, 5},  {6, 0},  {6, 1},  {6, 2},
    {6, 3}, {6, 4}, {6, 5}, {6, 8}, {6, 9}, {6, 10}, {6, 16}, {6, 17}, {6, 18}, {6, 19}, {6, 20}};

TEST(Redundancy, MatchesParityMadeByDefinition) {
  for (auto [level, layout] : every_layout) {
    RaidShape shape = small_shape(level, layout, 5);
    ImagesInMemory images = filled(shape);
    Redundancy members(shape, images, {});
    for (std::uint64_t stripe = 0; stripe < shape.stripes(); ++stripe) {
      ParityMatch match = members.compare(stripe);
      ASSERT_TRUE(match.compared && match.matches()) << "level " << level << " layout " << layout;
    }
  }
}

TEST(Redundancy, EveryFlippedByteIsSeenInItsStripe) {
  for (auto [level, layout] : every_layout) {
    RaidShape shape = small_shape(level, layout, 5);
    ImagesInMemory images = filled(shape);
    for (unsigned role = 0; role < shape.raid_disks; ++role)
      for (std::uint64_t at : {0ul, 511ul, 4096ul, 13'000ul, shape.member_bytes - 1}) {
        images.at(shape, role, at) ^= std::byte{0x40};
        Redundancy members(shape, images, {});
        Row row = row_of(shape, at / shape.chunk_bytes);
        for (std::uint64_t stripe = 0; stripe < shape.stripes(); ++stripe) {
          ParityMatch match = members.compare(stripe);
          bool is_here = stripe == at / stripe_bytes;
          ASSERT_EQ(match.p_differs, is_here && role != row.q);
          ASSERT_EQ(match.q_differs, is_here && level == 6 && role != row.p);
          ASSERT_EQ(match.first_byte, is_here ? at % stripe_bytes : stripe_bytes);
        }
        images.at(shape, role, at) ^= std::byte{0x40};
      }
  }
}

TEST(Redundancy, EveryMissingMemberIsComputed) {
  for (auto [level, layout] : every_layout) {
    RaidShape shape = small_shape(level, layout, 5);
    ImagesInMemory images = filled(shape);
    for (const std::vector<unsigned>& missing : degraded_sets(shape)) {
      Redundancy members(shape, images, missing);
      for (std::uint64_t stripe = 0; stripe < shape.stripes(); ++stripe)
        for (unsigned role = 0; role < shape.raid_disks; ++role)
          ASSERT_TRUE(images.holds(shape, role, stripe, members.page(stripe, role)))
              << "level " << level << " layout " << layout << " role " << role << " without m"
              << missing.front() << " and m" << missing.back();
    }
  }
}

TEST(Redundancy, Raid6WithOneMissingStillHasSomethingToCompare) {
  for (auto [level, layout] : every_layout) {
    RaidShape shape = small_shape(level, layout, 5);
    ImagesInMemory images = filled(shape);
    for (unsigned missing = 0; missing < 5; ++missing) {
      EXPECT_EQ(Redundancy(shape, images, {missing}).compare(3).compared, level == 6);
      EXPECT_TRUE(Redundancy(shape, images, {missing}).compare(3).matches());
      unsigned other = missing == 0 ? 1 : 0;
      images.at(shape, other, 3 * stripe_bytes) ^= std::byte{1};
      EXPECT_EQ(Redundancy(shape, images, {missing}).compare(3).matches(), level != 6);
      images.at(shape, other, 3 * stripe_bytes) ^= std::byte{1};
    }
  }
}

}  // namespace
}  // namespace holdfast::oracle
