#include "scenarios/units.h"

#include <gtest/gtest.h>

namespace holdfast::scenarios {
namespace {

TEST(Units, SizesAreOneNumberAndOneUnit) {
  EXPECT_EQ(parse_size("0B"), 0u);
  EXPECT_EQ(parse_size("512B"), 512u);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("3TiB"), 3ull << 40);
  EXPECT_EQ(parse_size("18446744073709551615B"), UINT64_MAX);
}

TEST(Units, AnythingElseIsNoSize) {
  for (const char* text : {"", "64", "KiB", "64k", "64K", "64KB", "64kib", "64 KiB", " 64KiB",
                           "64KiB ", "0.5MiB", "064KiB", "-1KiB", "+1KiB", "1e3B", "0x10B",
                           "64KiBKiB", "18446744073709551616B", "16777217TiB"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(Units, Durations) {
  EXPECT_EQ(parse_duration("7ns"), Nanoseconds(7));
  EXPECT_EQ(parse_duration("20us"), Nanoseconds(20'000));
  EXPECT_EQ(parse_duration("5ms"), Nanoseconds(5'000'000));
  EXPECT_EQ(parse_duration("30s"), Nanoseconds(30'000'000'000));
  EXPECT_EQ(parse_duration("2min"), Nanoseconds(120'000'000'000));
  for (const char* text : {"", "5", "5 ms", "5m", "1.5s", "05s", "1h", "min", "600000000min"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Units, AreWrittenInTheLargestUnitThatDivides) {
  EXPECT_EQ(size_text(0), "0B");
  EXPECT_EQ(size_text(512), "512B");
  EXPECT_EQ(size_text(65536), "64KiB");
  EXPECT_EQ(size_text(65537), "65537B");
  EXPECT_EQ(size_text(1ull << 40), "1TiB");
  EXPECT_EQ(duration_text(Nanoseconds(90'000'000'000)), "90s");
  for (std::uint64_t bytes : {1ull, 1536ull, 3ull << 30})
    EXPECT_EQ(parse_size(size_text(bytes)), bytes);
}

TEST(Units, Seeds) {
  EXPECT_EQ(parse_seed("1234"), 1234u);
  EXPECT_EQ(parse_seed("0x4d2"), 1234u);
  EXPECT_EQ(parse_seed(seed_text(UINT64_MAX)), UINT64_MAX);
  EXPECT_EQ(parse_seed("2a027f27935a76e9d1b428a44451b7234d98e93d"), 0x2a027f27935a76e9u);
  EXPECT_EQ(parse_seed("1111111111111111111111111111111111111111"), 0x1111111111111111u)
      << "a hash, though all digits";
  for (const char* text : {"", "0x", "abc", "-1", "1..2", "18446744073709551616",
                           "0x10000000000000000", "2a027f27935a76e9d1b428a44451b7234d98e93g"})
    EXPECT_FALSE(parse_seed(text)) << text;
}

}  // namespace
}  // namespace holdfast::scenarios
