#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oracle/judge.h"
#include "oracle/redundancy.h"
#include "tests/oracle/images.h"
#include "tests/oracle/scene.h"

namespace holdfast::oracle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// RAID-5, left-symmetric, 4 members of 4 chunks of 4 KiB. Row 0: D0 on m0, D1 on m1, D2 on m2, P on m3.
// Blocks 0..7 are D0 of row 0, 8..15 D1, 16..23 D2; row 1 begins at 24.
Profile array_profile(bool has_write_hole) {
  RaidShape shape;
  shape.raid_disks = 4;
  shape.chunk_bytes = 4096;
  shape.member_bytes = 4 * 4096;
  shape.data_offset_bytes.assign(4, 8192);
  Profile profile = plain_profile(shape.sectors().value);
  profile.raid = shape;
  profile.has_write_hole = has_write_hole;
  return profile;
}

class SettledArray : public Scene {
 public:
  explicit SettledArray(bool has_write_hole = true) : Scene(array_profile(has_write_hole)) {
    judge.redundancy_settled();
  }
};

Opening without(std::vector<unsigned> missing, const CutReport* cut = nullptr) {
  Opening opening;
  opening.missing = std::move(missing);
  opening.cut = cut;
  return opening;
}

// "write_hole R5" of what the profile does not promise.
std::string declared(const Judgement& judgement) {
  Judgement only;
  only.findings = judgement.declared;
  return told(only);
}

TEST(WriteHole, IsFoundByNameAndExplained) {
  SettledArray array;
  WriteId flushed = array.write(Scene::at(8), write_fua);
  WriteId torn = array.unacked_write(Scene::at(0));
  CutReport cut;
  cut.fragments = {CutFragment(0, 8192, 512, true), CutFragment(3, 8192, 512, false)};
  Judgement judgement = array.cut({{0, wrote(torn)}, {8, foreign()}}, without({1}, &cut));
  EXPECT_TRUE(judgement.holds());
  ASSERT_EQ(declared(judgement), "write_hole R5");
  EXPECT_EQ(judgement.counts.write_hole_blocks, 1u);
  EXPECT_THAT(judgement.declared[0].writes, ElementsAre(flushed));
  EXPECT_EQ(
      judgement.declared[0].story,
      "block 8 shows foreign bytes (0000000000000063); write 1 (sector 8, FUA, acked) must be "
      "there: FUA, "
      "power cut; block 8 stands on missing member m1, stripe 0, and is computed from the others: "
      "m0 "
      "(data, landed) and m3 (parity, dropped) disagree; write 2 (sector 0, not acked) was torn");
}

TEST(WriteHole, OfAVolumeThatPromisesNoneIsAViolation) {
  SettledArray array(false);
  array.write(Scene::at(8), write_fua);
  array.unacked_write(Scene::at(0));
  Judgement judgement = array.cut({{8, foreign()}}, without({1}));
  EXPECT_EQ(told(judgement), "write_hole R5");
  EXPECT_EQ(judgement.declared.size(), 0u);
  EXPECT_EQ(judgement.counts.write_hole_blocks, 0u);
}

TEST(WriteHole, ExcusesOnlyBlocksOfMissingMembers) {
  SettledArray array;
  array.write(Scene::at(8), write_fua);
  array.unacked_write(Scene::at(0));
  EXPECT_EQ(told(array.cut({{8, foreign()}}, without({2}))), "garbage R1");
  SettledArray whole;
  whole.write(Scene::at(8), write_fua);
  whole.unacked_write(Scene::at(0));
  EXPECT_EQ(told(whole.cut({{8, foreign()}})), "garbage R1");
}

TEST(WriteHole, ExcusesOnlyStripesUnderWritesThatWereNotDurable) {
  SettledArray other_row;
  other_row.write(Scene::at(8), write_fua);
  other_row.unacked_write(Scene::at(24));
  EXPECT_EQ(told(other_row.cut({{8, foreign()}}, without({1}))), "garbage R1");
  SettledArray durable;
  durable.write(Scene::at(8), write_fua);
  durable.write(Scene::at(0));
  durable.flush();
  EXPECT_EQ(told(durable.cut({{0, wrote(2)}, {8, foreign()}}, without({1}))), "garbage R1");
}

TEST(WriteHole, AlsoOpensBesideAnUnwrittenBlock) {
  SettledArray array;
  array.unacked_write(Scene::at(0));
  EXPECT_EQ(declared(array.cut({{8, foreign()}}, without({1}))), "write_hole R5");
}

