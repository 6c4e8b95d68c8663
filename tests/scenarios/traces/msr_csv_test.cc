#include "scenarios/traces/msr_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/traces/decoded.h"

namespace holdfast::scenarios::traces {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

WhatIsDecoded msr(const std::string& text) { return decoded(Format::msr_csv, text); }

TEST(MsrCsv, TimesAreTakenFromTheFirstLine) {
  WhatIsDecoded found =
      msr("128166372003061629,usr,0,Read,7014609920,24576,41286\n"
          "128166372003061639,usr,1,Write,4096,512,1\n"
          "128166372003061600,usr,0,Write,0,512,1\n");
  EXPECT_EQ(found.fault, "");
  EXPECT_THAT(found.requests, ElementsAre("usr_0 read 7014609920+24576",
                                          "usr_1 write 4096+512 @1us", "usr_0 write 0+512"));
  EXPECT_TRUE(found.has_times);
}

TEST(MsrCsv, TheLineOfNamesMayStandAtTheTop) {
  const std::string names = "Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime\n";
  EXPECT_THAT(msr(names + "1,usr,0,Write,0,512,1\n").requests, ElementsAre("usr_0 write 0+512"));
  EXPECT_THAT(msr("1,usr,0,Write,0,512,1\n" + names).fault, StartsWith("2: Timestamp: found"));
}

TEST(MsrCsv, WhatIsNoLineOfItSaysWhere) {
  EXPECT_THAT(msr("1,usr,0,Write,0,512\n").fault, StartsWith("1: has 6 fields, expected 7"));
  EXPECT_THAT(msr("1,usr,0,Write,0,512,1,\n").fault, StartsWith("1: has 8 fields"));
  EXPECT_THAT(msr("1.5,usr,0,Write,0,512,1\n").fault, StartsWith("1: Timestamp: found \"1.5\""));
  EXPECT_THAT(msr("1,usr,0,Write,0,512,1\n9223372036854775807,usr,0,Write,0,512,1\n").fault,
              StartsWith("2: Timestamp: found"));
  EXPECT_THAT(msr("1,usr,c,Write,0,512,1\n").fault, StartsWith("1: DiskNumber: found \"c\""));
  EXPECT_THAT(msr("1,usr,0,Trim,0,512,1\n").fault, StartsWith("1: Type: found \"Trim\""));
  EXPECT_THAT(msr("1,usr,0,Write,,512,1\n").fault, StartsWith("1: Offset: found \"\""));
  EXPECT_THAT(msr("1,usr,0,Write,0,0,1\n").fault, StartsWith("1: Size: found \"0\""));
  EXPECT_THAT(msr("1,usr,0,Write,9223372036854775807,1,1\n").fault,
              StartsWith("1: Size: found \"1\""));
  EXPECT_THAT(msr("1,usr,0,Write,0,512,x\n").fault, StartsWith("1: ResponseTime: found \"x\""));
}

}  // namespace
}  // namespace holdfast::scenarios::traces
