// Whom the adversary hurts, and what it keeps within the budget.

#include "sim/adversary.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace holdfast::sim {
namespace {

constexpr std::size_t journal = 4;  // of five devices
constexpr std::uint32_t always = 1'000'000;

class Sick {
 public:
  explicit Sick(const FaultSpec& spec, std::uint64_t seed = 1,
                std::optional<std::size_t> journal_device = journal)
      : choices(seed), adversary(spec, 5, journal_device, 10, atlas(spec), choices) {
    for (std::uint16_t number = 0; number < 5; ++number) {
      DiskSpec disk;
      disk.limits.sectors = Sectors::of_bytes(64 << 10);
      media.emplace_back(disk, number, choices);
    }
  }
  // Members are devices 0 to 3, their data sectors 16 to 120.
  std::optional<StripeAtlas> atlas(const FaultSpec& spec) {
    if (spec.victims != Victims::stripes) return std::nullopt;
    oracle::RaidShape shape;
    shape.raid_disks = 4;
    shape.chunk_bytes = 4096;
    shape.member_bytes = 13 * 4096;
    shape.data_offset_bytes.assign(4, 8192);
    return StripeAtlas(shape, {}, 512, choices);
  }
  std::vector<bool> open() { return adversary.devices_at_open(media, counts); }
  bool is_journal_there() { return open()[journal]; }
  std::size_t unreadable(std::size_t device) const { return media[device].unreadable().size(); }

  SeededChoices choices;
  Adversary adversary;
  std::vector<Media> media;
  RunCounts counts;
};

FaultSpec faults_on(Victims victims, std::uint32_t max_degraded = 1) {
  FaultSpec spec;
  spec.swarm = false;
  spec.victims = victims;
  spec.max_degraded = max_degraded;
  return spec;
}

// Devices that were ever absent when every victim is.
std::vector<std::size_t> victims_of(FaultSpec spec, std::uint64_t seed) {
  spec.absent_ppm = always;
  std::vector<bool> present = Sick(spec, seed).open();
  std::vector<std::size_t> victims;
  for (std::size_t i = 0; i < present.size(); ++i)
    if (!present[i]) victims.push_back(i);
  return victims;
}

TEST(Adversary, ChoosesVictimsOnlyAmongThoseNamed) {
  std::vector<std::size_t> seen(5);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(victims_of(faults_on(Victims::journal), seed), std::vector<std::size_t>{journal});
    EXPECT_EQ(victims_of(faults_on(Victims::journal, 2), seed), std::vector<std::size_t>{journal});
    std::vector<std::size_t> members = victims_of(faults_on(Victims::members, 2), seed);
    EXPECT_EQ(members.size(), 2u);
    EXPECT_EQ(std::ranges::count(members, journal), 0);
    std::vector<std::size_t> any = victims_of(faults_on(Victims::any, 2), seed);
    EXPECT_EQ(any.size(), 2u) << "the journal counts as one";
    for (std::size_t device : any) ++seen[device];
  }
  for (std::size_t count : seen) EXPECT_GT(count, 5u);
}

TEST(Adversary, TheSwarmLeavesCertaintyAlone) {
  unsigned rarer = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededChoices choices(seed);
    FaultSpec spec;
    spec.settle_ppm = always;
    EXPECT_EQ(swarmed(spec, choices).settle_ppm, always);
    spec.settle_ppm = always - 4;
    rarer += swarmed(spec, choices).settle_ppm < always / 2;
  }
  EXPECT_GT(rarer, 5u);
}

TEST(Adversary, AJournalThatDroppedIsBackAtTheNextOpen) {
  FaultSpec spec = faults_on(Victims::journal);
  spec.device_return_ppm = 0;
  Sick sick(spec);
  for (int n = 0; n < 3; ++n) {
    sick.adversary.dropped(journal);
    EXPECT_TRUE(sick.is_journal_there());
    EXPECT_FALSE(sick.adversary.is_journal_away());
    sick.adversary.volume_misses({});
  }
}

TEST(Adversary, AMemberThatDroppedMayStayAway) {
  FaultSpec spec = faults_on(Victims::members, 4);
  spec.device_return_ppm = 0;
  Sick sick(spec);
  sick.adversary.dropped(0);
  EXPECT_FALSE(sick.open()[0]);
  EXPECT_FALSE(sick.open()[0]);
}

