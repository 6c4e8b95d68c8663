// A FileDevice on a kernel that is told what to answer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "core/task/join.h"
#include "drivers/posix/file_device.h"
#include "tests/drivers/mounted_folder.h"
#include "tests/drivers/reactors.h"
#include "tests/drivers/scripted_reactor.h"

namespace holdfast::drivers {
namespace {

using Operation = SystemCall::Operation;

Task<std::vector<IoResult>> flush_thrice_at_once(BlockDevice& device) {
  Join<IoResult> flushes;
  for (int i = 0; i < 3; ++i) flushes.add(device.flush());
  co_await flushes.all();
  std::vector<IoResult> results;
  for (std::size_t i = 0; i < 3; ++i) results.push_back(flushes.result(i));
  co_return results;
}

Task<std::vector<IoResult>> flush_beside_a_durable_write(BlockDevice& device, Pages pages) {
  Join<IoResult> both;
  both.add(device.flush());
  both.add(device.write(Lba(0), pages, write_fua));
  co_await both.all();
  std::vector<IoResult> results;
  for (std::size_t i = 0; i < 2; ++i) results.push_back(both.result(i));
  co_return results;
}

class FileDeviceFaultsTest : public testing::Test {
 protected:
  void SetUp() override { open_in("/var/tmp"); }
  void open_in(const std::string& folder) {
    device_.reset();
    std::string path = folder + "/holdfast-faults-XXXXXX";
    ASSERT_TRUE(Descriptor(mkostemp(path.data(), O_CLOEXEC)).is_open());
    ASSERT_EQ(truncate(path.c_str(), 1 << 20), 0);
    auto opened = FileDevice::open(path, Access::write, world_);
    unlink(path.c_str());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    device_ = std::move(*opened);
  }

  // The next calls of this kind get these answers, in this order; all others are carried out.
  void answer_next(Operation operation, std::vector<std::int64_t> answers) {
    reactor_->answer = [operation, answers, next = std::size_t{0}](const SystemCall& call) mutable {
      bool is_told = call.operation() == operation && next < answers.size();
      return is_told ? answers[next++] : call.carry_out();
    };
  }
  // The kernel moves no more than this many bytes at once.
  void move_at_most(std::uint64_t bytes) {
    reactor_->answer = [bytes](const SystemCall& call) {
      if (!call.moves_data()) return call.carry_out();
      iovec part = call.memory()[0];
      part.iov_len = std::min<std::uint64_t>(part.iov_len, bytes);
      bool reads = call.operation() == Operation::read;
      auto less = reads ? SystemCall::read(call.file(), {&part, 1}, call.offset())
                        : SystemCall::write(call.file(), {&part, 1}, call.offset(), false);
      return less.carry_out();
    };
  }

  IoResult read_it() { return world_.finish(device_->read(Lba(8), pages_)); }
  IoResult write_it(WriteFlags flags = {}) {
    return world_.finish(device_->write(Lba(8), pages_, flags));
  }
  IoResult flush_it() { return world_.finish(device_->flush()); }
  std::optional<IoErrorKind> kind_of(const IoResult& result) {
    return result ? std::nullopt : std::optional(result.error().kind);
  }

