#include "drivers/cli/failures/ddmin.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

namespace holdfast::drivers {
namespace {

std::vector<int> numbers(int count) {
  std::vector<int> list(static_cast<std::size_t>(count));
  std::iota(list.begin(), list.end(), 0);
  return list;
}

bool has(const std::vector<int>& list, int number) {
  return std::ranges::find(list, number) != list.end();
}

constexpr auto never_over = [] { return false; };

TEST(Ddmin, FindsTheFewThatMatterInFewTries) {
  int tries = 0;
  auto fails = [&](const std::vector<int>& rest) {
    ++tries;
    return has(rest, 17) && has(rest, 1200) && has(rest, 1999);
  };
  EXPECT_EQ(ddmin(numbers(2000), fails, never_over), (std::vector{17, 1200, 1999}));
  EXPECT_LT(tries, 200);
}

TEST(Ddmin, NothingMatters) {
  auto fails = [](const std::vector<int>&) { return true; };
  EXPECT_TRUE(ddmin(numbers(100), fails, never_over).empty());
  EXPECT_TRUE(ddmin(std::vector<int>(), fails, never_over).empty());
}

TEST(Ddmin, EverythingMatters) {
  auto fails = [](const std::vector<int>& rest) { return rest.size() == 50; };
  EXPECT_EQ(ddmin(numbers(50), fails, never_over), numbers(50));
}

// 0 may go only after 1, 1 only after 2, …: a single pass from the front finds the last one only.
TEST(Ddmin, NoSingleItemCanBeLeftOutOfTheResult) {
  auto fails = [](const std::vector<int>& rest) {
    for (int number : rest)
      if (number > 0 && !has(rest, number - 1)) return false;
    return has(rest, 0);
  };
  EXPECT_EQ(ddmin(numbers(9), fails, never_over), std::vector{0});
}

TEST(Ddmin, StopsWhenItIsTold) {
  int tries = 0;
  auto fails = [&](const std::vector<int>&) { return ++tries, false; };
  auto is_over = [&] { return tries == 3; };
  EXPECT_EQ(ddmin(numbers(50), fails, is_over), numbers(50));
  EXPECT_EQ(tries, 3);
}

}  // namespace
}  // namespace holdfast::drivers
