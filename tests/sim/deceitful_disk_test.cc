// What a disk does that tears inside a block (T3), lies (T4), rots, stalls, or sends requests astray (T5); and that it tells
// what is silently wrong for it, no more.

#include <set>

#include "tests/sim/disk_rig.h"

namespace holdfast::sim {
namespace {

constexpr auto all_lands = DiskRig::everything_lands;
constexpr auto is_lost = DiskRig::everything_is_lost;
constexpr auto by_coin = DiskRig::each_by_coin;
constexpr std::uint32_t always = 1'000'000;

DiskSpec tearing_disk(std::uint32_t physical = 512) {
  DiskSpec spec = small_disk();
  spec.tier = Tier::t3;
  spec.limits.physical_block_bytes = physical;
  return spec;
}

// A rig whose disk has faults, and notes what it tells.
class Deceit : public DiskRig {
 public:
  explicit Deceit(const DiskSpec& spec = small_disk()) : DiskRig(spec) {}
  Deceit(std::uint32_t DiskFaults::* rate, Family family, const DiskSpec& spec = small_disk())
      : DiskRig(spec) {
    DiskFaults faults;
    faults.*rate = always;
    deceive(faults);
    choices.tell(family, 0);
  }
  void deceive(const DiskFaults& faults) {
    disk->set_faults(faults);
    disk->tell_damage([this](Extent extent) { told.push_back(extent); });
  }
  std::uint64_t did(Misdeed misdeed) const { return media.misdeeds(misdeed); }

  std::vector<Extent> told;
};

Extent at(std::uint64_t lba, std::uint64_t count) { return {Lba(lba), Sectors(count)}; }

std::string bytes_of_sector(const Media& media, std::uint64_t lba) {
  const std::byte* bytes = media.visible(lba / 8) + lba % 8 * sector_bytes;
  return {reinterpret_cast<const char*>(bytes), sector_bytes};
}

// What a write of 'b' over 'a', of one sector, leaves when it is torn in this shape.
std::string torn_sector(std::uint64_t shape) {
  DiskRig rig(tearing_disk());
  rig.write_durably(3, 'a', 1);
  rig.end(rig.write(3, 'b', 1));
  rig.choices.tell(Family::tears, 1);
  rig.choices.tell(Family::tear_shape, shape);
  rig.cut(by_coin);
  return bytes_of_sector(rig.media, 3);
}

// --- T3 ---

TEST(TearingDisk, TearsInsideASectorAtAnyByte) {
  EXPECT_EQ(torn_sector(5), std::string(5, 'b') + std::string(507, 'a'));
  EXPECT_EQ(torn_sector(511), std::string(511, 'b') + "a");
  EXPECT_EQ(torn_sector(512 + 100), std::string(100, 'a') + std::string(412, 'b'));
}

TEST(TearingDisk, SectorsOfLowerTiersAreWholeOrAbsent) {
  for (Tier tier : {Tier::t1, Tier::t2}) {
    DiskSpec spec = small_disk();
    spec.tier = tier;
    DiskRig rig(spec);
    rig.end(rig.write(3, 'b', 1));
    rig.choices.tell(Family::tears, 1);
    rig.cut(by_coin);
    EXPECT_EQ(rig.content(3, 1), "b");
  }
}

TEST(TearingDisk, SectorThatWasBeingWrittenIsUnreadableUntilItIsRewritten) {
  DiskRig rig(tearing_disk());
  rig.write_durably(0, 'a');
  rig.write(3, 'b', 1);  // in flight
  rig.choices.tell(Family::tears, 1);
  rig.choices.tell(Family::tear_shape, 1024);
  rig.cut(by_coin);
  EXPECT_EQ(rig.end(rig.read(0)).answer->error(), IoError(IoErrorKind::media, Lba(3)));
  EXPECT_TRUE(rig.end(rig.read(4, 4)).is_ok());
  rig.write_durably(3, 'c', 1);
  EXPECT_TRUE(rig.end(rig.read(0)).is_ok());
  EXPECT_EQ(rig.content(0), "aaacaaaa");
}

TEST(TearingDisk, RewriteThatIsTornLeavesItUnreadable) {
  DiskRig rig(tearing_disk());
  rig.media.make_unreadable(Lba(3));
  rig.write(3, 'b', 1);
  rig.choices.tell(Family::tears, 1);
  rig.choices.tell(Family::tear_shape, 5);
  rig.cut(by_coin);
  EXPECT_EQ(rig.end(rig.read(3, 1)).error(), IoErrorKind::media);
}

TEST(TearingDisk, TornPhysicalBlockSpoilsWhatStandsBesideInItAndNothingElse) {
  DiskRig rig(tearing_disk(2048));
  rig.write_durably(0, 'a', 16);
  rig.write(1, 'b', 1);
  rig.choices.tell(Family::tears, 1);
  rig.choices.tell(Family::tear_shape, 5);
  rig.choices.tell(Family::spoiled_neighbor, 1);
  rig.cut(by_coin);
  EXPECT_EQ(rig.content(0, 16), "????aaaaaaaaaaaa");
}

TEST(TearingDisk, SparedPlacesKeepTheirSectorsWhole) {
  DiskRig rig(tearing_disk());
  Zone zone;
  zone.content = at(16, 64);
  zone.is_rest_spared = true;
  rig.media.set_zone(zone);
  rig.write(3, 'b', 1);
  rig.write(20, 'b', 1);
  rig.choices.tell(Family::tears, 1);
  rig.choices.tell(Family::tear_shape, 5);
  rig.cut(by_coin);
  EXPECT_EQ(rig.content(3, 1), "b");
  EXPECT_EQ(rig.content(20, 1), "?");
  EXPECT_FALSE(rig.media.has_torn_rest());
}

TEST(TearingDisk, EachShapeIsMet) {
  std::uint64_t torn = 0, unreadable = 0, spoiled = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    DiskRig rig(tearing_disk(4096));
    rig.choices.seed(seed);
    rig.write(1, 'b', 3);
    rig.cut(by_coin);
    torn += rig.media.misdeeds(Misdeed::torn_inside);
    unreadable += rig.media.misdeeds(Misdeed::unreadable_after_cut);
    spoiled += rig.media.misdeeds(Misdeed::spoiled_neighbor);
  }
  EXPECT_GT(torn, 0u);
  EXPECT_GT(unreadable, 0u);
  EXPECT_GT(spoiled, 0u);
}

// --- T4 ---

TEST(LyingDisk, FlushedWritesAreLostAndTold) {
  Deceit rig(&DiskFaults::lying_flush_ppm, Family::lands);
  rig.end(rig.write(0, 'a'));
  EXPECT_TRUE(rig.end(rig.flush()).is_ok());
  rig.end(rig.write(8, 'b'));  // nobody promised it
  rig.choices.tell(Family::lands, 1);
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0, 16), "................");
  EXPECT_EQ(rig.told, std::vector<Extent>{at(0, 8)});
  EXPECT_EQ(rig.did(Misdeed::lying_flush), 1u);
}

