#include "core/raid/journal/survey.h"

#include "tests/core/raid/journal_replays.h"

namespace holdfast::raid::journal {
namespace {

using testing::HasSubstr;
using JournalSurvey = JournalReplay;

TEST_F(JournalSurvey, ATornUnitAtTheEndIsDroppedWholeAndIsNoLoss) {
  log.unit(Lba(0), 1);
  Lba torn = log.data(Lba(8), 3).parity(Lba(8), 4).data(Lba(16), 5).parity(Lba(16), 6).end_unit();
  spoil(torn + Sectors(32));
  Survey found = replay();
  EXPECT_EQ(found.units, 1u);
  EXPECT_EQ(found.damaged, 0u);
  EXPECT_EQ(found.suspects, (std::set{Lba(8), Lba(16)})) << "bit rot may look like that";
  EXPECT_TRUE(all_zero(data_page(Lba(8))));
  EXPECT_TRUE(all_zero(data_page(Lba(16))));
  EXPECT_TRUE(all_zero(parity_page(Lba(8))));
  EXPECT_EQ(found.end, log.end());
  EXPECT_EQ(found.next, log.next()) << "its number is used up";
  EXPECT_EQ(world.marks.marks["raid.journal_torn_unit_dropped"], 1);
}

TEST_F(JournalSurvey, SeveralTornUnitsAtTheEndAreDropped) {
  log.unit(Lba(0), 1);
  for (unsigned i = 1; i < 4; ++i) spoil(log.unit(Lba(8 * i), 2 * i) + Sectors(8));
  Survey found = replay();
  EXPECT_EQ(found.units, 1u);
  EXPECT_EQ(found.damaged, 0u);
  for (unsigned i = 1; i < 4; ++i) EXPECT_TRUE(all_zero(data_page(Lba(8 * i))));
}

TEST_F(JournalSurvey, OfADamagedUnitInTheMiddleTheIntactStripesAreReplayed) {
  log.unit(Lba(0), 1);
  Lba damaged =
      log.data(Lba(8), 3).parity(Lba(8), 4).data(Lba(16), 5).parity(Lba(16), 6).end_unit();
  log.unit(Lba(24), 9);
  spoil(damaged + Sectors(8));
  Survey found = replay();
  EXPECT_EQ(found.units, 2u);
  EXPECT_EQ(found.damaged, 1u);
  EXPECT_EQ(found.suspects, std::set{Lba(8)});
  EXPECT_FALSE(found.all_are_suspect);
  EXPECT_TRUE(all_zero(data_page(Lba(8))));
  EXPECT_TRUE(all_zero(parity_page(Lba(8)))) << "the half of it would be a write hole";
  EXPECT_TRUE(holds(data_page(Lba(16)), 5));
  EXPECT_TRUE(holds(parity_page(Lba(16)), 6));
  EXPECT_TRUE(holds(parity_page(Lba(24)), 10));
}

TEST_F(JournalSurvey, WhatComesBehindADamagedStripeIsReplayed) {
  Lba damaged = log.unit(Lba(8), 3);
  log.unit(Lba(8), 7);
  spoil(damaged + Sectors(16));
  Survey found = replay();
  EXPECT_EQ(found.suspects, std::set{Lba(8)});
  EXPECT_TRUE(holds(data_page(Lba(8)), 7));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 8));
}

TEST_F(JournalSurvey, WhatComesInFrontOfADamagedStripeIsReplayedUnlessTheMembersHoldTheLost) {
  for (bool members_hold_it : {false, true}) {
    LogWriter again(world);
    again.unit(Lba(8), 1);
    Lba damaged = again.unit(Lba(8), 3);
    again.unit(Lba(16), 5);
    spoil(damaged + Sectors(8));
    std::ranges::fill(data_page(Lba(8)), std::byte{0});
    std::ranges::copy(pattern(block_bytes, 4), parity_page(Lba(8)).begin());
    if (members_hold_it) std::ranges::copy(pattern(block_bytes, 3), data_page(Lba(8)).begin());
    Survey found = replay();
    EXPECT_EQ(found.kept.empty(), !members_hold_it);
    EXPECT_TRUE(holds(data_page(Lba(8)), members_hold_it ? 3 : 1));
    EXPECT_TRUE(holds(parity_page(Lba(8)), members_hold_it ? 4 : 2));
  }
}