  ScriptedReactor* reactor_ = new ScriptedReactor;
  CollectedNotes observer_;
  RealWorld world_{observer_, std::unique_ptr<Reactor>(reactor_)};
  std::unique_ptr<FileDevice> device_;
  SliceList pages_ = allocate_slices(16384);
};

TEST_F(FileDeviceFaultsTest, ShortTransfersAreGoneOnWithWhereTheyEnded) {
  std::vector<std::byte> bytes(16384);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i / 512 + i % 7);
  copy(Bytes(bytes), pages_);
  move_at_most(1536);
  ASSERT_TRUE(write_it().has_value());
  EXPECT_GE(reactor_->seen.size(), 11u);
  for (const Slice& slice : pages_) std::ranges::fill(slice.room(), std::byte{0});
  ASSERT_TRUE(read_it().has_value());
  std::vector<std::byte> back(bytes.size());
  copy(Pages(pages_), MutableBytes(back));
  EXPECT_EQ(back, bytes);
}

TEST_F(FileDeviceFaultsTest, ATransferThatEndsWithinABlockIsNoTransfer) {
  answer_next(Operation::write, {100});
  EXPECT_EQ(kind_of(write_it()), IoErrorKind::io);
  answer_next(Operation::read, {100});
  EXPECT_EQ(kind_of(read_it()), IoErrorKind::gone);
}

TEST_F(FileDeviceFaultsTest, ErrorsOfTheKernelGetTheirNames) {
  answer_next(Operation::read, {-EIO});
  EXPECT_EQ(read_it().error(), IoError(IoErrorKind::media, Lba(8)));
  answer_next(Operation::read, {4096, -EILSEQ});
  EXPECT_EQ(read_it().error(), IoError(IoErrorKind::media, Lba(16))) << "behind what was read";
  answer_next(Operation::read, {-ETIMEDOUT, -ENOMEM});
  EXPECT_EQ(kind_of(read_it()), IoErrorKind::timeout);
  EXPECT_EQ(kind_of(read_it()), IoErrorKind::io);
  answer_next(Operation::write, {-EIO, -EROFS, -ENOSPC, 0});
  EXPECT_EQ(kind_of(write_it()), IoErrorKind::io);
  EXPECT_EQ(kind_of(write_it()), IoErrorKind::read_only);
  EXPECT_EQ(kind_of(write_it()), IoErrorKind::io);
  EXPECT_EQ(kind_of(write_it()), IoErrorKind::io) << "nothing is written, and no error told";
  EXPECT_TRUE(write_it().has_value()) << "the device works otherwise";
}

// The engine repairs what it is told (core/block/block_device.h: the first bad sector).
TEST_F(FileDeviceFaultsTest, UnreadableSectorIsNamedWhereverItStandsInTheRequest) {
  SliceList pages = allocate_slices(512 << 10);
  for (std::uint64_t bad : {3u, 4u, 500u, 1026u}) {
    reactor_->answer = [at = bad * 512 + 7](const SystemCall& call) -> std::int64_t {
      std::uint64_t end = call.offset();
      for (const iovec& run : call.memory()) end += run.iov_len;
      bool is_hit = call.operation() == Operation::read && call.offset() <= at && at < end;
      return is_hit ? -EIO : call.carry_out();
    };
    IoResult read = world_.finish(device_->read(Lba(3), pages));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), IoError(IoErrorKind::media, Lba(bad)));
  }
}

TEST_F(FileDeviceFaultsTest, ADeviceThatVanishesStaysGone) {
  for (int error : {ENODEV, ENXIO}) {
    open_in("/var/tmp");
    answer_next(Operation::read, {-error});
    EXPECT_EQ(kind_of(read_it()), IoErrorKind::gone);
    std::size_t calls = reactor_->seen.size();
    EXPECT_EQ(kind_of(read_it()), IoErrorKind::gone);
    EXPECT_EQ(kind_of(write_it()), IoErrorKind::gone);
    EXPECT_EQ(kind_of(flush_it()), IoErrorKind::gone);
    EXPECT_EQ(kind_of(world_.finish(device_->discard(Extent(Lba(0), Sectors(8))))),
              IoErrorKind::gone);
    EXPECT_EQ(kind_of(world_.finish(device_->write_zeroes(Extent(Lba(0), Sectors(8)), {}))),
              IoErrorKind::gone);
    EXPECT_EQ(reactor_->seen.size(), calls) << "nobody asks it any more";
  }
}

TEST_F(FileDeviceFaultsTest, AFailedFlushIsTheLastThingThatADeviceDoes) {
  ASSERT_TRUE(write_it().has_value());
  answer_next(Operation::sync, {-EIO});
  EXPECT_EQ(kind_of(flush_it()), IoErrorKind::io);
  EXPECT_EQ(kind_of(flush_it()), IoErrorKind::gone) << "the next one would succeed, and lie";
  EXPECT_EQ(kind_of(write_it()), IoErrorKind::gone);
  EXPECT_EQ(reactor_->count(Operation::sync), 1u);
}

// The kernel tells an error of its write-back to one of those who ask.
TEST_F(FileDeviceFaultsTest, FlushesAtTheSameTimeAllHearOfTheError) {
  answer_next(Operation::sync, {-EIO});
  auto results = world_.finish(flush_thrice_at_once(*device_));
  for (const IoResult& result : results) EXPECT_FALSE(result.has_value());
  EXPECT_EQ(reactor_->count(Operation::sync), 1u);
}

TEST_F(FileDeviceFaultsTest, FlushesThatComeWhileOneIsMadeShareTheNext) {
  auto results = world_.finish(flush_thrice_at_once(*device_));
  for (const IoResult& result : results) EXPECT_TRUE(result.has_value());
  EXPECT_EQ(reactor_->count(Operation::sync), 2u) << "the first began before the others came";
  ASSERT_TRUE(flush_it().has_value());
  ASSERT_TRUE(flush_it().has_value());
  EXPECT_EQ(reactor_->count(Operation::sync), 4u) << "one after the other: each needs its own";
}