TEST(Adversary, AJournalThatTheVolumeGaveUpMayStayAwayAndComeBack) {
  FaultSpec spec = faults_on(Victims::journal);
  Sick sick(spec);
  sick.adversary.dropped(journal);
  EXPECT_TRUE(sick.is_journal_there());
  sick.adversary.volume_misses({journal});
  unsigned there = 0;
  for (int n = 0; n < 100; ++n) {
    there += sick.is_journal_there();
    EXPECT_FALSE(sick.adversary.is_journal_away()) << "no open is to be refused";
    sick.adversary.volume_misses({journal});
  }
  EXPECT_GT(there, 30u);
  EXPECT_LT(there, 70u);
}

TEST(Adversary, AnAbsentJournalIsAwayForOneOpen) {
  FaultSpec spec = faults_on(Victims::journal);
  spec.absent_ppm = always;
  Sick sick(spec);
  for (int n = 0; n < 3; ++n) {
    EXPECT_FALSE(sick.is_journal_there());
    EXPECT_TRUE(sick.adversary.is_journal_away());
    EXPECT_TRUE(sick.is_journal_there());
    EXPECT_FALSE(sick.adversary.is_journal_away());
    sick.adversary.volume_misses({});
  }
  EXPECT_EQ(sick.counts.devices_lost, 3u);
  EXPECT_EQ(sick.counts.devices_returned, 3u);
}

// Else every later refusal would be excused, for ever.
TEST(Adversary, AJournalThatTheVolumeDoesWithoutIsNotAway) {
  FaultSpec spec = faults_on(Victims::journal);
  spec.absent_ppm = always;
  Sick sick(spec);
  EXPECT_FALSE(sick.is_journal_there());
  ASSERT_TRUE(sick.adversary.is_journal_away());
  sick.adversary.volume_misses({journal});
  EXPECT_FALSE(sick.adversary.is_journal_away());
  sick.open();
  EXPECT_FALSE(sick.adversary.is_journal_away());
}

TEST(Adversary, TheLogIsDamagedOnlyWhereNoCacheIsLost) {
  for (std::uint32_t power_cuts : {0u, 1u}) {
    for (Victims victims : {Victims::any, Victims::journal}) {
      FaultSpec spec = faults_on(victims, 4);
      spec.power_cut_weight = power_cuts;
      spec.host_crash_weight = 1;
      spec.bad_sector_ppm = always;
      for (std::uint64_t seed = 0; seed < 10; ++seed) {
        Sick sick(spec, seed);
        sick.open();
        bool is_damaged = power_cuts == 0 && victims == Victims::journal;
        EXPECT_EQ(sick.unreadable(journal) > 0, is_damaged);
        EXPECT_EQ(sick.adversary.was_journal_damaged(), is_damaged);
        bool has_unreadable_member = false;
        for (std::size_t member = 0; member < journal; ++member)
          has_unreadable_member |= sick.unreadable(member) > 0;
        EXPECT_EQ(has_unreadable_member, victims == Victims::any);
      }
    }
  }
}

TEST(Adversary, ReadsOfAJournalDoNotFail) {
  FaultSpec spec = faults_on(Victims::any, 4);
  spec.errors = {1, 2, 3};
  unsigned journals = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Sick sick(spec, seed);
    for (std::size_t device = 0; device < 5; ++device) {
      DiskFaults errors = sick.adversary.errors_of(device);
      if (errors.write_error_ppm == 0) continue;
      EXPECT_EQ(errors.read_error_ppm, device == journal ? 0u : 1u);
      EXPECT_EQ(errors.flush_error_ppm, 3u);
      journals += device == journal;
    }
  }
  EXPECT_GT(journals, 5u);
}

// --- silent faults ---

FaultSpec deceitful(Victims victims) {
  FaultSpec spec = faults_on(victims);
  spec.bit_rot_ppm = spec.errors.lost_write_ppm = spec.errors.stall_ppm = always;
  return spec;
}

