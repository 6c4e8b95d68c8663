#include "core/raid/journal/journal.h"

#include <gmock/gmock.h>

#include "tests/core/raid/journal_appends.h"

namespace holdfast::raid::journal {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST_F(JournalTest, AnswersWhenTheLogIsFlushed) {
  hold(world.log(), Command::write);
  Append& one = append(Lba(8));
  EXPECT_THAT(world.story, ElementsAre("log write 16+24"));
  hold(world.log(), Command::flush);
  answer(world.log());
  EXPECT_THAT(world.story, ElementsAre("log write 16+24", "log write 16+24 done", "log flush"));
  EXPECT_FALSE(one.answer.is_done());
  answer(world.log());
  ASSERT_TRUE(one.answer.is_done());
  EXPECT_TRUE(*one.answer);
  EXPECT_EQ(world.meta_at(Lba(16)).block->sequence, one.batch.first_unit);
}

TEST_F(JournalTest, ALogWithoutAVolatileCacheIsNotFlushed) {
  world.log().shape().has_volatile_cache = false;
  EXPECT_TRUE(append(Lba(8)).answer.is_done());
  EXPECT_THAT(world.story, ElementsAre("log write 16+24", "log write 16+24 done"));
}

TEST_F(JournalTest, OneFlushServesAllThatArrivedMeanwhile) {
  hold(world.log(), Command::flush);
  Append& first = append(Lba(8));
  for (std::uint64_t i = 2; i < 6; ++i) append(Lba(8 * i));
  EXPECT_EQ(count("log flush"), 1);
  answer(world.log());
  EXPECT_TRUE(first.answer.is_done());
  EXPECT_EQ(count("log flush"), 2);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_FALSE(appends[i].answer.is_done());
  answer(world.log());
  for (const Append& one : appends) EXPECT_TRUE(one.answer.is_done());
  EXPECT_EQ(count("log flush"), 2);
  EXPECT_EQ(world.marks.marks["raid.journal_group_commit"], 1);
}

TEST_F(JournalTest, UnitsAreOnTheirWayTogether) {
  hold(world.log(), Command::write);
  for (std::uint64_t i = 0; i < 3; ++i) append(Lba(8 * i));
  EXPECT_EQ(world.log().held(), 3u);
}

TEST_F(JournalTest, BatchesThatComeTogetherShareAUnit) {
  for (std::uint64_t i = 0; i < 5; ++i) {
    Append& one = appends.emplace_back(world.batch(Lba(8 * i)));
    one.answer = world.post(world.journal->append(one.batch));
  }
  run();
  EXPECT_EQ(count("log write 16+88"), 1);
  for (const Append& one : appends) EXPECT_TRUE(one.answer.is_done());
}

TEST_F(JournalTest, BatchesGatherWhileSixteenUnitsAreOnTheirWay) {
  hold(world.log(), Command::write);
  for (std::uint64_t i = 0; i < 19; ++i) append(Lba(8 * i));
  EXPECT_EQ(world.log().held(), 16u);
  answer(world.log());
  EXPECT_EQ(world.log().held(), 16u) << "the seventeenth holds the rest";
  EXPECT_EQ(appends[16].batch.first_unit, appends[18].batch.first_unit);
  let_go(world.log());
  for (const Append& one : appends) EXPECT_TRUE(one.answer.is_done());
}

TEST_F(JournalTest, AnswersComeInTheOrderOfTheLog) {
  hold(world.log(), Command::write);
  Append& first = append(Lba(8));
  Append& second = append(Lba(16));
  answer(world.log(), 1);
  EXPECT_FALSE(second.answer.is_done());
  EXPECT_EQ(count("log flush"), 0) << "nobody would gain by it";
  answer(world.log(), 0);
  EXPECT_TRUE(first.answer.is_done());
  EXPECT_TRUE(second.answer.is_done());
  EXPECT_EQ(count("log flush"), 1);
}

TEST_F(JournalTest, ALogWriteErrorFailsWhatIsNotLoggedAndAllThatFollows) {
  Append& logged = append(Lba(8));
  hold(world.log(), Command::write);
  Append& first = append(Lba(16));
  Append& second = append(Lba(24));
  fail(world.log(), Command::write);
  answer(world.log(), 1);
  EXPECT_TRUE(*logged.answer);
  EXPECT_TRUE(is_read_only(second));
  EXPECT_FALSE(first.answer.is_done()) << "its pages are still read";
  world.log().fault = nullptr;
  let_go(world.log());
  EXPECT_TRUE(is_read_only(first));
  EXPECT_TRUE(world.journal->has_failed());
  world.story.clear();
  EXPECT_TRUE(is_read_only(append(Lba(32))));
  EXPECT_TRUE(world.story.empty());
}

TEST_F(JournalTest, ALogFlushErrorFailsWhatItWasToMakeDurable) {
  Append& logged = append(Lba(8));
  fail(world.log(), Command::flush);
  Append& failed = append(Lba(16));
  EXPECT_TRUE(*logged.answer);
  EXPECT_TRUE(is_read_only(failed));
  EXPECT_TRUE(world.journal->has_failed());
}

TEST_F(JournalTest, AFailedLogIsRecordedWhenWhatItHoldsIsOnTheMembersMedia) {
  Append& logged = append(Lba(8));
  fail(world.log(), Command::write);
  append(Lba(16));
  EXPECT_THAT(world.story, Not(Contains("m0 flush")));
  EXPECT_FALSE(is_journal_faulty(0)) << "the log is needed until its stripes are on the members";
  hold(world.member(2), Command::flush);
  release(logged);
  EXPECT_THAT(world.story, Contains("m2 flush"));
  EXPECT_THAT(world.story, Not(Contains("m0 superblock")));
  EXPECT_FALSE(is_journal_faulty(0)) << "and until it can't be lost there";
  EXPECT_FALSE(world.journal->is_recorded_faulty());
  let_go(world.member(2));
  for (std::size_t device = 0; device < 4; ++device) EXPECT_TRUE(is_journal_faulty(device));
  EXPECT_FALSE(is_journal_faulty(4)) << "its own superblock is left alone";
  EXPECT_TRUE(world.journal->is_recorded_faulty());
  EXPECT_EQ(world.marks.marks["raid.journal_recorded_faulty"], 1);
}

TEST_F(JournalTest, QuiesceOfAFailedLogEndsWhenThatIsRecorded) {
  Append& logged = append(Lba(8));
  fail(world.log(), Command::write);
  append(Lba(16));
  auto quiet = world.spawn(world.journal->quiesce());
  EXPECT_FALSE(quiet.is_done());
  release(logged);
  EXPECT_TRUE(quiet.is_done());
  EXPECT_TRUE(is_journal_faulty(3));
}

TEST_F(JournalTest, WhoNeedsAFailedLogGivenUpWaitsForWhatItHolds) {
  Append& logged = append(Lba(8));
  fail(world.log(), Command::write);
  append(Lba(16));
  auto given_up = world.spawn(world.journal->given_up());
  EXPECT_FALSE(given_up.is_done());
  release(logged);
  ASSERT_TRUE(given_up.is_done());
  EXPECT_TRUE(*given_up);
}

TEST_F(JournalTest, NobodyWaitsForWhatABrokenArrayCantWrite) {
  append(Lba(8));
  fail(world.log(), Command::write);
  append(Lba(16));
  auto given_up = world.spawn(world.journal->given_up());
  for (int role : {0, 1}) world.members->fail(role, IoError(IoErrorKind::gone, Lba(0)));
  ASSERT_TRUE(world.members->is_broken());
  world.journal->abandon();
  run();
  ASSERT_TRUE(given_up.is_done());
  EXPECT_FALSE(*given_up);
  EXPECT_FALSE(is_journal_faulty(3)) << "what is logged stays for the next life";
}

TEST_F(JournalTest, ABatchThatIsLoggedInPartKeepsNobodyFromRecordingTheFailure) {
  hold(world.log(), Command::write);
  Append& large = append(Lba(0), 9, {0, 1, 2});
  ASSERT_LT(large.batch.first_unit, large.batch.last_unit);
  answer(world.log(), 0);
  EXPECT_EQ(count("log flush done"), 1) << "its first unit is logged";
  fail(world.log(), Command::write);
  let_go(world.log());
  EXPECT_TRUE(is_read_only(large));
  EXPECT_TRUE(world.journal->is_recorded_faulty());
  EXPECT_TRUE(is_journal_faulty(0));
}

TEST_F(JournalTest, AfterRecoveryTheLogGoesOnFarBehindInItsNumbers) {
  for (std::uint64_t more : {0u, 0u, 1u, 5u}) {  // logs of one unit, two, and more
    for (std::uint64_t i = 0; i < more; ++i) append(Lba(8 * i));
    Sequence last = appends.empty() ? world.meta_at(world.tail()).block->sequence
                                    : appends.back().batch.last_unit;
    world.assemble();
    auto replayed = world.replay();
    ASSERT_TRUE(replayed);
    ASSERT_TRUE(world.run(world.journal->begin(*replayed)));
    EXPECT_EQ(world.tail(), replayed->end);
    MetaRead gap = world.meta_at(world.tail());
    ASSERT_TRUE(gap.block);
    EXPECT_EQ(gap.block->sequence, last + 1 + 10'000);
    EXPECT_TRUE(gap.block->records.empty());
    Append& next = append(Lba(8));
    EXPECT_EQ(next.batch.first_unit, gap.block->sequence + 1);
    EXPECT_EQ(position_of(next), world.journal->ring().after(world.tail(), 1));
  }
}

TEST_F(JournalTest, TheGapIsOnTheLogsMediumBeforeTheTailPointsAtIt) {
  append(Lba(8));
  world.assemble();
  auto replayed = world.replay();
  world.story.clear();
  ASSERT_TRUE(world.run(world.journal->begin(*replayed)));
  EXPECT_THAT(world.story,
              ElementsAre("log write 40+8 preflush fua", "log write 40+8 preflush fua done",
                          "log superblock", "log superblock done"));
}

TEST_F(JournalTest, ALogThatCantBeBegunIsAnError) {
  world.assemble();
  auto replayed = world.replay();
  fail(world.log(), Command::write);
  EXPECT_FALSE(world.run(world.journal->begin(*replayed)));
  EXPECT_EQ(world.tail(), Lba(8));
  world.log().fault = nullptr;
  fail_superblock(world.log());
  EXPECT_FALSE(world.run(world.journal->begin(*replayed)));
}

TEST(NewJournal, BeginsWithAnEmptyBlockAndANumberByChance) {
  JournalWorld world;
  std::fill_n(world.block_at(Lba(0)).begin(), block_bytes, std::byte{0});
  auto replayed = world.replay();
  ASSERT_TRUE(replayed);
  ASSERT_TRUE(replayed->is_new);
  ASSERT_TRUE(world.run(world.journal->begin(*replayed)));
  EXPECT_EQ(world.tail(), Lba(0));
  MetaRead first = world.meta_at(Lba(0));
  ASSERT_TRUE(first.block);
  EXPECT_TRUE(first.block->records.empty());
  EXPECT_GT(first.block->sequence.value, 0xffffu);
  EXPECT_LT(first.block->sequence.value, std::uint64_t{1} << 32);
}

}  // namespace
}  // namespace holdfast::raid::journal
