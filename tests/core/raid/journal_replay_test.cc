#include "core/raid/journal/replay.h"

#include "tests/core/raid/journal_replays.h"

namespace holdfast::raid::journal {
namespace {

TEST_F(JournalReplay, LoggedPagesGoToTheirPlacesAndNoOtherIsWritten) {
  Lba far(world.geometry.capacity().value - 8);
  log.data(Lba(40), 1).data(Lba(72), 2).parity(Lba(8), 3).data(far, 4).parity(stripe_of(far), 5);
  log.end_unit();
  Survey replayed = replay();
  EXPECT_EQ(replayed.units, 1u);
  EXPECT_EQ(replayed.stripes, 2u);
  EXPECT_EQ(replayed.damaged, 0u);
  EXPECT_TRUE(replayed.suspects.empty());
  EXPECT_TRUE(replayed.data_only.empty());
  EXPECT_FALSE(replayed.is_new);
  EXPECT_TRUE(holds(data_page(Lba(40)), 1));
  EXPECT_TRUE(holds(data_page(Lba(72)), 2));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 3));
  EXPECT_TRUE(holds(data_page(far), 4));
  EXPECT_TRUE(holds(parity_page(stripe_of(far)), 5));
  int writes = 0;
  for (int role = 0; role < 4; ++role) writes += world.member(role).writes;
  EXPECT_EQ(writes - 4, 5) << "four superblocks by create, five pages";
}

TEST_F(JournalReplay, SaysWhereTheLogGoesOn) {
  LogWriter(world, Lba(8 * 20), Sequence(77)).unit(Lba(0), 1);
  ASSERT_TRUE(world.run(world.metadata->record_journal_tail(Lba(8 * 20))));
  Survey replayed = replay();
  EXPECT_EQ(replayed.tail, Lba(8 * 20));
  EXPECT_EQ(replayed.end, Lba(8 * 23));
  EXPECT_EQ(replayed.blocks, 3u);
  EXPECT_EQ(replayed.next, Sequence(78));
}

TEST_F(JournalReplay, NeighboursGoToAMemberTogether) {
  for (unsigned i = 0; i < 4; ++i) log.unit(Lba(8 * i), 2 * i);
  replay();
  RowMap row = row_of(Lba(0));
  EXPECT_EQ(world.member(row.role_of(0)).write_bytes_max, 4u * block_bytes);
  EXPECT_EQ(world.member(row.role_of(0)).writes, 2);
}

TEST_F(JournalReplay, OfAPageTheLastOneStays) {
  for (unsigned i = 0; i < 5; ++i) log.unit(Lba(8), 10 + 2 * i);
  Survey replayed = replay();
  EXPECT_EQ(replayed.units, 5u);
  EXPECT_TRUE(holds(data_page(Lba(8)), 18));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 19));
  EXPECT_EQ(world.member(row_of(Lba(8)).role_of(0)).writes, 2) << "written once, after create";
}

TEST_F(JournalReplay, ReplayedTwiceIsTheSame) {
  for (unsigned i = 0; i < 15; ++i) log.unit(Lba(i * 56 % 256 / 8 * 8), 2 * i);
  replay();
  auto once = world.images();
  world.assemble();
  replay();
  EXPECT_EQ(world.images(), once);
}

TEST_F(JournalReplay, AReplayThatWasCutIsMadeGoodByAnother) {
  for (unsigned i = 0; i < 15; ++i) log.unit(Lba(i * 56 % 256 / 8 * 8), 2 * i);
  auto before = world.images();
  replay();
  auto whole = world.images();
  for (int survivor = 0; survivor < 4; ++survivor) {  // its writes landed, the others' did not
    auto images = before;
    images[static_cast<std::size_t>(survivor)] = whole[static_cast<std::size_t>(survivor)];
    JournalWorld next({}, images);
    ASSERT_TRUE(next.replay());
    EXPECT_EQ(next.images(), whole);
  }
}