TEST(WriteHole, StaysOpenOverRecoveriesUntilRedundancyIsBack) {
  SettledArray open;
  open.unacked_write(Scene::at(0));
  EXPECT_EQ(told(open.cut({})), "held");
  EXPECT_TRUE(open.judge.is_excused_stripe(0));
  Judgement later = open.cut({{8, foreign()}}, without({1}));
  EXPECT_EQ(told(later), "held");
  EXPECT_EQ(declared(later), "write_hole R5");

  SettledArray healed;
  healed.unacked_write(Scene::at(0));
  EXPECT_EQ(told(healed.cut({})), "held");
  healed.judge.redundancy_settled();
  EXPECT_EQ(told(healed.cut({{8, foreign()}}, without({1}))), "unstable R3");
}

TEST(WriteHole, WhatItShowedIsPinned) {
  SettledArray array;
  array.unacked_write(Scene::at(0));
  Judgement first = array.cut({{8, foreign()}}, without({1}));
  EXPECT_EQ(declared(first), "write_hole R5");
  array.judge.redundancy_settled();
  EXPECT_EQ(told(array.cut({{8, foreign(98)}}, without({1}))), "unstable R3");
}

TEST(WriteHole, NewArrayIsDirtyUntilItSettlesButNotWhereItWasWrittenWhole) {
  Scene fresh(array_profile(true));
  EXPECT_TRUE(fresh.judge.is_excused_stripe(0));
  WriteId w = fresh.write(Scene::at(0), write_fua);
  Judgement judgement = fresh.cut({{0, wrote(w)}, {8, foreign(1)}, {9, foreign(2)}}, without({1}));
  EXPECT_EQ(told(judgement), "unstable R3")
      << "parity of block 8's column was computed with the write";
  EXPECT_EQ(judgement.findings[0].where, Scene::at(8));
  ASSERT_EQ(declared(judgement), "write_hole R5");
  EXPECT_THAT(judgement.declared[0].story, HasSubstr("parity was never synced there"));
}

TEST(WriteHole, WritesAfterTheLossOfAMemberHealNothing) {
  Scene fresh(array_profile(true));
  fresh.history.member_lost();
  WriteId w = fresh.write(Scene::at(0), write_fua);
  Judgement judgement = fresh.cut({{0, wrote(w)}, {8, foreign()}}, without({1}));
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(declared(judgement), "write_hole R5");
  WriteId next = fresh.write(Scene::at(0), write_fua);
  Judgement again = fresh.cut({{0, wrote(next)}, {8, foreign(98)}}, without({1}));
  EXPECT_EQ(told(again), "held") << "the member was missing all the time";
}

TEST(WriteHole, LiveReadsOfALostMemberInADirtyStripe) {
  SettledArray array;
  array.unacked_write(Scene::at(0));
  EXPECT_EQ(told(array.cut({})), "held");
  array.history.member_lost();
  array.read(8, foreign());
  array.read(32, foreign());
  Judgement judgement = array.live(without({1}));
  EXPECT_EQ(told(judgement), "wrong_read R4");
  EXPECT_EQ(judgement.findings[0].where, Scene::at(32));
  EXPECT_EQ(declared(judgement), "write_hole R5");
}

TEST(WriteHole, UnreadableSectorsOpenItToo) {
  SettledArray array;
  array.unacked_write(Scene::at(0));
  Opening opening;
  opening.unreadable = {MemberPlace{1, 0}, MemberPlace{1, 4096}};
  Judgement judgement = array.cut({{8, foreign()}, {32, foreign()}}, opening);
  EXPECT_EQ(told(judgement), "unstable R3");
  EXPECT_EQ(declared(judgement), "write_hole R5");
}

TEST(WriteHole, UnreadableSectorsOpenItForThemselvesOnly) {
  SettledArray array;
  array.write(Scene::at(9), write_fua);
  array.write(Scene::at(16), write_fua);
  array.unacked_write(Scene::at(0));
  Opening opening;
  opening.unreadable = {MemberPlace{1, 0}};
  Judgement judgement = array.cut({{9, zeros()}, {16, zeros()}}, opening);
  EXPECT_EQ(told(judgement), "lost_durable R1, lost_durable R1");
  EXPECT_EQ(declared(judgement), "held");
}

// --- behind a journal: only stripes that were never synced are excused ---