// Devices that lose writes; who rots is the same.
std::vector<std::size_t> deceivers_of(const FaultSpec& spec, std::uint64_t seed) {
  Sick sick(spec, seed);
  std::vector<std::size_t> deceivers;
  for (std::size_t i = 0; i < 5; ++i) {
    bool deceives = sick.adversary.errors_of(i).lost_write_ppm > 0;
    if (deceives) deceivers.push_back(i);
    EXPECT_EQ(!sick.adversary.rot(sick.media[i]).empty(), deceives);
    EXPECT_EQ(sick.adversary.errors_of(i).stall_ppm, always) << "A8";
  }
  return deceivers;
}

TEST(Adversary, OnlyVictimsDeceiveAndTheJournalOnlyWhereNoPowerIsCut) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    EXPECT_EQ(deceivers_of(deceitful(Victims::members), seed).size(), 1u);
    EXPECT_TRUE(deceivers_of(deceitful(Victims::journal), seed).empty());
    FaultSpec no_cuts = deceitful(Victims::journal);
    no_cuts.power_cut_weight = 0;
    no_cuts.host_crash_weight = 1;
    EXPECT_EQ(deceivers_of(no_cuts, seed), std::vector<std::size_t>{journal});
  }
}

TEST(Adversary, OverBudgetEveryDeviceDeceives) {
  FaultSpec spec = deceitful(Victims::members);
  spec.over_budget = true;
  EXPECT_EQ(deceivers_of(spec, 1).size(), 5u);
}

TEST(Adversary, DeviceWithAWrongSuperblockIsLeftOutOnceAndForGood) {
  Sick sick(faults_on(Victims::members));
  EXPECT_FALSE(sick.adversary.leaves_out()) << "no superblock was hit";
  std::size_t victim = 0;
  while (!sick.adversary.is_victim(victim)) ++victim;
  sick.adversary.deceived_superblock(victim);
  EXPECT_TRUE(sick.open()[victim]);
  EXPECT_TRUE(sick.adversary.leaves_out());
  for (int n = 0; n < 20; ++n) EXPECT_FALSE(sick.open()[victim]);
  EXPECT_FALSE(sick.adversary.leaves_out());
  EXPECT_TRUE(sick.adversary.has_struck(sick.media));
}

TEST(Adversary, OfVictimsByStripesEveryMemberIsIllAndNoStripeTwice) {
  FaultSpec spec = faults_on(Victims::stripes);
  spec.bad_sector_ppm = always;
  std::set<std::size_t> ill;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Sick sick(spec, seed);
    for (int n = 0; n < 50; ++n)
      EXPECT_EQ(sick.open(), std::vector<bool>(5, true)) << "no device is lost";
    EXPECT_EQ(sick.unreadable(journal), 0u);
    std::map<std::uint64_t, std::set<std::size_t>> hit;
    for (std::size_t device = 0; device < journal; ++device) {
      for (Lba sector : sick.media[device].unreadable()) {
        EXPECT_GE(sector.value, 16u) << "a superblock";
        EXPECT_LT(sector.value, 16u + 13 * 8);
        hit[sector.value / 8].insert(device);
        ill.insert(device);
      }
    }
    EXPECT_GT(hit.size(), 6u);
    for (const auto& [stripe, devices] : hit) EXPECT_EQ(devices.size(), 1u) << stripe;
  }
  EXPECT_EQ(ill.size(), 4u);
}

TEST(Adversary, BitsRotInTheStripesOfTheAtlasOnly) {
  FaultSpec spec = faults_on(Victims::stripes);
  spec.bit_rot_ppm = always;
  Sick sick(spec);
  std::map<std::uint64_t, std::set<std::size_t>> hit;
  for (int n = 0; n < 100; ++n) {
    sick.open();
    for (std::size_t device = 0; device < sick.media.size(); ++device)
      for (Lba sector : sick.adversary.rot(sick.media[device]))
        hit[sector.value / 8].insert(device);
  }
  EXPECT_EQ(hit.size(), 13u) << "every stripe in the end";
  for (const auto& [stripe, devices] : hit) {
    EXPECT_EQ(devices.size(), 1u) << stripe;
    EXPECT_FALSE(devices.contains(journal));
  }
}

TEST(Adversary, OfTwoVictimsByStripesOneIsAWholeDevice) {
  FaultSpec spec = faults_on(Victims::stripes, 2);
  EXPECT_EQ(victims_of(spec, 3).size(), 1u);
  EXPECT_TRUE(victims_of(faults_on(Victims::stripes), 3).empty());
}

}  // namespace
}  // namespace holdfast::sim
