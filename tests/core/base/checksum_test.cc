// The library's checksums against plain bitwise ones and against published check values.
#include "core/base/checksum.h"

#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::uint32_t plain_crc32c(std::uint32_t value, Bytes bytes) {
  for (std::byte byte : bytes) {
    value ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0x82f63b78u : value >> 1;
  }
  return value;
}

std::uint64_t plain_crc64(Bytes bytes) {
  std::uint64_t value = ~std::uint64_t{0};
  for (std::byte byte : bytes) {
    value ^= std::to_integer<std::uint64_t>(byte) << 56;
    for (int bit = 0; bit < 8; ++bit)
      value = value >> 63 ? value << 1 ^ 0x42f0e1eba9ea3693u : value << 1;
  }
  return ~value;
}

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::vector<std::byte> noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST(Checksum, CheckValuesAreThePublishedOnes) {
  EXPECT_EQ(~crc32c(crc32c_start, bytes_of("123456789")), 0xe3069283u);  // CRC-32C
  EXPECT_EQ(crc64(bytes_of("123456789")), 0x62ec59e3f1a4f00au);  // CRC-64/WE
}

TEST(Checksum, EveryLengthAndAlignmentEqualsThePlainOne) {
  auto bytes = noise(5000, 1);
  for (std::size_t length = 0; length <= 600; ++length) {
    Bytes part = Bytes(bytes).subspan(length % 67, length);
    ASSERT_EQ(crc32c(crc32c_start, part), plain_crc32c(crc32c_start, part)) << length;
    ASSERT_EQ(crc32c(static_cast<std::uint32_t>(length), part),
              plain_crc32c(static_cast<std::uint32_t>(length), part))
        << length;
    ASSERT_EQ(crc64(part), plain_crc64(part)) << length;
  }
  EXPECT_EQ(crc32c(crc32c_start, bytes), plain_crc32c(crc32c_start, bytes));
  EXPECT_EQ(crc64(bytes), plain_crc64(bytes));
}

TEST(Checksum, TheSecondPartContinuesTheFirst) {
  auto bytes = noise(4096, 2);
  Bytes all = bytes;
  for (std::size_t cut : {0u, 1u, 16u, 511u, 4095u, 4096u}) {
    EXPECT_EQ(crc32c(crc32c(crc32c_start, all.first(cut)), all.subspan(cut)),
              crc32c(crc32c_start, all));
    EXPECT_EQ(crc64_continue(crc64(all.first(cut)), all.subspan(cut)), crc64(all));
  }
}

}  // namespace
}  // namespace holdfast