TEST(JournaledArray, IsExcusedWhereParityWasNeverMade) {
  Scene fresh(array_profile(false));
  EXPECT_TRUE(fresh.judge.is_excused_stripe(0));
  EXPECT_TRUE(fresh.judge.is_any_stripe_excused());
  WriteId w = fresh.write(Scene::at(0), write_fua);
  Judgement judgement = fresh.cut({{0, wrote(w)}, {8, foreign(1)}, {9, foreign(2)}}, without({1}));
  EXPECT_EQ(told(judgement), "unstable R3") << "parity was made with the write";
  EXPECT_EQ(declared(judgement), "write_hole R5");
  fresh.judge.redundancy_settled();
  EXPECT_FALSE(fresh.judge.is_any_stripe_excused());
}

TEST(JournaledArray, StaysExcusedUnderATornWriteUntilItSettles) {
  Scene fresh(array_profile(false));
  fresh.unacked_write(Scene::at(0));
  EXPECT_EQ(told(fresh.cut({})), "held");
  EXPECT_TRUE(fresh.judge.is_excused_stripe(0));
  EXPECT_EQ(declared(fresh.cut({{8, foreign()}}, without({1}))), "write_hole R5");
}

TEST(JournaledArray, TornWritesExcuseNothing) {
  SettledArray array(false);
  array.unacked_write(Scene::at(0));
  EXPECT_EQ(told(array.cut({})), "held");
  EXPECT_FALSE(array.judge.is_excused_stripe(0));
  EXPECT_FALSE(array.judge.is_any_stripe_excused());
}

TEST(JournaledArray, ATornWriteNamesTheLossOfOneRecoveryOnly) {
  SettledArray array(false);
  array.write(Scene::at(8), write_fua);
  array.unacked_write(Scene::at(0));
  EXPECT_EQ(told(array.cut({{8, foreign()}}, without({1}))), "write_hole R5");
  EXPECT_EQ(told(array.cut({{8, foreign(98)}}, without({1}))), "unstable R3");
}

TEST(JournaledArray, ADamagedJournalLeavesTornWritesAsTheyAre) {
  Profile profile = array_profile(false);
  profile.atomic_write_bytes = 4096;
  for (bool is_damaged : {false, true}) {
    Scene array(profile);
    array.judge.redundancy_settled();
    WriteId acked = array.write(Scene::at(8, 8), write_fua);
    WriteId torn = array.unacked_write(Scene::at(0, 8));
    Opening opening;
    opening.has_damaged_journal = is_damaged;
    std::map<std::uint64_t, Content> shown{{0, wrote(torn)}};
    for (std::uint64_t i = 8; i < 16; ++i) shown[i] = wrote(acked);
    EXPECT_EQ(told(array.cut(shown, opening)), is_damaged ? "held" : "torn R2");
    EXPECT_EQ(array.judge.is_excused_stripe(0), is_damaged);
    EXPECT_FALSE(array.judge.is_excused_stripe(1));
    array.judge.redundancy_settled();
    EXPECT_FALSE(array.judge.is_excused_stripe(0)) << "a resync makes parity right";
  }
}

TEST(JournaledArray, ADamagedJournalExcusesParityOfAckedWritesButNoLoss) {
  SettledArray array(false);
  array.write(Scene::at(0), write_fua);
  Opening opening;
  opening.has_damaged_journal = true;
  EXPECT_EQ(told(array.cut({}, opening)), "lost_durable R1");
  EXPECT_TRUE(array.judge.is_excused_stripe(0));
  EXPECT_FALSE(array.judge.is_excused_stripe(1));
}

// --- R5a and R6 on raw images ---

class ArrayWithImages : public SettledArray {
 public:
  explicit ArrayWithImages(bool has_write_hole = true) : SettledArray(has_write_hole) {
    const RaidShape& shape = *profile.raid;
    images.members.assign(4, std::vector<std::byte>(8192 + shape.member_bytes));
    WriteId id = write(Extent(Lba(0), profile.sectors), write_fua);
    for (Lba lba; lba < Lba(profile.sectors.value); lba += Sectors(1)) {
      shown[lba.value] = wrote(id);
      MemberPlace place = place_of(shape, lba);
      std::byte* sector = &images.at(shape, place.role, place.offset);
      history.payload().encode(id, 1, lba, MutableBytes(sector, sector_bytes));
    }
    for (std::uint64_t at = 0; at < shape.member_bytes; ++at) {
      Row row = row_of(shape, at / shape.chunk_bytes);
      for (unsigned role : row.data) images.at(shape, row.p, at) ^= images.at(shape, role, at);
    }
  }
  Judgement compared(const std::vector<unsigned>& missing = {}) {
    Judgement judgement;
    judge.redundancy(images, missing, shows(shown), judgement);
    return judgement;
  }