// A later unit of the stripe was written when this one was on the members; what the later one left alone is there still.
TEST_F(JournalSurvey, ADamagedStripeThatALaterUnitHasTooIsNotOverwrittenByOlderVersions) {
  for (bool is_torn : {false, true}) {
    LogWriter again(world);
    again.data(Lba(8), 1).data(Lba(40), 2).parity(Lba(8), 3).end_unit();
    Lba damaged = again.data(Lba(8), 11).data(Lba(40), 12).parity(Lba(8), 13).end_unit();
    Lba later = again.data(Lba(40), 22).parity(Lba(8), 23).end_unit();
    if (is_torn) spoil(later + block_sectors);
    make_unreadable(damaged + block_sectors);
    std::ranges::copy(pattern(block_bytes, 11), data_page(Lba(8)).begin());
    std::ranges::copy(pattern(block_bytes, is_torn ? 12 : 22), data_page(Lba(40)).begin());
    std::ranges::copy(pattern(block_bytes, is_torn ? 13 : 23), parity_page(Lba(8)).begin());
    Survey replayed = replay();
    EXPECT_TRUE(replayed.suspects.contains(Lba(8)));
    EXPECT_TRUE(holds(data_page(Lba(8)), 11));
    EXPECT_TRUE(holds(data_page(Lba(40)), is_torn ? 12 : 22));
  }
}

// A write-back cache logs a stripe's data again and again before any of it is on the members.
TEST_F(JournalSurvey, DamagedDataWithoutParityDoNotKeepOlderOnesFromBeingReplayed) {
  log.data(Lba(8), 1).end_unit();
  Lba damaged = log.data(Lba(8), 11).end_unit();
  log.data(Lba(40), 12).parity(Lba(8), 13).end_unit();
  make_unreadable(damaged + block_sectors);
  replay();
  EXPECT_TRUE(holds(data_page(Lba(8)), 1));
  EXPECT_TRUE(holds(data_page(Lba(40)), 12));
}

TEST_F(JournalSurvey, ATornUnitAtTheEndKeepsNothingOfADamagedOneFromBeingReplayed) {
  Lba damaged =
      log.data(Lba(8), 1).parity(Lba(8), 2).data(Lba(16), 3).parity(Lba(16), 4).end_unit();
  Lba torn = log.unit(Lba(8), 11);
  make_unreadable(damaged + block_sectors * 3);
  spoil(torn + block_sectors);
  replay();
  EXPECT_TRUE(holds(data_page(Lba(8)), 1));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 2));
}

TEST_F(JournalSurvey, WhatTheMembersHoldOfADamagedStripeIsReplacedByWhatComesBehindIt) {
  log.unit(Lba(8), 1);
  Lba damaged = log.unit(Lba(8), 3);
  log.unit(Lba(8), 5);
  spoil(damaged + Sectors(8));
  std::ranges::copy(pattern(block_bytes, 3), data_page(Lba(8)).begin());
  std::ranges::copy(pattern(block_bytes, 4), parity_page(Lba(8)).begin());
  replay();
  EXPECT_TRUE(holds(data_page(Lba(8)), 5));
  EXPECT_TRUE(holds(parity_page(Lba(8)), 6));
}

TEST_F(JournalSurvey, AnUnreadablePageIsDamage) {
  log.unit(Lba(0), 1);
  Lba damaged = log.unit(Lba(8), 3);
  log.unit(Lba(16), 5);
  make_unreadable(damaged + Sectors(16));
  Survey found = replay();
  EXPECT_EQ(found.damaged, 1u);
  EXPECT_EQ(found.suspects, std::set{Lba(8)});
  EXPECT_TRUE(all_zero(data_page(Lba(8))));
  EXPECT_TRUE(holds(data_page(Lba(16)), 5));
}

