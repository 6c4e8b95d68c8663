// How the tail follows, and how room comes back to those who wait for it.

#include "tests/core/raid/journal_appends.h"

namespace holdfast::raid::journal {
namespace {

using testing::Contains;
using testing::Not;
using JournalReclaim = JournalTest;

TEST_F(JournalReclaim, TheTailFollowsWhenAQuarterOfTheRingIsFinished) {
  for (std::uint64_t i = 0; i < 5; ++i) release(append(Lba(8 * i)));
  EXPECT_EQ(world.tail(), Lba(8));
  EXPECT_THAT(world.story, Not(Contains("m0 flush")));
  append(Lba(40));
  append(Lba(48));
  release(appends[6]);
  EXPECT_EQ(world.tail(), Lba(8)) << "the one in front of it is not on the members";
  release(appends[5]);
  EXPECT_EQ(world.tail(), position_of(appends[6])) << "the last finished unit stays";
}

TEST_F(JournalReclaim, MembersAreFlushedBeforeTheTailMoves) {
  hold(world.member(1), Command::flush);
  for (std::uint64_t i = 0; i < 7; ++i) release(append(Lba(8 * i)));
  EXPECT_THAT(world.story, Contains("m1 flush"));
  EXPECT_THAT(world.story, Not(Contains("log superblock")));
  let_go(world.member(1));
  EXPECT_EQ(world.tail(), position_of(appends[6]));
  for (const char* flushed : {"m0 flush done", "m1 flush done", "m2 flush done", "m3 flush done"})
    EXPECT_LT(told(flushed), told("log superblock"));
}

TEST_F(JournalReclaim, WhatIsReleasedDuringTheFlushWaitsForTheNext) {
  hold(world.member(1), Command::flush);
  for (std::uint64_t i = 0; i < 9; ++i) release(append(Lba(8 * i)));
  let_go(world.member(1));
  EXPECT_EQ(world.tail(), position_of(appends[6])) << "the last that was released before it";
}

TEST_F(JournalReclaim, AFailedMemberIsRecordedBeforeTheTailMoves) {
  release(append(Lba(8)));
  world.members->fail(1, IoError(IoErrorKind::gone, Lba(0)));
  ASSERT_TRUE(world.run(world.journal->quiesce()));
  EXPECT_EQ(world.superblock(0).role_of(1), role_faulty);
  EXPECT_EQ(world.tail(), position_of(appends[0]));
  auto last_log = std::find(world.story.rbegin(), world.story.rend(), "log superblock");
  EXPECT_EQ(std::find(world.story.rbegin(), last_log, "m3 superblock done"), last_log);
  EXPECT_EQ(count("m3 superblock done"), 1);
}

TEST_F(JournalReclaim, AMemberThatCantBeFlushedIsRecordedBeforeTheTailMoves) {
  release(append(Lba(8)));
  fail(world.member(1), Command::flush);
  hold_superblock(world.member(0));
  auto quiet = world.spawn(world.journal->quiesce());
  EXPECT_EQ(world.tail(), Lba(8));
  let_go(world.member(0));
  ASSERT_TRUE(quiet.is_done());
  EXPECT_EQ(world.superblock(0).role_of(1), role_faulty);
  EXPECT_EQ(world.tail(), position_of(appends[0]));
}

TEST_F(JournalReclaim, ATailThatCantBeRecordedFailsTheLog) {
  release(append(Lba(8)));
  Append& logged = append(Lba(16));
  fail_superblock(world.log());
  auto quiet = world.spawn(world.journal->quiesce());
  EXPECT_TRUE(world.journal->has_failed());
  EXPECT_TRUE(is_read_only(append(Lba(24))));
  EXPECT_FALSE(quiet.is_done());
  release(logged);
  EXPECT_TRUE(quiet.is_done());
  EXPECT_TRUE(is_journal_faulty(0));
}

TEST_F(JournalReclaim, QuiesceLeavesOneUnitAndTheTailOnIt) {
  for (std::uint64_t i = 0; i < 40; ++i) release(append(Lba(8 * i % 400)));
  ASSERT_TRUE(world.run(world.journal->quiesce()));
  EXPECT_EQ(world.tail(), position_of(appends[39]));
  world.assemble();
  auto replayed = world.replay();
  ASSERT_TRUE(replayed);
  EXPECT_EQ(replayed->units, 1u);
  EXPECT_EQ(replayed->next, appends[39].batch.last_unit + 1);
}

// Eleven blocks, the smallest ring: one stripe, one that waits.
class SmallestJournal : public JournalTest {
 protected:
  SmallestJournal() : JournalTest({.ring_blocks = ring_blocks_min(4)}) {}
  Append& append_row(Lba stripe) { return append(stripe, 1, {0, 1, 2}); }
  std::ptrdiff_t writes_of_log() {
    return std::ranges::count_if(world.story, [](const std::string& told) {
      return told.starts_with("log write") && !told.ends_with("done");
    });
  }
};

TEST_F(SmallestJournal, WhoWaitsForRoomGetsItWhenTheTailHasMoved) {
  Append& first = append_row(Lba(8));
  Append& second = append_row(Lba(16));
  EXPECT_TRUE(first.answer.is_done());
  EXPECT_FALSE(second.answer.is_done());
  EXPECT_EQ(world.marks.marks["raid.journal_waited_for_space"], 1);
  hold_superblock(world.log());
  release(first);
  EXPECT_EQ(count("log superblock"), 1);
  EXPECT_EQ(writes_of_log(), 1) << "space is not used again before that is durable";
  let_go(world.log());
  EXPECT_TRUE(second.answer.is_done());
}

TEST_F(SmallestJournal, WhoWaitsIsServedInTheOrderOfComing) {
  for (std::uint64_t i = 0; i < 8; ++i) append_row(Lba(8 * i));
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t k = 0; k < 8; ++k) EXPECT_EQ(appends[k].answer.is_done(), k <= i);
    release(appends[i]);
  }
}