TEST(LyingDisk, WhatLandsAnywayIsNoLie) {
  Deceit rig(&DiskFaults::lying_flush_ppm, Family::lands);
  rig.end(rig.write(0, 'a'));
  rig.end(rig.flush());
  rig.cut(all_lands);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
  EXPECT_TRUE(rig.told.empty());
}

TEST(LyingDisk, WhatAnHonestFlushFollowedIsDurable) {
  Deceit rig(&DiskFaults::lying_flush_ppm, Family::lands);
  rig.end(rig.write(0, 'a'));
  rig.end(rig.flush());
  rig.disk->set_faults(DiskFaults());
  rig.end(rig.flush());
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
  EXPECT_TRUE(rig.told.empty());
}

TEST(LyingDisk, PromiseThatANewerWriteFulfilsIsNotTold) {
  Deceit rig(&DiskFaults::lying_flush_ppm, Family::lands);
  rig.end(rig.write(0, 'a'));
  rig.end(rig.flush());
  rig.disk->set_faults(DiskFaults());
  rig.write_durably(0, 'b', 4);
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "bbbb....");
  EXPECT_EQ(rig.told, std::vector<Extent>{at(4, 4)});
}

TEST(LyingDisk, FuaThatIsInTheCacheOnlyIsLost) {
  Deceit rig(&DiskFaults::lying_fua_ppm, Family::lands);
  EXPECT_TRUE(rig.end(rig.write(2, 'a', 3, write_fua)).is_ok());
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "........");
  EXPECT_EQ(rig.told, std::vector<Extent>{at(2, 3)});
  EXPECT_EQ(rig.did(Misdeed::lying_fua), 1u);
}

TEST(LyingDisk, SparedPlacesGetWhatTheyWerePromised) {
  Deceit rig(&DiskFaults::lying_flush_ppm, Family::lands);
  Zone zone;
  zone.content = at(16, 64);
  zone.is_rest_spared = true;
  rig.media.set_zone(zone);
  rig.end(rig.write(0, 'a'));
  rig.end(rig.write(16, 'a'));
  rig.end(rig.flush());
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
  EXPECT_EQ(rig.content(16), "........");
  EXPECT_EQ(rig.told, std::vector<Extent>{at(16, 8)});
}

