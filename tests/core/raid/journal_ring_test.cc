#include "core/raid/journal/ring.h"

#include <gmock/gmock.h>

#include "tests/core/raid/memory_disk.h"

namespace holdfast::raid::journal {
namespace {

using testing::ElementsAre;
using tests::pattern;

constexpr Lba data_offset{32};

// Eight blocks.
class JournalRing : public testing::Test {
 protected:
  JournalRing() {
    disk.story = &story;
    disk.name = "log";
    disk.data_offset = data_offset;
  }
  IoResult run(Task<IoResult> task) {
    std::optional<IoResult> answer;
    executor.spawn(keep(std::move(task), answer));
    executor.run_ready();
    check(answer.has_value(), "nobody is stuck");
    return *answer;
  }
  static Task<> keep(Task<IoResult> task, std::optional<IoResult>& answer) {
    auto result = co_await std::move(task);
    answer = result;
  }
  IoResult write(Lba position, const std::vector<std::byte>& bytes, WriteFlags flags = {}) {
    SliceList pages = allocate_slices(bytes.size());
    copy(Bytes(bytes), pages);
    return run(ring.write(position, pages, flags));
  }
  std::vector<std::byte> read(Lba position, std::size_t bytes) {
    SliceList pages = allocate_slices(bytes);
    EXPECT_TRUE(run(ring.read(position, pages)));
    std::vector<std::byte> all(bytes);
    copy(Pages(pages), MutableBytes(all));
    return all;
  }
  void fails(Command command, Lba device_sector) {
    disk.fault = [=](Command asked, Extent extent) -> std::optional<IoErrorKind> {
      if (asked != command || extent.first != device_sector) return std::nullopt;
      return IoErrorKind::io;
    };
  }

  Executor executor;
  tests::MemoryDisk disk{executor, 16 * block_bytes};
  std::vector<std::string> story;
  Ring ring{disk, data_offset, Sectors(8 * 8)};
};

TEST_F(JournalRing, RoomIsRoundedDownToWholeBlocks) {
  EXPECT_EQ(Ring(disk, data_offset, Sectors(71)).blocks(), 8u);
  EXPECT_EQ(Ring(disk, data_offset, Sectors(71)).size(), Sectors(64));
}

TEST_F(JournalRing, BehindItsLastBlockComesItsFirst) {
  EXPECT_EQ(ring.after(Lba(48), 1), Lba(56));
  EXPECT_EQ(ring.after(Lba(48), 2), Lba(0));
  EXPECT_EQ(ring.after(Lba(48), 5), Lba(24));
  EXPECT_EQ(ring.after(Lba(48), 8), Lba(48));
}

TEST_F(JournalRing, DistanceIsCountedForwardInBlocks) {
  EXPECT_EQ(ring.distance(Lba(8), Lba(24)), 2u);
  EXPECT_EQ(ring.distance(Lba(24), Lba(8)), 6u);
  EXPECT_EQ(ring.distance(Lba(24), Lba(24)), 0u);
}

TEST_F(JournalRing, ARequestUpToTheEndIsOneRequest) {
  auto bytes = pattern(2 * block_bytes, 1);
  ASSERT_TRUE(write(Lba(48), bytes));
  EXPECT_THAT(story, ElementsAre("log write 48+16", "log write 48+16 done"));
  EXPECT_EQ(read(Lba(48), bytes.size()), bytes);
  EXPECT_EQ(disk.reads, 1);
}

TEST_F(JournalRing, ARequestThatPassesTheEndIsCutInTwo) {
  auto bytes = pattern(3 * block_bytes, 1);
  ASSERT_TRUE(write(Lba(48), bytes, write_preflush_fua));
  EXPECT_EQ(story[0], "log write 48+16 preflush fua");
  EXPECT_EQ(story[1], "log write 0+8 preflush fua");
  std::size_t first_byte = Sectors(data_offset.value).bytes();
  EXPECT_EQ(std::memcmp(&disk.bytes()[first_byte + 6 * block_bytes], bytes.data(), 2 * block_bytes),
            0);
  EXPECT_EQ(std::memcmp(&disk.bytes()[first_byte], &bytes[2 * block_bytes], block_bytes), 0);
  EXPECT_EQ(read(Lba(48), bytes.size()), bytes);
}

TEST_F(JournalRing, TheWholeRingIsOneRequestFromAnyPlace) {
  auto bytes = pattern(8 * block_bytes, 1);
  ASSERT_TRUE(write(Lba(24), bytes));
  EXPECT_EQ(read(Lba(24), bytes.size()), bytes);
}

TEST_F(JournalRing, APageMayBeCutIntoSlicesWhereTheRingEnds) {
  auto bytes = pattern(2 * block_bytes, 1);
  SliceList pages;
  for (std::uint32_t at = 0; at < bytes.size(); at += 1024) {
    pages.emplace_back(Page::allocate(), 512, 1024);
    std::copy_n(bytes.begin() + at, 1024, pages.back().data());
  }
  ASSERT_TRUE(run(ring.write(Lba(56), pages, WriteFlags())));
  EXPECT_EQ(read(Lba(56), bytes.size()), bytes);
}

TEST_F(JournalRing, AnErrorIsToldByItsPlaceInTheRing) {
  disk.unreadable = {data_offset.value + 17};
  SliceList pages = allocate_slices(4 * block_bytes);
  IoResult result = run(ring.read(Lba(0), pages));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), IoError(IoErrorKind::media, Lba(17)));
}

TEST_F(JournalRing, AnErrorBehindTheEndIsToldByItsPlaceInTheRing) {
  fails(Command::write, data_offset);
  IoResult result = write(Lba(56), pattern(2 * block_bytes, 1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), IoError(IoErrorKind::io, Lba(0)));
  fails(Command::read, data_offset);
  SliceList pages = allocate_slices(2 * block_bytes);
  EXPECT_FALSE(run(ring.read(Lba(56), pages)));
}

TEST_F(JournalRing, AnErrorInFrontOfTheEndFailsTheWholeRequest) {
  fails(Command::write, data_offset + Sectors(56));
  IoResult result = write(Lba(56), pattern(2 * block_bytes, 1));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), IoError(IoErrorKind::io, Lba(56)));
  fails(Command::read, data_offset + Sectors(56));
  SliceList pages = allocate_slices(2 * block_bytes);
  EXPECT_FALSE(run(ring.read(Lba(56), pages)));
}

}  // namespace
}  // namespace holdfast::raid::journal
