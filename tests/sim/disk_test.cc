// The fault model, fact by fact.

#include "sim/disk.h"

#include <set>

#include "tests/sim/disk_rig.h"

namespace holdfast::sim {
namespace {

constexpr auto lands = DiskRig::everything_lands;
constexpr auto is_lost = DiskRig::everything_is_lost;

TEST(Disk, CompletedWriteIsSeenByReads) {
  DiskRig rig;
  rig.end(rig.write(8, 'a'));
  DiskRig::Request& read = rig.end(rig.read(0, 24));
  EXPECT_TRUE(read.is_ok());
  std::vector<std::byte> bytes(24 * sector_bytes);
  copy(Pages(read.pages), bytes);
  EXPECT_TRUE(all_zero(Bytes(bytes).first(4096)));
  EXPECT_EQ(bytes[4096], std::byte{'a'});
  EXPECT_EQ(bytes[8191], std::byte{'a'});
  EXPECT_TRUE(all_zero(Bytes(bytes).subspan(8192)));
}

TEST(Disk, WriteInFlightIsNotSeenYet) {
  DiskRig rig;
  rig.write(8, 'a');
  EXPECT_EQ(rig.content(8), "........");
}

TEST(Disk, PowerCutTakesWhatWasNotFlushed) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "........");
}

TEST(Disk, PowerCutMayLeaveWhatWasNotFlushed) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.write(8, 'b');  // in flight
  rig.cut(lands);
  EXPECT_EQ(rig.content(0, 16), "aaaaaaaabbbbbbbb");
}

TEST(Disk, FlushMakesDurableWhatHadCompletedBeforeItsSubmit) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  EXPECT_TRUE(rig.end(rig.flush()).is_ok());
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
}

TEST(Disk, FlushLeavesOutWhatCompletedAfterItsSubmit) {
  DiskRig rig;
  rig.choices.tell(Family::latency, 0);
  DiskRig::Request& write = rig.write(0, 'a');
  DiskRig::Request& flush = rig.flush();  // much slower than a cached write
  rig.end(write);
  ASSERT_FALSE(flush.has_ended());
  rig.end(flush);
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "........");
}

TEST(Disk, FlushInFlightPromisesNothing) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.flush();
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "........");
}

TEST(Disk, FuaIsDurableAtItsOwnCompletion) {
  DiskRig rig;
  rig.end(rig.write(0, 'a', 8, write_fua));
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
}

TEST(Disk, FuaOrdersNothingElse) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.end(rig.write(8, 'b', 8, write_fua));
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0, 16), "........bbbbbbbb");
}

TEST(Disk, PreflushTakesAlongWhatHadCompleted) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.end(rig.write(8, 'b', 8, write_preflush_fua));
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0, 16), "aaaaaaaabbbbbbbb");
}

TEST(Disk, NothingOfAWriteLandsBeforeItsPreflushHasEnded) {
  DiskRig rig;
  rig.write(0, 'a', 8, write_preflush_fua);
  rig.cut(lands);
  EXPECT_EQ(rig.content(0), "........");
}

TEST(Disk, PreflushWithoutFuaLeavesItsOwnWriteVolatile) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.end(rig.write(8, 'b', 8, WriteFlags(false, true)));
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0, 16), "aaaaaaaa........");
}

TEST(Disk, WithoutFuaOfItsOwnItIsMadeByAFlush) {
  DiskSpec spec = small_disk();
  spec.limits.has_fua = false;
  DiskRig rig(spec);
  rig.end(rig.write(0, 'a'));
  rig.end(rig.write(8, 'b', 8, write_fua));
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0, 16), "aaaaaaaabbbbbbbb");
}

TEST(Disk, VersionBelowADurableOneNeverReturns) {
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    DiskRig rig;
    rig.choices.seed(seed);
    rig.end(rig.write(0, 'a'));
    rig.end(rig.write(0, 'b', 8, write_fua));
    rig.end(rig.write(4, 'c', 8));  // over the second half
    rig.end(rig.write(6, 'd', 1, write_fua));
    rig.cut(DiskRig::each_by_coin);
    std::string seen = rig.content(0);
    EXPECT_EQ(seen.substr(0, 4), "bbbb");
    EXPECT_EQ(seen[6], 'd');
    EXPECT_EQ(seen.find('a'), std::string::npos) << seen;
    EXPECT_EQ(seen.find_first_not_of("bcd"), std::string::npos) << seen;
  }
}

