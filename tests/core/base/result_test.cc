#include "core/base/result.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

Decoded<int> level_of(int found) {
  if (found < 4 || found > 6) return bad_format(72, "level", "found 17, expected 4, 5 or 6");
  return found;
}

TEST(FormatError, SaysDeviceOffsetAndField) {
  Decoded<int> level = level_of(17);
  ASSERT_FALSE(level);
  EXPECT_EQ(level.error().text(), "offset 72, level: found 17, expected 4, 5 or 6");
  level.error().where = "m0";
  EXPECT_EQ(level.error().text(), "m0: offset 72, level: found 17, expected 4, 5 or 6");
  EXPECT_EQ(level_of(5), 5);
}

}  // namespace
}  // namespace holdfast
