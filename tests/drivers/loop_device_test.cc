// A FileDevice on a real block device: a loop device over a file, where root has them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "core/task/join.h"
#include "drivers/posix/file_device.h"
#include "tests/drivers/reactors.h"

namespace holdfast::drivers {
namespace {

std::string output_of(const std::string& command) {
  std::string output;
  FILE* stream = popen((command + " 2>/dev/null").c_str(), "r");
  if (!stream) return output;
  for (int c = fgetc(stream); c != EOF && c != '\n'; c = fgetc(stream))
    output += static_cast<char>(c);
  pclose(stream);
  return output;
}

Task<IoResult> discard_both_at_once(BlockDevice& device, Extent one, Extent other) {
  Join<IoResult> discards;
  discards.add(device.discard(one));
  discards.add(device.discard(other));
  co_await discards.all();
  for (std::size_t i = 0; i < 2; ++i)
    if (auto result = discards.result(i); !result) co_return result;
  co_return IoResult{};
}

class LoopDeviceTest : public testing::TestWithParam<const char*> {
 protected:
  static constexpr std::uint64_t image_bytes = 8 << 20;

  void SetUp() override {
    HOLDFAST_SKIP_WITHOUT_URING(GetParam());
    image_ = "/var/tmp/holdfast-loop-XXXXXX";
    ASSERT_TRUE(Descriptor(mkstemp(image_.data())).is_open());
    ASSERT_EQ(truncate(image_.c_str(), image_bytes), 0);
  }
  void TearDown() override {
    device_.reset();
    if (!loop_.empty()) output_of("losetup --detach " + loop_);
    if (!image_.empty()) unlink(image_.c_str());
  }