TEST_F(SmallestJournal, WhoWaitsIsToldThatTheLogFailed) {
  hold(world.log(), Command::write);
  Append& first = append_row(Lba(8));
  Append& second = append_row(Lba(16));
  Append& third = append_row(Lba(24));
  fail(world.log(), Command::write);
  let_go(world.log());
  EXPECT_TRUE(is_read_only(first));
  EXPECT_TRUE(is_read_only(second));
  EXPECT_TRUE(is_read_only(third));
}

TEST_F(SmallestJournal, WhoWaitsIsToldThatTheTailCantMove) {
  Append& first = append_row(Lba(8));
  Append& second = append_row(Lba(16));
  fail_superblock(world.log());
  release(first);
  EXPECT_TRUE(is_read_only(second));
}

TEST_F(SmallestJournal, WhoWaitsIsToldThatTheArrayIsBroken) {
  Append& first = append_row(Lba(8));
  Append& second = append_row(Lba(16));
  Append& third = append_row(Lba(24));
  for (int role : {0, 1}) fail(world.member(role), Command::flush);
  release(first);
  ASSERT_TRUE(second.answer.is_done());
  ASSERT_TRUE(third.answer.is_done());
  EXPECT_EQ((*second.answer).error().kind, IoErrorKind::failed);
  EXPECT_EQ(world.tail(), Lba(8)) << "what is logged stays for the next life";
}

// Devices answer late and in any order.
TEST(JournalOfSlowDevices, AnswersEverybody) {
  std::mt19937 random(7);
  for (int run = 0; run < 60; ++run) {
    std::uint64_t least = ring_blocks_min(4);
    JournalWorld world({.ring_blocks = least + (run % 3 == 0 ? 0 : random() % 60)});
    world.start();
    for (tests::MemoryDisk* disk : {&world.member(0), &world.member(1), &world.log()})
      disk->holds = [&](Command, Extent) { return random() % 3 != 0; };
    std::deque<Append> appends;
    std::vector<Append*> unreleased;
    std::uint64_t most = std::min<std::uint64_t>(world.journal->stripes_max(), 12);
    auto done = [&] {
      return appends.size() == 80 && unreleased.empty() &&
             std::ranges::all_of(appends, [](Append& one) { return one.answer.is_done(); });
    };
    for (int steps = 0; !done(); ++steps) {
      ASSERT_LT(steps, 100'000) << "stuck";
      if (appends.size() < 80 && random() % 2 == 0) {
        Lba stripe(8 * (random() % 40));
        Append& one = appends.emplace_back(world.batch(stripe, 1 + random() % most, {0, 1}));
        one.answer = world.spawn(world.journal->append(one.batch));
        unreleased.push_back(&one);
      }
      for (tests::MemoryDisk* disk : {&world.member(0), &world.member(1), &world.log()})
        if (disk->held() > 0) disk->answer(random() % disk->held());
      world.executor.run_ready();
      if (unreleased.empty()) continue;
      std::size_t any = random() % unreleased.size();
      if (!unreleased[any]->answer.is_done()) continue;
      ASSERT_TRUE(*unreleased[any]->answer);
      world.journal->release(unreleased[any]->batch);
      unreleased.erase(unreleased.begin() + static_cast<std::ptrdiff_t>(any));
    }
    world.executor.stop();
  }
}

}  // namespace
}  // namespace holdfast::raid::journal