TEST(Disk, OlderVersionNeverComesToLieAboveANewerOne) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    DiskRig rig;
    rig.choices.seed(seed);
    rig.end(rig.write(0, 'a', 1));
    rig.end(rig.write(0, 'b', 1));
    rig.write(0, 'c', 1);
    rig.cut(DiskRig::each_by_coin);
    seen.insert(rig.content(0, 1));
  }
  EXPECT_EQ(seen, (std::set<std::string>{".", "a", "b", "c"}));
}

TEST(Disk, EverySubsetOfFragmentsIsMet) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    DiskRig rig;
    rig.choices.seed(seed);
    rig.end(rig.write(0, 'a', 2));
    rig.write(2, 'b', 2);
    rig.cut(DiskRig::each_by_coin);
    seen.insert(rig.content(0, 4));
  }
  EXPECT_EQ(seen.size(), 16u);
}

TEST(Disk, WriteWithinTheAtomicUnitIsWholeOrAbsent) {
  DiskSpec spec = small_disk();
  spec.limits.atomic_write_bytes = 16384;
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    DiskRig rig(spec);
    rig.choices.seed(seed);
    rig.write(32, 'a', 32);
    rig.cut(DiskRig::each_by_coin);
    seen.insert(rig.content(32, 32));
  }
  EXPECT_EQ(seen, (std::set<std::string>{std::string(32, '.'), std::string(32, 'a')}));
}

TEST(Disk, WriteAcrossTwoAtomicUnitsTears) {
  DiskSpec spec = small_disk();
  spec.limits.atomic_write_bytes = 4096;
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    DiskRig rig(spec);
    rig.choices.seed(seed);
    rig.write(6, 'a', 4);
    rig.cut(DiskRig::each_by_coin);
    seen.insert(rig.content(6, 4));
  }
  EXPECT_EQ(seen.size(), 16u);
}

TEST(Disk, BlocksOf4KiBAreTheSmallestFragment) {
  DiskSpec spec = small_disk();
  spec.limits.logical_block_bytes = 4096;
  spec.limits.atomic_write_bytes = 4096;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    DiskRig rig(spec);
    rig.choices.seed(seed);
    rig.write(0, 'a', 32);
    rig.cut(DiskRig::each_by_coin);
    for (std::uint64_t at = 0; at < 32; at += 8) {
      std::string block = rig.content(at);
      EXPECT_TRUE(block == "aaaaaaaa" || block == "........") << block;
    }
  }
}

TEST(Disk, WithoutVolatileCacheCompletedMeansDurable) {
  DiskSpec spec = small_disk();
  spec.tier = Tier::t0;
  spec.limits.has_volatile_cache = false;
  DiskRig rig(spec);
  rig.end(rig.write(0, 'a'));
  rig.write(8, 'b');
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0, 16), "aaaaaaaa........");
}

TEST(Disk, TearsToArbitraryBytesOnlyAtT2AndAboveTheAtomicUnit) {
  auto met = [](Tier tier, std::uint64_t sectors) {
    DiskSpec spec = small_disk();
    spec.tier = tier;
    bool is_arbitrary = false;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      DiskRig rig(spec);
      rig.choices.seed(seed);
      rig.write(0, 'a', sectors);
      rig.cut(DiskRig::each_by_coin);
      is_arbitrary |= rig.content(0, sectors).find('?') != std::string::npos;
    }
    return is_arbitrary;
  };
  EXPECT_FALSE(met(Tier::t1, 8));
  EXPECT_TRUE(met(Tier::t2, 8));
  EXPECT_FALSE(met(Tier::t2, 1));
}

TEST(Disk, HostCrashKeepsTheCacheUntilTheNextPowerCut) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.write(8, 'b');
  rig.choices.tell(Family::cut_pattern, is_lost);
  rig.disk->host_crash(rig.cuts++, rig.fates);
  rig.boot();
  EXPECT_EQ(rig.content(0, 16), "aaaaaaaa........");
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "........");
}

TEST(Disk, ReportsTheFateOfEachFragment) {
  DiskRig rig;
  rig.end(rig.write(0, 'a', 2));
  rig.write(9, 'b', 1);
  rig.choices.tell(Family::cut_pattern, lands);
  rig.disk->power_cut(0, rig.fates);
  ASSERT_EQ(rig.fates.size(), 2u);
  EXPECT_EQ(rig.fates[0].extent, Extent(Lba(0), Sectors(2)));
  EXPECT_TRUE(rig.fates[0].was_completed && rig.fates[0].landed);
  EXPECT_EQ(rig.fates[1].extent, Extent(Lba(9), Sectors(1)));
  EXPECT_TRUE(!rig.fates[1].was_completed && rig.fates[1].landed);
}

