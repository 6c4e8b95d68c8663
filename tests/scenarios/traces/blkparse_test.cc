#include "scenarios/traces/blkparse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/traces/decoded.h"

namespace holdfast::scenarios::traces {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

std::string line(const std::string& action_and_more) {
  return "  8,0    3       11     0.009507758   697  " + action_and_more + "\n";
}
WhatIsDecoded blk(const std::string& text) { return decoded(Format::blkparse, text); }
std::string queued(const std::string& rest) {
  auto found = blk(line("Q " + rest));
  if (!found.fault.empty()) return found.fault;
  return found.requests.empty() ? "nothing" : found.requests[0];
}

TEST(Blkparse, LettersSayWhatWasAsked) {
  const std::string at = " @9507758ns";
  EXPECT_EQ(queued("  R 16 + 8 [fio]"), "8,0 read 8192+4096" + at);
  EXPECT_EQ(queued(" RA 16 + 8 [fio]"), "8,0 read 8192+4096" + at);
  EXPECT_EQ(queued("RSM 16 + 8 [fio]"), "8,0 read 8192+4096" + at);
  EXPECT_EQ(queued("  W 16 + 8 [fio]"), "8,0 write 8192+4096" + at);
  EXPECT_EQ(queued(" WF 16 + 8 [fio]"), "8,0 write 8192+4096 fua" + at);
  EXPECT_EQ(queued("FWFSM 16 + 8 [jbd2/sda-8]"), "8,0 write 8192+4096 fua preflush" + at);
  EXPECT_EQ(queued(" WB 16 + 8 [fio]"), "8,0 write 8192+4096 fua preflush" + at);
  EXPECT_EQ(queued("WZS 16 + 8 [fio]"), "8,0 zeroes 8192+4096" + at);
  EXPECT_EQ(queued(" DS 16 + 8 [fstrim]"), "8,0 discard 8192+4096" + at);
  EXPECT_EQ(queued("FWS [fio]"), "8,0 flush" + at);
  EXPECT_EQ(queued(" FF 0 + 0 [fio]"), "8,0 flush" + at);
  EXPECT_EQ(queued("  N [fio]"), "nothing");
  EXPECT_EQ(queued("  R 36 (12 00 00 00 24 00 ..) [smartd]"), "nothing");
  EXPECT_EQ(queued(" ZR 0 + 524288 [blkzone]"), "nothing");
}

TEST(Blkparse, OnlyWhatIsQueuedIsARequest) {
  WhatIsDecoded found =
      blk(line("A   W 8 + 8 <- (8,1) 0") + line("Q   W 8 + 8 [fio]") + line("G   W 8 + 8 [fio]") +
          line("P   N [fio]") + line("UT  N [fio] 1") + line("D   W 8 + 8 [fio]") +
          line("X   W 8 / 12 [fio]") + line("C   W 8 + 8 [0]") + line("m   N a b c"));
  EXPECT_EQ(found.fault, "");
  EXPECT_THAT(found.requests, ElementsAre("8,0 write 4096+4096 @9507758ns"));
  EXPECT_EQ(found.others, 8u);
}

TEST(Blkparse, TheSummaryIsNoLineOfTheTrace) {
  EXPECT_EQ(blk(line("Q   W 8 + 8 [fio]") +
                "CPU0 (sda):\n Reads Queued:           2,       16KiB\t Writes\n\n"
                "Throughput (R/W): 16000KiB/s\nInput file sda.blktrace.0 added\n")
                .fault,
            "");
}

TEST(Blkparse, WhatIsNoLineOfItSaysWhere) {
  EXPECT_THAT(blk(line("Q   W 8 + 8 [fio]") + "sda 1 2\n").fault,
              StartsWith("2: device: found \"sda\""));
  EXPECT_THAT(blk("  8,0 3 11 0.009507758 697 Q\n").fault, StartsWith("1: has too few fields"));
  EXPECT_THAT(blk("  8,0 x 11 0.009507758 697 Q W 8 + 8 [a]\n").fault,
              StartsWith("1: CPU: found \"x\""));
  EXPECT_THAT(blk("  8,0 3 11 0.0095 697 Q W 8 + 8 [a]\n").fault,
              StartsWith("1: seconds: found \"0.0095\""));
  EXPECT_THAT(blk("  8,0 3 11 9999999999.000000000 697 Q W 8 + 8 [a]\n").fault,
              StartsWith("1: seconds: found"));
  EXPECT_THAT(blk(line("Y   W 8 + 8 [fio]")).fault, StartsWith("1: action: found \"Y\""));
  EXPECT_THAT(queued("WY 8 + 8 [fio]"), StartsWith("1: RWBS: found \"WY\""));
  EXPECT_THAT(queued("W 8x + 8 [fio]"), StartsWith("1: sector: found \"8x\""));
  EXPECT_THAT(queued("W 18014398509481984 + 8 [fio]"), StartsWith("1: sector: found"));
  EXPECT_THAT(queued("W 18014398509481982 + 8 [fio]"), StartsWith("1: sectors: found \"8\""));
  EXPECT_THAT(queued("W 8 +"), StartsWith("1: sectors: found \"\""));
  EXPECT_THAT(queued("W 8"), StartsWith("1: sector: found \"8\""));
  EXPECT_THAT(queued("W"), StartsWith("1: sector: found \"\""));
}

}  // namespace
}  // namespace holdfast::scenarios::traces
