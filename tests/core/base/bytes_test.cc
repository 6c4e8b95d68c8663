#include "core/base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace holdfast {
namespace {

TEST(Bytes, IntegersStandLeastSignificantByteFirst) {
  std::array<std::byte, 16> raw{};
  store_le<std::uint32_t>(raw, 3, 0xa92b4efc);
  EXPECT_EQ(raw[2], std::byte{0});
  EXPECT_EQ(raw[3], std::byte{0xfc});
  EXPECT_EQ(raw[4], std::byte{0x4e});
  EXPECT_EQ(raw[5], std::byte{0x2b});
  EXPECT_EQ(raw[6], std::byte{0xa9});
  EXPECT_EQ(raw[7], std::byte{0});
  EXPECT_EQ(load_le<std::uint32_t>(raw, 3), 0xa92b4efcu);
  EXPECT_EQ(load_le<std::uint16_t>(raw, 3), 0x4efcu);
}

TEST(Bytes, WidthsAndSignsSurviveTheTrip) {
  std::array<std::byte, 16> raw{};
  store_le<std::int32_t>(raw, 1, -8);
  EXPECT_EQ(load_le<std::int32_t>(raw, 1), -8);
  store_le<std::uint64_t>(raw, 5, 0x0123456789abcdef);
  EXPECT_EQ(load_le<std::uint64_t>(raw, 5), 0x0123456789abcdefu);
  EXPECT_EQ(load_le<std::int32_t>(raw, 1), -8);
  store_le<std::uint8_t>(raw, 15, 0x7f);
  EXPECT_EQ(load_le<std::uint8_t>(raw, 15), 0x7f);
}

}  // namespace
}  // namespace holdfast
