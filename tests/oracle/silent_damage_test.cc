// What the judge excuses where a fault was silent, and what it demands beside it.

#include <gtest/gtest.h>

#include "oracle/judge.h"
#include "tests/oracle/images.h"
#include "tests/oracle/scene.h"

namespace holdfast::oracle {
namespace {

// RAID-5, left-symmetric, 4 members of 4 chunks of 4 KiB. Row 0: blocks 0..7 on m0, 8..15 on m1, 16..23 on m2, P on m3.
Profile array_profile() {
  RaidShape shape;
  shape.raid_disks = 4;
  shape.chunk_bytes = 4096;
  shape.member_bytes = 4 * 4096;
  shape.data_offset_bytes.assign(4, 8192);
  Profile profile = plain_profile(shape.sectors().value);
  profile.raid = shape;
  return profile;
}

class SettledArray : public Scene {
 public:
  SettledArray() : Scene(array_profile()) { judge.redundancy_settled(); }
};

// All zeros, so that parity matches.
ImagesInMemory zero_images(const RaidShape& shape) {
  ImagesInMemory images;
  images.members.assign(4, std::vector<std::byte>(8192 + shape.member_bytes));
  return images;
}

void break_parity(ImagesInMemory& images, const RaidShape& shape, std::uint64_t stripe) {
  images.at(shape, row_of(shape, stripe).p, stripe * stripe_bytes) = std::byte{1};
}

Opening without(unsigned role) {
  Opening opening;
  opening.missing = {role};
  return opening;
}

std::uint64_t counted(const Judgement& judgement) { return judgement.counts.silent_by_format; }

TEST(SilentDamage, BlockThatWasHitIsCountedAndItsNeighborsAreJudged) {
  SettledArray untold;
  EXPECT_EQ(told(untold.cut({{3, foreign()}})), "unstable R3")
      << "without the fault it is a finding";
  SettledArray array;
  array.judge.silently_damaged(0, Scene::at(3));
  Judgement judgement = array.cut({{3, foreign()}, {4, foreign()}, {11, foreign()}});
  EXPECT_EQ(told(judgement), "unstable R3, unstable R3");
  EXPECT_EQ(judgement.findings[0].where, Scene::at(4));
  EXPECT_EQ(judgement.findings[1].where, Scene::at(11)) << "of the same column";
  EXPECT_EQ(counted(judgement), 1u);
}

TEST(SilentDamage, WhatWasSeenOnceStays) {
  SettledArray array;
  array.judge.silently_damaged(0, Scene::at(3));
  EXPECT_EQ(told(array.cut({{3, foreign(1)}})), "held");
  EXPECT_EQ(told(array.cut({})), "held");
  EXPECT_EQ(told(array.cut({{3, foreign(2)}})), "unstable R3");
}

TEST(SilentDamage, DurableWriteThatCameLaterMustBeThere) {
  SettledArray array;
  WriteId lost = array.write(Scene::at(3), write_fua);
  array.judge.silently_damaged(0, Scene::at(3));
  WriteId later = array.write(Scene::at(3), write_fua);
  EXPECT_EQ(told(array.cut({{3, wrote(lost)}})), "lost_durable R1");
  SettledArray other;
  other.write(Scene::at(3), write_fua);
  other.write(Scene::at(3), write_fua);
  other.judge.silently_damaged(0, Scene::at(3));
  EXPECT_EQ(told(other.cut({{3, wrote(lost)}})), "held") << "the later one itself was lost";
  EXPECT_EQ(lost + 1, later);
}

TEST(SilentDamage, ReadsFromTheHitOnMayBeWrong) {
  SettledArray array;
  array.read(3, foreign());
  array.judge.silently_damaged(0, Scene::at(3));
  EXPECT_EQ(told(array.live()), "wrong_read R4") << "it was wrong before";
  SettledArray other;
  other.judge.silently_damaged(0, Scene::at(3));
  other.read(3, foreign());
  Judgement judgement = other.live();
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(counted(judgement), 1u);
}

TEST(SilentDamage, ColumnIsWrongOnlyWhereItIsComputed) {
  SettledArray array;
  array.judge.silently_damaged(3, Scene::at(3));  // parity
  EXPECT_EQ(told(array.cut({{3, foreign()}})), "unstable R3") << "m0 is there";
  Judgement judgement = array.cut({{11, foreign()}}, without(1));
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(counted(judgement), 1u);
  EXPECT_EQ(told(array.cut({{12, foreign()}}, without(1))), "unstable R3") << "another column";
}

TEST(SilentDamage, ParityMayMismatchInTheHitStripeUntilItMatchesAgain) {
  SettledArray array;
  Observation seen = array.shows({});
  const RaidShape& shape = *array.profile.raid;
  ImagesInMemory images = zero_images(shape);
  break_parity(images, shape, 0);
  Judgement judgement;
  array.judge.redundancy(images, {}, seen, judgement);
  EXPECT_EQ(told(judgement), "parity_mismatch R6");

  array.judge.silently_damaged(3, Scene::at(3));
  judgement = {};
  array.judge.redundancy(images, {}, seen, judgement);
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(judgement.counts.stripes_dirty, 1u);
  break_parity(images, shape, 1);
  array.judge.redundancy(images, {}, seen, judgement);
  EXPECT_EQ(told(judgement), "parity_mismatch R6") << "another stripe";

  ImagesInMemory well = zero_images(shape);
  judgement = {};
  array.judge.redundancy_settled();
  array.judge.redundancy(well, {}, seen, judgement);
  EXPECT_EQ(judgement.counts.stripes_dirty, 0u);
  array.judge.redundancy(images, {}, seen, judgement);
  EXPECT_EQ(judgement.findings.size(), 2u) << "it was well again";
}

TEST(SilentDamage, HitOnAMemberThatIsAwayWaitsUntilItIsRead) {
  SettledArray array;
  array.judge.silently_damaged(1, Scene::at(3));
  EXPECT_EQ(told(array.cut({}, without(1))), "held") << "computed";
  EXPECT_EQ(told(array.cut({{11, foreign()}})), "held") << "it is back, with what had rotted";
  EXPECT_EQ(told(array.cut({{11, foreign(2)}})), "unstable R3") << "pinned";
}

TEST(SilentDamage, RottenJournalBringsBackWholeOlderBlocksOnly) {
  Opening rotten;
  rotten.has_rotten_journal = true;
  SettledArray array;
  WriteId older = array.write(Scene::at(3));
  array.write(Scene::at(3), write_fua);
  Judgement judgement = array.host_crash({{3, wrote(older)}}, rotten);
  EXPECT_EQ(told(judgement), "held");
  EXPECT_EQ(counted(judgement), 1u);
  judgement = array.host_crash({{3, zeros()}}, rotten);
  EXPECT_EQ(told(judgement), "held") << "what stood there before the first write";
  EXPECT_EQ(counted(judgement), 1u);
  array.write(Scene::at(5), write_fua);
  EXPECT_EQ(told(array.host_crash({{5, foreign()}}, rotten)), "garbage R1");
  array.write(Scene::at(6), write_fua);
  EXPECT_EQ(told(array.host_crash({{6, zeros()}})), "lost_durable R1") << "the journal is well";
  EXPECT_EQ(told(array.host_crash({{7, foreign()}}, rotten)), "unstable R3");
}

// --- T3 ---

TEST(SpoiledNeighbors, OnlyThePhysicalBlockOfATornWrite) {
  Profile profile = plain_profile(32);
  profile.arbitrary_under_unacked_writes = profile.tears_inside_blocks = true;
  profile.spoiled_with_bytes = 4096;
  Scene scene(profile);
  scene.write(Scene::at(9), write_fua);
  scene.unacked_write(Scene::at(1));
  Judgement judgement = scene.cut({{1, foreign(1)}, {2, foreign(2)}, {9, foreign(3)}});
  EXPECT_EQ(told(judgement), "garbage R1");
  EXPECT_EQ(judgement.findings[0].where, Scene::at(9));
}

TEST(SpoiledNeighbors, SectorsAreWholeWhereNothingTearsInside) {
  Profile profile = plain_profile(32);
  profile.arbitrary_under_unacked_writes = true;
  Scene scene(profile);
  scene.unacked_write(Scene::at(1));
  EXPECT_EQ(told(scene.cut({{1, foreign()}})), "garbage R1");
}

}  // namespace
}  // namespace holdfast::oracle
