#include "scenarios/traces/request_text.h"

#include <gtest/gtest.h>

namespace holdfast::scenarios::traces {
namespace {

TEST(RequestText, IsReadAsItIsWritten) {
  for (const char* text :
       {"write 62976+512 fua preflush @167us", "write 0+1", "read 0+4096", "flush", "flush @2s",
        "zeroes 512+512 fua", "discard 0+65536", "write 9223372036854775806+1"}) {
    auto request = request_in(text);
    ASSERT_TRUE(request) << text;
    EXPECT_EQ(text_of(*request), text);
  }
}

TEST(RequestText, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "write", "write 0", "write 0+0", "write 0+512 fua fua", "read 0+512 fua", "flush fua",
        "flush 0+512", "wrote 0+512", "write 0+512 now", "write 0+512 @", "write 0+512 @5",
        "write -1+512", "write 9223372036854775807+1", "discard 0+512 preflush"})
    EXPECT_FALSE(request_in(text)) << text;
}

}  // namespace
}  // namespace holdfast::scenarios::traces
