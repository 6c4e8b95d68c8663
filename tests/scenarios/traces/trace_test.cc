#include "scenarios/traces/trace.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/traces/request_text.h"
#include "tests/scenarios/source_root.h"

namespace holdfast::scenarios::traces {
namespace {

using testing::HasSubstr;

class TraceTest : public testing::Test {
 public:
  std::string file(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return path_;
  }
  std::string words(const Wish& wish) {
    auto trace = read_trace(wish);
    return trace ? "" : text_of(trace.error());
  }
  Wish wish_of(const std::string& bytes) {
    Wish wish;
    wish.path = file(bytes);
    return wish;
  }
  ~TraceTest() override { std::filesystem::remove(path_); }

  std::string path_ = testing::TempDir() + "holdfast_trace_test.trace";
};

const std::string fio_of_two =
    "fio version 2 iolog\na add\nb add\na write 0 512\nb write 512 512\na write 1024 512\n";

TEST_F(TraceTest, ItsBeginningTellsItsFormat) {
  struct Shipped {
    const char* file;
    Format format;
    std::size_t requests;
  };
  for (const Shipped& one : {Shipped{"fio_mix.iolog", Format::fio_iolog, 141},
                             Shipped{"ext4_requests.blkparse", Format::blkparse, 14},
                             Shipped{"qemu_four_writes.log", Format::dm_log_writes, 8}}) {
    Wish wish;
    wish.path = source_root + std::string("/scenarios/recordings/") + one.file;
    auto trace = read_trace(wish);
    ASSERT_TRUE(trace) << text_of(trace.error());
    EXPECT_EQ(trace->format, one.format);
    EXPECT_EQ(trace->requests.size(), one.requests);
    EXPECT_EQ(trace->has_times, one.format != Format::dm_log_writes);
    EXPECT_FALSE(trace->goes_on);
  }
}

TEST_F(TraceTest, OneDeviceIsTakenAndSomeOfItSkipped) {
  Wish wish = wish_of(fio_of_two);
  EXPECT_THAT(words(wish), HasSubstr("several devices: say which with \"device\": a, b"));
  wish.device = "a";
  auto trace = read_trace(wish);
  ASSERT_TRUE(trace);
  ASSERT_EQ(trace->requests.size(), 2u);
  EXPECT_EQ(text_of(trace->requests[1]), "write 1024+512");
  wish.skip = 1;
  EXPECT_EQ(read_trace(wish)->requests.size(), 1u);
  wish.skip = 2;
  EXPECT_THAT(words(wish), HasSubstr("2 requests, all of them skipped"));
  EXPECT_THAT(words(wish_of("fio version 2 iolog\n\xff write 0 512\na write 0 512\n")),
              HasSubstr("\"device\": ?, a"));
  wish = wish_of(fio_of_two);
  wish.device = "c";
  EXPECT_THAT(words(wish), HasSubstr("no request to the device \"c\""));
}

TEST_F(TraceTest, NoMoreAreReadThanACycleMayHave) {
  std::string text = "fio version 2 iolog\n";
  for (std::size_t i = 0; i < requests_max; ++i) text += "f write 0 512\n";
  auto whole = read_trace(wish_of(text));
  ASSERT_TRUE(whole);
  EXPECT_FALSE(whole->goes_on);
  auto first = read_trace(wish_of(text + "f write 0 512\nnot looked at\n"));
  ASSERT_TRUE(first) << text_of(first.error());
  EXPECT_EQ(first->requests.size(), requests_max);
  EXPECT_TRUE(first->goes_on);
}

TEST_F(TraceTest, WhatIsNoTraceSaysWhatToDo) {
  EXPECT_THAT(words(wish_of("")), HasSubstr("is empty"));
  EXPECT_THAT(words(wish_of("\x1f\x8b\b")), HasSubstr("unpack it first"));
  EXPECT_THAT(words(wish_of("hello\n")), HasSubstr("begins like none of fio-iolog"));
  EXPECT_THAT(words(wish_of(std::string(600, '\0'))), HasSubstr("begins like none of"));
  EXPECT_THAT(words(wish_of("fio version 2 iolog\nf open\n")), HasSubstr("holds no request"));
  EXPECT_THAT(words(wish_of("8,0 0 1 0.000000001 1 D W 8 + 8 [a]\n")), HasSubstr("-a queue"));
  EXPECT_THAT(words(wish_of("fio version 2 iolog\nf write 0 512\nf write x 512\n")),
              HasSubstr(".trace:3: offset: found \"x\""));
  Wish nowhere;
  nowhere.path = "/nowhere/at/all";
  EXPECT_THAT(words(nowhere), HasSubstr("No such file"));
  nowhere.path = testing::TempDir();
  EXPECT_THAT(words(nowhere), HasSubstr("neither a file nor a block device"));
}

TEST_F(TraceTest, ALogOfOneDeviceNamesNone) {
  Wish wish;
  wish.path = source_root + std::string("/scenarios/recordings/qemu_four_writes.log");
  wish.device = "sda";
  EXPECT_THAT(words(wish), HasSubstr("names no device: take \"device\" away"));
}

}  // namespace
}  // namespace holdfast::scenarios::traces
