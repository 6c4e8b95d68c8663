#include "scenarios/traces/fio_iolog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/traces/decoded.h"

namespace holdfast::scenarios::traces {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

WhatIsDecoded fio(const std::string& text) { return decoded(Format::fio_iolog, text); }
std::string version_3(const std::string& lines) { return "fio version 3 iolog\n" + lines; }
std::string fault_in(const std::string& lines) {
  return fault_of(Format::fio_iolog, version_3(lines));
}

TEST(FioIolog, Version3SaysWhenEachRequestWasMade) {
  WhatIsDecoded found =
      fio(version_3("22 vol.img add\n163 vol.img open\n167 vol.img write 62976 512\n"
                    "1061 vol.img read 492544 4096\n1421 vol.img sync 880640 0\n"
                    "1500 vol.img trim 0 65536\n1600 vol.img datasync 0 0\n"
                    "1601 vol.img sync_file_range 0 512\n13730 vol.img close\n"));
  EXPECT_THAT(found.requests,
              ElementsAre("vol.img write 62976+512 @167us", "vol.img read 492544+4096 @1061us",
                          "vol.img flush @1421us", "vol.img discard 0+65536 @1500us",
                          "vol.img flush @1600us"));
  EXPECT_EQ(found.fault, "");
  EXPECT_EQ(found.others, 4u);
  EXPECT_TRUE(found.has_times);
}

TEST(FioIolog, Version2HasWaitsInsteadOfTimes) {
  WhatIsDecoded found =
      fio("fio version 2 iolog\n/dev/sdb add\n/dev/sdb open\n/dev/sdb write 0 4096\n"
          "/dev/sdb wait 300 0\n/dev/sdb read 4096 512\n/dev/sdb wait 200 0\n"
          "/dev/sdb sync\n/dev/sdb close\n");
  EXPECT_THAT(found.requests, ElementsAre("/dev/sdb write 0+4096", "/dev/sdb read 4096+512 @300us",
                                          "/dev/sdb flush @500us"));
  EXPECT_TRUE(found.has_times);
  EXPECT_FALSE(fio("fio version 2 iolog\nf write 0 512\n").has_times);
}

TEST(FioIolog, LineEndsOfWindowsAndEmptyLinesAreNoMatter) {
  EXPECT_THAT(fio("fio version 2 iolog\r\n\r\nf write 0 512\r\n").requests,
              ElementsAre("f write 0+512"));
}

// Of "512" that was cut off to "51" nobody could tell.
TEST(FioIolog, ALastLineWithoutEndIsACutOne) {
  EXPECT_THAT(fio("fio version 2 iolog\nf write 0 512").fault, StartsWith("2: has no end"));
}

TEST(FioIolog, WhatIsNoLineOfItSaysWhere) {
  EXPECT_THAT(fio("fio version 4 iolog\n").fault, StartsWith("1: version: found \"fio version 4"));
  EXPECT_THAT(fio("").fault, StartsWith("1: version: found \"\""));
  EXPECT_THAT(fault_in("x f write 0 512\n"), StartsWith("2: timestamp: found \"x\""));
  EXPECT_THAT(fault_in("1 f\n"), StartsWith("2: action: found \"1 f\""));
  EXPECT_THAT(fault_in("1 f open\n2 f wrote 0 512\n"), StartsWith("3: action: found \"wrote\""));
  EXPECT_THAT(fault_in("1 f wait 5 0\n"), StartsWith("2: action: found \"wait\""));
  EXPECT_THAT(fault_in("1 f write 0\n"), StartsWith("2: length: found \"0\""));
  EXPECT_THAT(fault_in("1 f write -1 512\n"), StartsWith("2: offset: found \"-1\""));
  EXPECT_THAT(fault_in("1 f write 0 0\n"), StartsWith("2: length: found \"0\""));
  EXPECT_THAT(fault_in("1 f write 9223372036854775807 512\n"),
              StartsWith("2: length: found \"512\""));
  EXPECT_THAT(fault_in("1 f write 99999999999999999999 512\n"), StartsWith("2: offset: found"));
  EXPECT_THAT(fault_in("99999999999999999 f write 0 512\n"), StartsWith("2: timestamp: found"));
  EXPECT_THAT(fault_in(std::string("1 f \0write", 10)), StartsWith("2: holds the byte 0x00"));
  EXPECT_THAT(fault_in(std::string(5000, 'a')), StartsWith("2: is longer than 4096 bytes"));
  EXPECT_THAT(fio("fio version 2 iolog\nf wait 9223372036854775\nf wait 9\n").fault,
              StartsWith("3: offset: found \"9\""));
}

}  // namespace
}  // namespace holdfast::scenarios::traces