  bool attach(const std::string& options) {
    loop_ = output_of("losetup --find --show " + options + " " + image_);
    if (loop_.empty()) return false;
    auto opened = FileDevice::open(loop_, Access::write, world_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    if (opened) device_ = std::move(*opened);
    return device_ != nullptr;
  }
  SliceList filled(std::uint64_t bytes, std::byte with) {
    SliceList pages = allocate_slices(bytes);
    for (const Slice& slice : pages) std::ranges::fill(slice.room(), with);
    return pages;
  }
  // The sixteenth number of the device's statistics.
  std::optional<std::uint64_t> flushes_done() const {
    std::ifstream file("/sys/block/" + loop_.substr(sizeof "/dev/" - 1) + "/stat");
    std::uint64_t number = 0;
    for (int i = 0; i < 16; ++i)
      if (!(file >> number)) return std::nullopt;
    return number;
  }
  bool holds(Lba first, std::uint64_t bytes, std::byte what) {
    SliceList pages = allocate_slices(bytes);
    EXPECT_TRUE(world_.finish(device_->read(first, pages)).has_value());
    std::vector<std::byte> read(bytes), expected(bytes, what);
    copy(Pages(pages), MutableBytes(read));
    return read == expected;
  }

  CollectedNotes observer_;
  RealWorld world_{observer_, make_reactor(GetParam())};
  std::unique_ptr<FileDevice> device_;
  std::string image_;
  std::string loop_;
};

TEST_P(LoopDeviceTest, WritesFlushesZerosAndDiscardsTakeEffect) {
  if (!attach("")) GTEST_SKIP() << "no loop devices here";
  EXPECT_EQ(device_->limits().sectors, Sectors::of_bytes(image_bytes));
  SliceList pages = filled(1 << 20, std::byte{5});
  for (WriteFlags flags : {WriteFlags(), write_fua, write_preflush_fua})
    ASSERT_TRUE(world_.finish(device_->write(Lba(0), pages, flags)).has_value());
  ASSERT_TRUE(world_.finish(device_->flush()).has_value());
  EXPECT_TRUE(holds(Lba(0), 1 << 20, std::byte{5}));

  ASSERT_TRUE(
      world_.finish(device_->write_zeroes(Extent(Lba(1), Sectors(9)), write_fua)).has_value());
  EXPECT_TRUE(holds(Lba(0), 512, std::byte{5}));
  EXPECT_TRUE(holds(Lba(1), 9 * 512, std::byte{0}));
  EXPECT_TRUE(holds(Lba(10), 512, std::byte{5}));

  if (device_->limits().discard_granularity_bytes == 0) GTEST_SKIP() << "no discards here";
  Extent one(Lba(512), Sectors(256)), other(Lba(1024), Sectors(256));
  ASSERT_TRUE(world_.finish(discard_both_at_once(*device_, one, other)).has_value());
  EXPECT_TRUE(holds(Lba(512), 256 * 512, std::byte{0})) << "a loop device punches a hole";
  EXPECT_TRUE(holds(Lba(1024), 256 * 512, std::byte{0}));
  EXPECT_TRUE(holds(Lba(768), 256 * 512, std::byte{5}));
}

TEST_P(LoopDeviceTest, FlushesAndDurableWritesReachTheDevice) {
  if (!attach("")) GTEST_SKIP() << "no loop devices here";
  if (device_->limits().has_fua || !device_->limits().has_volatile_cache)
    GTEST_SKIP() << "a loop device that need not be flushed";
  SliceList pages = filled(4096, std::byte{1});
  auto before = flushes_done();
  if (!before) GTEST_SKIP() << "this kernel doesn't count flushes";
  ASSERT_TRUE(world_.finish(device_->write(Lba(0), pages, {})).has_value());
  EXPECT_EQ(flushes_done(), *before);
  ASSERT_TRUE(world_.finish(device_->flush()).has_value());
  EXPECT_EQ(flushes_done(), *before + 1);
  // The kernel may flush more often than it must.
  before = flushes_done();
  ASSERT_TRUE(world_.finish(device_->write(Lba(0), pages, write_fua)).has_value());
  EXPECT_GE(flushes_done(), *before + 1);
  before = flushes_done();
  ASSERT_TRUE(world_.finish(device_->write(Lba(0), pages, write_preflush_fua)).has_value());
  EXPECT_GE(flushes_done(), *before + 2);
}

TEST_P(LoopDeviceTest, IsClaimedByOneAloneAndFreeAsSoonAsItIsClosed) {
  if (!attach("")) GTEST_SKIP() << "no loop devices here";
  ASSERT_TRUE(world_.finish(device_->write(Lba(0), filled(4096, std::byte{1}), {})).has_value());
  auto second = FileDevice::open(loop_, Access::write, world_);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find("in use"), std::string::npos);
  device_.reset();
  EXPECT_TRUE(FileDevice::open(loop_, Access::write, world_).has_value());
}

TEST_P(LoopDeviceTest, MemoryOffTheLogicalBlockGoesThroughPagesOfItsOwn) {
  if (!attach("--sector-size 4096")) GTEST_SKIP() << "no loop devices here";
  ASSERT_EQ(device_->limits().logical_block_bytes, 4096u);
  SliceList scattered;
  for (std::uint32_t i = 0; i < 16; ++i) {
    scattered.emplace_back(Page::allocate(), i % 8 * 512, 512u);
    std::ranges::fill(scattered.back().room(), static_cast<std::byte>(i + 1));
  }
  ASSERT_TRUE(world_.finish(device_->write(Lba(8), scattered, write_fua)).has_value());
  for (std::uint32_t i = 0; i < 16; ++i) {
    Descriptor file(open(image_.c_str(), O_RDONLY));
    std::byte byte{};
    ASSERT_EQ(pread(file.number(), &byte, 1, 4096 + i * 512), 1);
    EXPECT_EQ(byte, static_cast<std::byte>(i + 1));
    std::ranges::fill(scattered[i].room(), std::byte{0});
  }
  ASSERT_TRUE(world_.finish(device_->read(Lba(8), scattered)).has_value());
  for (std::uint32_t i = 0; i < 16; ++i)
    EXPECT_EQ(scattered[i].view()[511], static_cast<std::byte>(i + 1));
  SliceList one_sector = filled(512, std::byte{0});
  auto result = world_.finish(device_->write(Lba(8), one_sector, {}));
  EXPECT_TRUE(!result && result.error().kind == IoErrorKind::range);
}

TEST_P(LoopDeviceTest, WhatLiesBehindTheEndOfItsFileIsAnError) {
  if (!attach("")) GTEST_SKIP() << "no loop devices here";
  ASSERT_TRUE(world_.finish(device_->write(Lba(0), filled(4096, std::byte{1}), {})).has_value());
  ASSERT_EQ(truncate(image_.c_str(), 1 << 20), 0);
  SliceList pages = allocate_slices(4096);
  auto read = world_.finish(device_->read(Lba(8192), pages));
  EXPECT_FALSE(read.has_value());
  EXPECT_TRUE(holds(Lba(0), 4096, std::byte{1}));
}

INSTANTIATE_TEST_SUITE_P(With, LoopDeviceTest, testing::ValuesIn(reactor_names),
                         [](const auto& with) { return std::string(with.param); });

}  // namespace
}  // namespace holdfast::drivers
