// A journal that batches are appended to, step by step, on disks that answer when they are let.
#pragma once

#include <deque>

#include <gmock/gmock.h>

#include "tests/core/raid/journal_world.h"

namespace holdfast::raid::journal {

// A batch, and what append() answers.
struct Append {
  explicit Append(Batch what) : batch(std::move(what)) {}
  Batch batch;
  Pending<IoResult> answer;
};

// Sixty-four blocks: the empty block of begin() stands in block 1, where the tail is. Batches are of one stripe with one
// page of data unless it is said otherwise: units of three blocks.
class JournalTest : public testing::Test {
 public:
  ~JournalTest() override { world.executor.stop(); }

 protected:
  explicit JournalTest(WorldShape shape = {}) : world(shape) { world.start(); }

  Append& append(Lba stripe, std::uint64_t stripes = 1, std::vector<int> data = {0}) {
    Append& one = appends.emplace_back(world.batch(stripe, stripes, std::move(data)));
    one.answer = world.spawn(world.journal->append(one.batch));
    return one;
  }
  void release(Append& one) {
    world.journal->release(one.batch);
    run();
  }
  void run() { world.executor.run_ready(); }

  void hold(tests::MemoryDisk& disk, Command held) {
    disk.holds = [=](Command command, Extent) { return command == held; };
  }
  void hold_superblock(tests::MemoryDisk& disk) {
    disk.holds = [](Command command, Extent extent) {
      return command == Command::write && extent.first < JournalWorld::data_offset;
    };
  }
  void answer(tests::MemoryDisk& disk, std::size_t nth = 0) {
    disk.answer(nth);
    run();
  }
  void let_go(tests::MemoryDisk& disk) {
    disk.holds = nullptr;
    disk.answer_all();
    run();
  }
  void fail(tests::MemoryDisk& disk, Command failing) {
    disk.fault = [=](Command command, Extent) -> std::optional<IoErrorKind> {
      return command == failing ? std::optional(IoErrorKind::io) : std::nullopt;
    };
  }
  void fail_superblock(tests::MemoryDisk& disk) {
    disk.fault = [](Command command, Extent extent) -> std::optional<IoErrorKind> {
      bool fails = command == Command::write && extent.first < JournalWorld::data_offset;
      return fails ? std::optional(IoErrorKind::io) : std::nullopt;
    };
  }

  std::size_t told(std::string_view sentence) {
    return static_cast<std::size_t>(std::find(world.story.begin(), world.story.end(), sentence) -
                                    world.story.begin());
  }
  int count(std::string_view sentence) {
    return static_cast<int>(std::count(world.story.begin(), world.story.end(), sentence));
  }
  bool is_read_only(const Append& one) {
    return one.answer.is_done() && !*one.answer &&
           (*one.answer).error().kind == IoErrorKind::read_only;
  }
  bool is_journal_faulty(std::size_t device) {
    return world.superblock(device).role_of(4) == role_faulty;
  }
  Lba position_of(const Append& one) {
    for (Lba at; at < Lba(world.journal->ring().size().value); at += block_sectors) {
      MetaRead read = world.meta_at(at);
      if (read.block && read.block->sequence == one.batch.first_unit) return at;
    }
    return Lba(~std::uint64_t{0});
  }

  JournalWorld world;
  std::deque<Append> appends;
};

}  // namespace holdfast::raid::journal