TEST_F(FileDeviceFaultsTest, ADurableWriteIsOneCallAndAPreflushComesBefore) {
  if (!device_->file().is_direct()) GTEST_SKIP() << "no direct I/O on this file system";
  ASSERT_TRUE(write_it(write_fua).has_value());
  ASSERT_EQ(reactor_->seen.size(), 1u);
  EXPECT_TRUE(reactor_->seen[0].is_durable());
  ASSERT_TRUE(write_it(write_preflush_fua).has_value());
  ASSERT_EQ(reactor_->seen.size(), 3u);
  EXPECT_EQ(reactor_->seen[1].operation(), Operation::sync);
  EXPECT_EQ(reactor_->seen[2].operation(), Operation::write);
  answer_next(Operation::sync, {-EIO});
  EXPECT_FALSE(write_it(write_preflush_fua).has_value());
  EXPECT_EQ(reactor_->count(Operation::write), 2u) << "not after a flush that failed";
}

TEST_F(FileDeviceFaultsTest, WhereTheFlagIsNotKnownADurableWriteIsFlushed) {
  if (!device_->file().is_direct()) GTEST_SKIP() << "no direct I/O on this file system";
  answer_next(Operation::write, {-EOPNOTSUPP});
  ASSERT_TRUE(write_it(write_fua).has_value());
  EXPECT_EQ(reactor_->count(Operation::write), 2u);
  EXPECT_FALSE(reactor_->seen[1].is_durable());
  EXPECT_EQ(reactor_->count(Operation::sync), 1u);
  ASSERT_TRUE(write_it(write_fua).has_value());
  EXPECT_EQ(reactor_->count(Operation::write), 3u) << "it is not tried again";
  EXPECT_EQ(reactor_->count(Operation::sync), 2u);
}

// Through the page cache the flag's error and the flush's error are one, which is told once: both ask in turn.
TEST_F(FileDeviceFaultsTest, ThroughThePageCacheADurableWriteIsFlushedInTurn) {
  MountedFolder folder("ramfs", "");
  if (!folder.is_mounted()) GTEST_SKIP() << "only root mounts";
  open_in(folder.path());
  ASSERT_FALSE(device_->file().is_direct());
  EXPECT_FALSE(device_->limits().has_fua);
  ASSERT_TRUE(write_it(write_fua).has_value());
  EXPECT_FALSE(reactor_->seen[0].is_durable());
  EXPECT_EQ(reactor_->count(Operation::sync), 1u);
  ASSERT_TRUE(read_it().has_value());
  answer_next(Operation::sync, {-EIO});
  auto results = world_.finish(flush_beside_a_durable_write(*device_, pages_));
  for (const IoResult& result : results) EXPECT_FALSE(result.has_value());
  device_.reset();
}

TEST_F(FileDeviceFaultsTest, ZerosAreWrittenWhereTheyCannotBeAskedFor) {
  for (std::int64_t refusal : {-EOPNOTSUPP, -EINVAL}) {
    open_in("/var/tmp");
    std::ranges::fill(pages_[0].room(), std::byte{7});
    ASSERT_TRUE(write_it().has_value());
    answer_next(Operation::zero_range, {refusal});
    ASSERT_TRUE(
        world_.finish(device_->write_zeroes(Extent(Lba(8), Sectors(4)), write_fua)).has_value());
    EXPECT_EQ(reactor_->seen.back().operation(), Operation::sync);
    ASSERT_TRUE(read_it().has_value());
    EXPECT_TRUE(all_zero(Bytes(pages_[0].view()).first(2048)));
    EXPECT_FALSE(all_zero(Bytes(pages_[0].view()).last(512)));
  }
  answer_next(Operation::zero_range, {-EIO});
  open_in("/var/tmp");
  EXPECT_EQ(kind_of(world_.finish(device_->write_zeroes(Extent(Lba(8), Sectors(4)), {}))),
            IoErrorKind::io);
}

TEST_F(FileDeviceFaultsTest, ADiscardThatIsRefusedIsUnsupported) {
  answer_next(Operation::punch_hole, {-EOPNOTSUPP, -EIO});
  Extent granule(Lba(0), Sectors(8));
  EXPECT_EQ(kind_of(world_.finish(device_->discard(granule))), IoErrorKind::unsupported);
  EXPECT_EQ(kind_of(world_.finish(device_->discard(granule))), IoErrorKind::io);
  EXPECT_TRUE(world_.finish(device_->discard(Extent(Lba(1), Sectors(8)))).has_value())
      << "no whole granule in it";
  EXPECT_EQ(reactor_->count(Operation::punch_hole), 2u);
}

}  // namespace
}  // namespace holdfast::drivers