TEST_F(JournalSurvey, AnUnreadablePageAtTheEndIsDamageToo) {
  log.unit(Lba(0), 1);
  make_unreadable(log.unit(Lba(8), 3) + Sectors(16));
  Survey found = replay();
  EXPECT_EQ(found.damaged, 1u) << "no power cut makes a block unreadable";
  EXPECT_EQ(found.suspects, std::set{Lba(8)});
}

TEST_F(JournalSurvey, AnUnreadableMetaBlockMakesAllStripesSuspect) {
  log.unit(Lba(0), 1);
  Lba lost = log.unit(Lba(8), 3);
  log.unit(Lba(16), 5);
  make_unreadable(lost);
  Survey found = replay();
  EXPECT_TRUE(found.all_are_suspect);
  EXPECT_EQ(found.damaged, 1u);
  EXPECT_EQ(found.units, 2u);
  EXPECT_TRUE(holds(data_page(Lba(16)), 5));
  EXPECT_EQ(world.marks.marks["raid.journal_media_error_passed"], 1);
}

TEST_F(JournalSurvey, AnUnreadableBlockWhereTheNextUnitWouldStandMayBeALostOne) {
  log.unit(Lba(0), 1);
  make_unreadable(log.end());
  Survey found = replay();
  EXPECT_TRUE(found.all_are_suspect);
  EXPECT_EQ(found.end, log.end());
  EXPECT_EQ(found.next, log.next());
}

TEST_F(JournalSurvey, WhatTheMembersHoldOfALostUnitIsNotOverwrittenByOlderVersions) {
  for (bool members_hold_it : {false, true}) {
    LogWriter again(world);
    again.unit(Lba(8), 1);
    Lba lost = again.unit(Lba(8), 3);
    again.unit(Lba(16), 5);
    make_unreadable(lost);
    unsigned seed = members_hold_it ? 3 : 30;
    std::ranges::copy(pattern(block_bytes, seed), data_page(Lba(8)).begin());
    replay();
    EXPECT_TRUE(holds(data_page(Lba(8)), members_hold_it ? 3 : 1));
    EXPECT_TRUE(holds(data_page(Lba(16)), 5));
  }
}

std::set<Lba> stripes_of(const DataOnly& data_only) {
  std::set<Lba> stripes;
  for (const DataOnly::StripePage& page : data_only.pages()) stripes.insert(page.stripe);
  return stripes;
}

TEST_F(JournalSurvey, DataWithoutParityAreNamedAndLeftToTheCache) {
  log.data(Lba(8), 1).data(Lba(40), 2).data(Lba(16), 3).end_unit();
  log.parity(Lba(16), 4).end_unit();
  log.data(Lba(24), 5).parity(Lba(24), 6).end_unit();
  log.data(Lba(24), 7).end_unit();
  Survey found = replay();
  EXPECT_EQ(stripes_of(found.data_only), (std::set{Lba(8), Lba(24)}));
  EXPECT_TRUE(all_zero(data_page(Lba(8)))) << "its parity is logged first";
  EXPECT_TRUE(all_zero(data_page(Lba(40))));
  EXPECT_TRUE(holds(parity_page(Lba(16)), 4));
  EXPECT_TRUE(holds(data_page(Lba(24)), 5)) << "with the parity that was logged for it";
  EXPECT_TRUE(holds(parity_page(Lba(24)), 6));
  EXPECT_TRUE(found.suspects.empty());
}

TEST_F(JournalSurvey, DataWithoutParityAreTakenWhileAMemberIsMissing) {
  log.unit(Lba(0), 1);
  log.data(Lba(8), 3).end_unit();
  for (std::size_t absent = 0; absent < 4; ++absent) {
    world.assemble({absent});
    Survey found = replay();
    EXPECT_EQ(stripes_of(found.data_only), std::set{Lba(8)});
  }
}

TEST_F(JournalSurvey, OfAPageThatWasWrittenTwiceTheLaterOneCounts) {
  log.data(Lba(8), 1).end_unit();
  Lba second = log.data(Lba(8), 2).end_unit();
  Survey found = replay();
  ASSERT_EQ(found.data_only.pages().size(), 1u);
  EXPECT_EQ(found.data_only.pages().front().position, second + block_sectors);
}

