#include "core/block/overlay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace holdfast {
namespace {

// 64 sectors, sector i full of the byte i; counts what it is asked for, and may have one bad sector.
class Below final : public BlockDevice {
 public:
  Below() {
    limits_.sectors = Sectors(64);
    limits_.discard_granularity_bytes = 4096;
  }
  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override {
    ++reads;
    std::vector<std::byte> bytes(bytes_of(into));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::byte>(first.value + i / sector_bytes);
    Extent extent(first, Sectors::of_bytes(bytes.size()));
    if (extent.contains(Extent(bad, Sectors(1)))) co_return io_error(IoErrorKind::media, bad);
    copy(bytes, into);
    co_return IoResult{};
  }
  Task<IoResult> write(Lba, Pages, WriteFlags) override { return changed(); }
  Task<IoResult> flush() override { return changed(); }
  Task<IoResult> discard(Extent) override { return changed(); }
  Task<IoResult> write_zeroes(Extent, WriteFlags) override { return changed(); }

  int reads = 0;
  int changes = 0;
  Lba bad{1000};

 private:
  Task<IoResult> changed() {
    ++changes;
    co_return IoResult{};
  }
  DeviceLimits limits_;
};

IoResult run(Task<IoResult> task) {
  Arrivals arrivals(1);
  task.start(arrivals);
  return task.take();
}

class OverlayTest : public testing::Test {
 protected:
  IoResult write(std::uint64_t first, std::vector<int> sectors) {
    std::vector<std::byte> bytes;
    for (int value : sectors)
      bytes.insert(bytes.end(), sector_bytes, static_cast<std::byte>(value));
    SliceList pages = allocate_slices(bytes.size());
    copy(bytes, pages);
    return run(overlay_.write(Lba(first), pages, write_preflush_fua));
  }
  // The byte that fills each sector; -1 if it is not all the same.
  std::vector<int> read(std::uint64_t first, std::uint64_t count) {
    SliceList pages = allocate_slices(count * sector_bytes);
    EXPECT_TRUE(run(overlay_.read(Lba(first), pages)).has_value());
    std::vector<std::byte> bytes(count * sector_bytes);
    copy(pages, bytes);
    std::vector<int> values;
    for (std::uint64_t i = 0; i < count; ++i) {
      auto sector = Bytes(bytes).subspan(i * sector_bytes, sector_bytes);
      bool is_whole = std::ranges::all_of(sector, [&](std::byte b) { return b == sector[0]; });
      values.push_back(is_whole ? std::to_integer<int>(sector[0]) : -1);
    }
    return values;
  }

  Below below_;
  OverlayDevice overlay_{below_};
};

TEST_F(OverlayTest, UnwrittenSectorsComeFromBelow) {
  EXPECT_EQ(read(5, 3), (std::vector<int>{5, 6, 7}));
  EXPECT_EQ(below_.reads, 1);
}

TEST_F(OverlayTest, WrittenAndUnwrittenSectorsMixWithinPagesAndAcrossThem) {
  ASSERT_TRUE(write(6, {106, 107, 108, 109}).has_value());
  ASSERT_TRUE(write(12, {112}).has_value());
  EXPECT_EQ(read(4, 11), (std::vector<int>{4, 5, 106, 107, 108, 109, 10, 11, 112, 13, 14}));
  ASSERT_TRUE(write(7, {207}).has_value());
  EXPECT_EQ(read(6, 3), (std::vector<int>{106, 207, 108}));
  EXPECT_EQ(overlay_.pages_written(), 2u);
}

TEST_F(OverlayTest, ZerosAreWrites) {
  ASSERT_TRUE(run(overlay_.write_zeroes(Extent(Lba(20), Sectors(2)), WriteFlags())).has_value());
  EXPECT_EQ(read(19, 4), (std::vector<int>{19, 0, 0, 22}));
}

TEST_F(OverlayTest, NothingButReadsReachesBelow) {
  ASSERT_TRUE(write(0, std::vector<int>(64, 9)).has_value());
  ASSERT_TRUE(run(overlay_.write_zeroes(Extent(Lba(1), Sectors(9)), write_fua)).has_value());
  ASSERT_TRUE(run(overlay_.flush()).has_value());
  auto discarded = run(overlay_.discard(Extent(Lba(0), Sectors(8))));
  ASSERT_FALSE(discarded.has_value());
  EXPECT_EQ(discarded.error().kind, IoErrorKind::unsupported);
  EXPECT_EQ(overlay_.limits().discard_granularity_bytes, 0u);
  EXPECT_EQ(below_.changes, 0);
}

TEST_F(OverlayTest, WhatCannotBeReadBelowCanBeOnceItWasWritten) {
  below_.bad = Lba(10);
  SliceList pages = allocate_slices(3 * sector_bytes);
  auto failed = run(overlay_.read(Lba(9), pages));
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error(), IoError(IoErrorKind::media, Lba(10)));
  ASSERT_TRUE(write(10, {110}).has_value());
  EXPECT_EQ(read(9, 3), (std::vector<int>{9, 110, 11}));
}

TEST_F(OverlayTest, RequestsBeyondTheEndAreRefused) {
  auto failed = write(63, {1, 2});
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, IoErrorKind::range);
  EXPECT_EQ(read(63, 1), std::vector<int>{63});
}

}  // namespace
}  // namespace holdfast