TEST_F(JournalReplay, ALogAcrossTheRingsEndIsReplayed) {
  LogWriter wrapping(world, Lba(8 * 60), Sequence(5));
  for (unsigned i = 0; i < 3; ++i) wrapping.unit(Lba(8 * i), 2 * i);
  ASSERT_TRUE(world.run(world.metadata->record_journal_tail(Lba(8 * 60))));
  Survey replayed = replay();
  EXPECT_EQ(replayed.units, 3u);
  EXPECT_EQ(replayed.end, Lba(8 * 5));
  for (unsigned i = 0; i < 3; ++i) EXPECT_TRUE(holds(data_page(Lba(8 * i)), 2 * i));
}

TEST_F(JournalReplay, AFlushRecordForgetsNothing) {
  log.unit(Lba(8), 1);
  log.flush(Lba(8)).end_unit();
  replay();
  EXPECT_TRUE(holds(data_page(Lba(8)), 1));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 2));
}

TEST_F(JournalReplay, AMissingMemberGetsNothingAndTheOthersAll) {
  log.unit(Lba(8), 1);
  log.unit(Lba(8 + 32), 3);
  RowMap row = row_of(Lba(8));
  world.assemble({static_cast<std::size_t>(row.role_of(0))});
  Survey replayed = replay();
  EXPECT_EQ(replayed.units, 2u);
  EXPECT_TRUE(all_zero(data_page(Lba(8))));
  EXPECT_TRUE(holds(data_page(Lba(8 + 32)), 3));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 4));
}

TEST_F(JournalReplay, AMemberThatCantBeWrittenIsFailed) {
  log.unit(Lba(8), 1);
  int role = row_of(Lba(8)).role_of(0);
  world.member(role).is_gone = true;
  replay();
  EXPECT_FALSE(world.members->is_active(role));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 2));
}

TEST_F(JournalReplay, TwoMembersThatCantBeWrittenAreTooMany) {
  log.unit(Lba(8), 1);
  world.member(row_of(Lba(8)).role_of(0)).is_gone = true;
  world.member(row_of(Lba(8)).p()).is_gone = true;
  EXPECT_EQ(refusal().kind, OpenError::Kind::io);
}

// Six members; units of one stripe with one page of data have four blocks.
class JournalReplayOfRaid6 : public JournalReplay {
 protected:
  JournalReplayOfRaid6() : JournalReplay({.level = 6, .members = 6}) {}
};

TEST_F(JournalReplayOfRaid6, PAndQGoToTheirPlaces) {
  log.data(Lba(8), 1).parity(Lba(8), 2, 3).end_unit();
  log.data(Lba(8 + 32 * 4), 4).parity(Lba(8 + 32), 5, 6).end_unit();
  replay();
  EXPECT_TRUE(holds(data_page(Lba(8)), 1));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 2));
  EXPECT_TRUE(holds(q_page(Lba(8)), 3));
  EXPECT_TRUE(holds(parity_page(Lba(8 + 32)), 5));
  EXPECT_TRUE(holds(q_page(Lba(8 + 32)), 6));
}

// A log of 3,000 blocks and larger members: pages go to the members in several windows.
class LongJournalReplay : public JournalReplay {
 protected:
  LongJournalReplay() : JournalReplay({.ring_blocks = 3000, .member_bytes = 4 << 20}) {}
};

TEST_F(LongJournalReplay, OfAPageTheLastOneStaysAcrossWindows) {
  std::map<std::uint64_t, unsigned> expected;
  for (unsigned i = 0; i < 900; ++i) {
    Lba sector(i * 7919 % 1000 % 700 * 8);
    log.unit(sector, 2 * i);
    expected[sector.value] = 2 * i;
  }
  Survey replayed = replay();
  EXPECT_EQ(replayed.units, 900u);
  for (auto [sector, seed] : expected) EXPECT_TRUE(holds(data_page(Lba(sector)), seed)) << sector;
}

}  // namespace
}  // namespace holdfast::raid::journal