TEST_F(JournalSurvey, BehindDataWithoutParityTheLogGoesOnInThePlaceOfATornUnit) {
  log.data(Lba(8), 1).end_unit();
  Lba torn = log.data(Lba(24), 2).end_unit();
  spoil(torn + block_sectors);
  Survey found = replay();
  EXPECT_EQ(stripes_of(found.data_only), std::set{Lba(8)});
  EXPECT_EQ(found.end, torn);
}

TEST_F(JournalSurvey, ALogThatCantBeReadIsAnErrorAndNothingIsWritten) {
  log.unit(Lba(8), 1);
  world.log().fault = [](Command command, Extent) -> std::optional<IoErrorKind> {
    return command == Command::read ? std::optional(IoErrorKind::timeout) : std::nullopt;
  };
  OpenError error = refusal();
  EXPECT_EQ(error.kind, OpenError::Kind::io);
  EXPECT_THAT(error.message, HasSubstr("timeout at sector 0 of its ring"));
  EXPECT_TRUE(members_are_untouched());
}

TEST_F(JournalSurvey, ATailThatSaysNothingIsRefusedIfTheArrayWasUsed) {
  use_array();
  spoil(Lba(0));
  OpenError error = refusal();
  EXPECT_EQ(error.kind, OpenError::Kind::refused);
  EXPECT_THAT(error.message, HasSubstr("sector 0 of its ring"));
  EXPECT_THAT(error.message, HasSubstr("checksum"));
  EXPECT_THAT(error.message, HasSubstr("accept_lost_journal"));
}

TEST_F(JournalSurvey, ATailThatSaysNothingIsANewLogIfNobodyEverRanTheArray) {
  spoil(Lba(0));
  EXPECT_TRUE(replay().is_new);
}

TEST_F(JournalSurvey, AnUnreadableTailIsRefusedInAnyCase) {
  make_unreadable(Lba(0));
  OpenError error = refusal();
  EXPECT_EQ(error.kind, OpenError::Kind::refused);
  EXPECT_THAT(error.message, HasSubstr("media error"));
}

TEST_F(JournalSurvey, ATailOutsideTheRingIsTheRingsBeginning) {
  use_array();
  log.unit(Lba(8), 1);
  for (std::uint64_t tail : {64u * 8u, 4u, ~0u}) {
    ASSERT_TRUE(world.run(world.metadata->record_journal_tail(Lba(tail))));
    Survey found = replay();
    EXPECT_EQ(found.tail, Lba(0));
    EXPECT_EQ(found.units, 1u);
  }
}

// A log of 3,000 blocks.
class LongJournalSurvey : public JournalReplay {
 protected:
  LongJournalSurvey() : JournalReplay({.ring_blocks = 3000, .member_bytes = 4 << 20}) {}
};

TEST_F(LongJournalSurvey, DataWithoutParityAreFoundFarBehindThoughAMemberIsMissing) {
  for (unsigned i = 0; i < 900; ++i) log.unit(Lba(i * 8), 2 * i);
  log.data(Lba(8), 1).end_unit();
  world.assemble({1});
  Survey found = replay();
  EXPECT_EQ(stripes_of(found.data_only), std::set{Lba(8)});
  EXPECT_FALSE(found.replays_data_only);
}

TEST_F(LongJournalSurvey, NothingIsWrittenIfThereIsNoRoomForTheParityAndAMemberIsMissing) {
  for (unsigned i = 0; i < 1494; ++i) log.data(Lba(i * 8), i).end_unit();
  world.assemble({1});
  OpenError error = refusal();
  EXPECT_EQ(error.kind, OpenError::Kind::refused);
  EXPECT_THAT(error.message, HasSubstr("free blocks in it"));
  EXPECT_TRUE(members_are_untouched());
}

TEST_F(LongJournalSurvey, WithoutRoomForTheParityDataAreReplayedWhereAllMembersAreThere) {
  for (unsigned i = 0; i < 1494; ++i) log.data(Lba(i * 8), i).end_unit();
  Survey found = replay();
  EXPECT_TRUE(found.replays_data_only);
  EXPECT_TRUE(holds(data_page(Lba(8)), 1));
}

}  // namespace
}  // namespace holdfast::raid::journal
