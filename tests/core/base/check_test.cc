#include "core/base/check.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace holdfast {
namespace {

TEST(Check, LetsAKeptRulePass) { check(true, "never seen"); }

TEST(CheckDeathTest, SaysTheRuleAndItsPlaceAndEndsTheProcess) {
  EXPECT_DEATH(check(false, "J2: the tail stays behind"),
               "check failed: J2: the tail stays behind\n  at .*check_test.cc:[0-9]+ in ");
}

void say_goodbye(const char* rule, const std::source_location&) {
  std::fprintf(stderr, "repro for %s\n", rule);
}

TEST(CheckDeathTest, TheHandlerHasTheLastWord) {
  EXPECT_DEATH(
      {
        set_check_handler(say_goodbye);
        check(false, "R1");
      },
      "check failed: R1\n(.|\n)*repro for R1");
}

void fail_again(const char*, const std::source_location&) { check(false, "inside the handler"); }

TEST(CheckDeathTest, AHandlerThatFailsItselfIsNotCalledAgain) {
  EXPECT_DEATH(
      {
        set_check_handler(fail_again);
        check(false, "outside");
      },
      "check failed: outside\n(.|\n)*check failed: inside the handler");
}

TEST(Check, SettingAHandlerReturnsTheOneBefore) {
  CheckHandler first = set_check_handler(say_goodbye);
  EXPECT_EQ(set_check_handler(first), say_goodbye);
}

}  // namespace
}  // namespace holdfast
