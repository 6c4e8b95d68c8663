#include "core/task/frame_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace holdfast {
namespace {

TEST(FramePool, FramesOfEverySizeAreWritableAlignedAndApart) {
  struct Frame {
    void* place;
    std::size_t bytes;
  };
  std::vector<Frame> frames;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t bytes = 1; bytes < 9000; bytes += 61) {
      void* place = allocate_frame(bytes);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(place) % alignof(std::max_align_t), 0u);
      std::memset(place, static_cast<int>(bytes % 251), bytes);
      frames.push_back({place, bytes});
    }
    for (const Frame& frame : frames) {
      const auto* at = static_cast<const unsigned char*>(frame.place);
      ASSERT_EQ(at[0], frame.bytes % 251);
      ASSERT_EQ(at[frame.bytes - 1], frame.bytes % 251);
    }
    for (const Frame& frame : frames) release_frame(frame.place, frame.bytes);
    frames.clear();
  }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOLDFAST_FRAMES_FROM_HEAP 1
#endif
#endif
#ifndef HOLDFAST_FRAMES_FROM_HEAP
TEST(FramePool, AReleasedFrameServesTheNextOfItsSize) {
  void* first = allocate_frame(200);
  release_frame(first, 200);
  void* larger = allocate_frame(2000);
  EXPECT_NE(larger, first);
  void* again = allocate_frame(193);  // the same 64-byte class
  EXPECT_EQ(again, first);
  release_frame(again, 193);
  release_frame(larger, 2000);
}
#else
TEST(FramePoolDeathTest, UnderTheSanitizerAUseAfterTheEndIsSeen) {
  volatile char* frame = static_cast<char*>(allocate_frame(200));
  release_frame(const_cast<char*>(frame), 200);
  EXPECT_DEATH(frame[0] = 1, "heap-use-after-free");
}
#endif

TEST(FramePool, AThreadTakesItsFreeFramesWithIt) {
  std::thread([] { release_frame(allocate_frame(100), 100); }).join();  // a leak otherwise
}

}  // namespace
}  // namespace holdfast