TEST(LyingDisk, EraseBlockReturnsToWhatItHeldWhenTheBootBegan) {
  Deceit rig(&DiskFaults::rollback_ppm, Family::rollback);  // the first erase block
  rig.write_durably(0, 'a');
  rig.write_durably(64, 'a');
  rig.media.remember();
  rig.write_durably(2, 'b', 2);
  rig.write_durably(64, 'b');
  rig.choices.tell(Family::rollback, 0);
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
  EXPECT_EQ(rig.content(64), "bbbbbbbb");
  EXPECT_EQ(rig.told, std::vector<Extent>{at(2, 2)});
}

// --- T5 ---

TEST(RottenDisk, OneBitChangesAndStaysChanged) {
  DiskRig rig;
  rig.write_durably(0, 'a');
  rig.media.rot(Lba(3), 8 * 100 + 1);
  std::string rotten = bytes_of_sector(rig.media, 3);
  EXPECT_EQ(rotten[100], 'a' ^ 2);
  EXPECT_EQ(rig.content(0), "aaa?aaaa");
  EXPECT_TRUE(rig.end(rig.read(0)).is_ok());
  rig.cut(is_lost);
  EXPECT_EQ(bytes_of_sector(rig.media, 3), rotten);
}

TEST(RottenDisk, RotIsBelowWhatTheCacheHolds) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.media.rot(Lba(3), 0);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "...?....");
}

TEST(AstrayDisk, LostWriteIsAcknowledgedAndNeverLands) {
  Deceit rig(&DiskFaults::lost_write_ppm, Family::lands);
  EXPECT_TRUE(rig.end(rig.write(0, 'a', 8, write_fua)).is_ok());
  EXPECT_EQ(rig.content(0), "........");
  EXPECT_EQ(rig.told, std::vector<Extent>{at(0, 8)});
  rig.disk->set_faults(DiskFaults());
  rig.end(rig.write(2, 'b', 1));
  EXPECT_EQ(rig.content(0), "..b.....");
}

TEST(AstrayDisk, LossOfWhatStandsThereAlreadyIsNotTold) {
  Deceit rig(&DiskFaults::lost_write_ppm, Family::lands);
  rig.disk->set_faults(DiskFaults());
  rig.write_durably(0, 'a', 4);
  DiskFaults faults;
  faults.lost_write_ppm = always;
  rig.deceive(faults);
  rig.end(rig.write(0, 'a'));
  EXPECT_EQ(rig.told, std::vector<Extent>{at(4, 4)});
}

TEST(AstrayDisk, MisdirectedWriteLandsElsewhereOnly) {
  Deceit rig(&DiskFaults::misdirected_write_ppm, Family::misdirected_write);
  rig.choices.tell(Family::misdirected_write, 4);  // over page 2 it becomes page 5
  EXPECT_TRUE(rig.end(rig.write(17, 'a', 3)).is_ok());
  EXPECT_EQ(rig.content(16), "........");
  EXPECT_EQ(rig.content(40), ".aaa....");
  EXPECT_EQ(rig.told, (std::vector<Extent>{at(17, 3), at(41, 3)}));
  rig.end(rig.flush());
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(40), ".aaa....");
}

TEST(AstrayDisk, MisdirectedReadIsOneAnswerOnly) {
  Deceit rig(&DiskFaults::misdirected_read_ppm, Family::misdirected_read);
  rig.write_durably(0, 'a');
  rig.write_durably(40, 'a', 2);
  rig.write_durably(42, 'b', 6);
  rig.choices.tell(Family::misdirected_read, 4);
  DiskRig::Request& read = rig.end(rig.read(0));
  EXPECT_TRUE(read.is_ok());
  EXPECT_EQ(std::memcmp(read.pages[0].data(), rig.media.visible(5), page_bytes), 0);
  EXPECT_EQ(rig.told, std::vector<Extent>{at(2, 6)});
  rig.disk->set_faults(DiskFaults());
  DiskRig::Request& again = rig.end(rig.read(0));
  EXPECT_EQ(std::memcmp(again.pages[0].data(), rig.media.visible(0), page_bytes), 0);
}

TEST(AstrayDisk, StalledCommandAnswersAfterHalfAMinute) {
  Deceit rig(&DiskFaults::stall_ppm, Family::latency);
  rig.write_durably(0, 'a');
  EXPECT_GE(rig.clock->now(), Nanoseconds::of_milliseconds(30'000));
  EXPECT_LT(rig.clock->now(), Nanoseconds::of_milliseconds(31'000));
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
  EXPECT_TRUE(rig.told.empty());
}

}  // namespace
}  // namespace holdfast::sim