  ImagesInMemory images;
  std::map<std::uint64_t, Content> shown;
};

TEST(Members, ThatMatchHold) {
  ArrayWithImages array;
  Judgement judgement = array.compared();
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(judgement.counts.stripes, 4u);
  EXPECT_EQ(judgement.counts.views, 5u);
  for (unsigned missing = 0; missing < 4; ++missing) {
    judgement = array.compared({missing});
    EXPECT_EQ(told(judgement), "held");
    EXPECT_EQ(judgement.counts.stripes, 0u);
    EXPECT_EQ(judgement.counts.views, 1u);
  }
}

TEST(Members, WithTornParityAreAMismatch) {
  ArrayWithImages array;
  array.images.at(*array.profile.raid, 3, 700) ^= std::byte{1};
  Judgement judgement = array.compared();
  ASSERT_EQ(told(judgement), "parity_mismatch R6");
  EXPECT_EQ(judgement.findings[0].story,
            "stripe 0: P on m3 does not match m0 (write 1, block 1), m1 (write 1, block 9), m2 "
            "(write 1, block 17), "
            "first in byte 700 of the page");
}

TEST(Members, InDirtyStripesAreNotComparedButCounted) {
  ArrayWithImages array;
  array.unacked_write(Scene::at(0));
  EXPECT_EQ(told(array.cut(array.shown)), "held");
  array.images.at(*array.profile.raid, 3, 700) ^= std::byte{1};
  Judgement judgement = array.compared();
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(judgement.counts.stripes, 3u);
  EXPECT_EQ(judgement.counts.stripes_dirty, 1u);
  EXPECT_EQ(judgement.counts.views, 1u);
}

TEST(Members, BehindAJournalAreComparedUnderTornWritesToo) {
  ArrayWithImages array(false);
  array.unacked_write(Scene::at(0));
  EXPECT_EQ(told(array.cut(array.shown)), "held");
  array.images.at(*array.profile.raid, 3, 700) ^= std::byte{1};
  EXPECT_EQ(told(array.compared()), "parity_mismatch R6");
}

// In RAID-6 with one member missing, P and Q of a torn stripe compute two different blocks; either is honest.
TEST(Members, MissingInADirtyStripeMayBeComputedEitherWay) {
  Profile profile = plain_profile(3 * 8);
  RaidShape shape;
  shape.level = 6;
  shape.raid_disks = 5;
  shape.chunk_bytes = 4096;
  shape.member_bytes = 4096;
  shape.data_offset_bytes.assign(5, 0);
  profile.raid = shape;
  Scene array(profile);
  ImagesInMemory images;
  images.members.assign(5, std::vector<std::byte>(4096));
  images.at(shape, row_of(shape, 0).p, 0) = std::byte{1};
  Judgement judgement;
  array.judge.redundancy(images, {row_of(shape, 0).data[0]}, array.shows({}), judgement);
  EXPECT_EQ(told(judgement), "held") << "never synced";
  array.judge.redundancy_settled();
  array.judge.redundancy(images, {row_of(shape, 0).data[0]}, array.shows({}), judgement);
  EXPECT_EQ(told(judgement), "parity_mismatch R6, write_hole R5");
}

TEST(Members, ThatHoldOtherDataThanTheVolumeShowsAreSeen) {
  ArrayWithImages array;
  array.shown[40] = zeros();
  Judgement judgement = array.compared();
  ASSERT_EQ(told(judgement), "write_hole R5");
  EXPECT_EQ(judgement.findings[0].story,
            "block 40 (stripe 1) shows zeros through the volume but write 1 in the member's image");
  EXPECT_EQ(told(array.compared({0})), "write_hole R5") << "computed";
}

TEST(Members, DegradedViewThroughTheEngineEqualsTheFullOne) {
  ArrayWithImages array;
  Judgement judgement;
  Observation full = array.shows(array.shown);
  array.shown[8] = foreign();
  Observation degraded = array.shows(array.shown);
  array.judge.degraded_view(full, full, {1}, judgement);
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(judgement.counts.views, 1u);
  array.judge.degraded_view(full, degraded, {1}, judgement);
  EXPECT_EQ(told(judgement), "write_hole R5");
}

}  // namespace
}  // namespace holdfast::oracle