TEST(Disk, AnyRequestInFlightMayCompleteNext) {
  DiskSpec spec = small_disk();
  spec.model = DiskModel::any_order;
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    DiskRig rig(spec);
    rig.choices.seed(seed);
    std::array<DiskRig::Request*, 3> writes{&rig.write(0, 'a'), &rig.write(8, 'b'),
                                            &rig.write(16, 'c')};
    std::string order;
    while (order.size() < 3) {
      rig.clock->fire_next();
      rig.executor->run_ready();
      for (std::size_t i = 0; i < 3; ++i)
        if (writes[i]->has_ended() && order.find(static_cast<char>('a' + i)) == std::string::npos)
          order += static_cast<char>('a' + i);
    }
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 6u);
}

TEST(Disk, HeadTravelsLongerToFarPlaces) {
  DiskSpec spec = small_disk();
  spec.model = DiskModel::hdd;
  auto time_to = [&spec](std::uint64_t lba) {
    DiskRig rig(spec);
    rig.end(rig.read(0));
    Nanoseconds before = rig.clock->now();
    rig.end(rig.read(lba));
    return rig.clock->now() - before;
  };
  EXPECT_LT(time_to(8), time_to(256));
  EXPECT_LT(time_to(256), time_to(504));
}

TEST(Disk, ChannelsServeAtOnceWhatAHeadServesInTurn) {
  auto time_of_8_reads = [](DiskModel model) {
    DiskSpec spec = small_disk();
    spec.model = model;
    DiskRig rig(spec);
    for (std::uint64_t at = 0; at < 64; at += 8) rig.read(at);
    Nanoseconds first;
    rig.clock->fire_next();
    first = rig.clock->now();
    rig.executor->run_ready();
    rig.end_all();
    return rig.clock->now().value / first.value;
  };
  EXPECT_EQ(time_of_8_reads(DiskModel::ssd), 1u);
  EXPECT_GE(time_of_8_reads(DiskModel::hdd), 7u);
}

TEST(Disk, RequestsOutsideOrUnalignedDoNothing) {
  DiskSpec spec = small_disk();
  spec.limits.logical_block_bytes = 4096;
  DiskRig rig(spec);
  EXPECT_EQ(rig.end(rig.write(508, 'a', 8)).error(), IoErrorKind::range);
  EXPECT_EQ(rig.end(rig.write(1, 'a', 8)).error(), IoErrorKind::range);
  EXPECT_EQ(rig.end(rig.read(0, 1)).error(), IoErrorKind::range);
}

TEST(Disk, DiscardReadsZeroWhereTheDiskSaysSo) {
  DiskSpec spec = small_disk();
  spec.limits.discard_granularity_bytes = 4096;
  spec.limits.discard_reads_zero = true;
  DiskRig rig(spec);
  rig.write_durably(0, 'a', 24);
  EXPECT_TRUE(rig.end(rig.discard(4, 16)).is_ok());
  EXPECT_EQ(rig.content(0, 24), "aaaaaaaa........aaaaaaaa");  // whole granules only
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0, 24), std::string(24, 'a'));        // volatile like a write
}

TEST(Disk, DiscardMayLeaveAnythingElsewhere) {
  DiskSpec spec = small_disk();
  spec.limits.discard_granularity_bytes = 4096;
  std::set<char> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    DiskRig rig(spec);
    rig.choices.seed(seed);
    rig.write_durably(0, 'a');
    rig.end(rig.discard(0, 8));
    seen.insert(rig.content(0)[0]);
  }
  EXPECT_EQ(seen, (std::set<char>{'.', '?', 'a'}));
}

TEST(DiskDeathTest, OverlappingRequestsAreTheCallersFault) {
  DiskRig rig;
  rig.write(0, 'a');
  EXPECT_DEATH(rig.write(7, 'b'), "W3");
  EXPECT_DEATH(rig.read(7), "W3");
}

TEST(Disk, ReadsMayOverlapReads) {
  DiskRig rig;
  rig.read(0);
  rig.read(4);
  rig.end_all();
  EXPECT_EQ(rig.disk->in_flight(), 0u);
}

TEST(DiskDeathTest, PagesOfAWriteStayUnchanged) {
  DiskRig rig;
  DiskRig::Request& write = rig.write(0, 'a');
  write.pages[0].data()[4095] = std::byte{'b'};
  EXPECT_DEATH(rig.end(write), "unchanged while it is in flight");
}

TEST(Disk, DestroyedTaskLeavesItsRequestInFlight) {
  DiskRig rig;
  rig.write(0, 'a');
  rig.executor->stop();
  EXPECT_EQ(rig.disk->in_flight(), 1u);
  rig.cut(lands);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
}

}  // namespace
}  // namespace holdfast::sim
