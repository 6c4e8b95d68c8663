// What a sick device, a cut between two superblocks or an odd request did to an array once, each as a test.
#include "tests/core/raid/fault_disk.h"
namespace holdfast::tests {
namespace {
constexpr std::uint64_t chunk = 16 << 10, member = 256 << 10;
RaidSpec r5(int n = 4) { return World::spec(5, "left-symmetric", n, chunk); }
RaidSpec r6(int n = 6) { return World::spec(6, "left-symmetric", n, chunk); }
// Such requests fail that begin in sectors [from, end).
auto fails(Op which, std::uint64_t from, std::uint64_t end = ~std::uint64_t{0}) {
  return [=](Op op, Extent e) -> std::optional<IoErrorKind> {
    bool is_one = op == which && e.first.value >= from && e.first.value < end;
    return is_one ? std::optional(IoErrorKind::io) : std::nullopt;
  };
}

// 1: RAID-6, one member dies during resync.
TEST(ArrayFaults, Raid6ResyncDoesNotTrustTheBufferOfAFailedRead) {
  for (std::size_t victim = 0; victim < 6; ++victim) {
    World w(r6(), member);
    w.create();
    w.open_whole();
    auto data = pattern(w.device().limits().sectors.bytes(), 5);
    ASSERT_TRUE(w.write(0, data));
    ASSERT_TRUE(w.run(w.device().flush()));
    w.host_crash();  // all on the disks; parity right; dirty
    auto data_offset = w.superblock(0).data_offset.value;
    w.disks[victim]->fault = fails(Op::read, data_offset);
    w.open_whole();
    auto got = w.read(0, data.size());
    ASSERT_TRUE(got);
    std::size_t bad = 0;
    for (std::size_t i = 0; i < data.size(); i += 512)
      bad += std::memcmp(&data[i], &(*got)[i], 512) != 0;
    EXPECT_EQ(bad, 0u) << "sectors wrong, victim " << victim << ", parity_corrected "
                       << w.marks.marks["raid.parity_corrected"];
  }
}
// 2: RAID-6, unsynced, one missing, write beside, second fails.
TEST(ArrayFaults, Raid6UnsyncedWriteWithOneMissingSurvivesASecondLoss) {
  int bad = 0, all = 0;
  for (std::size_t first = 0; first < 6; ++first)
    for (std::size_t second = 0; second < 6; ++second) {
      if (first == second) continue;
      World w(r6(), 2 << 20);
      for (std::size_t i = 0; i < 6; ++i) {
        w.disks[i]->bytes_ = pattern(2 << 20, 100 + i);
        std::fill_n(w.disks[i]->bytes_.begin(), 64 << 10, std::byte{0});
        w.disks[i]->all_durable();
      }
      w.create();
      for (auto& d : w.disks)
        d->yields = [](Op op, Extent e) { return op == Op::read && e.count.value > 100 ? -1 : 1; };
      ASSERT_TRUE(w.open());
      std::uint64_t row = w.device().limits().optimal_io_bytes / 512;
      w.disks[first]->is_gone = true;
      auto at = [&](unsigned i) { return (40 + i) * row + (i % 4) * 32; };
      for (unsigned i = 0; i < 12; ++i) ASSERT_TRUE(w.write(at(i), pattern(4096, 7 + i)));
      ASSERT_TRUE(w.run(w.device().flush()));
      for (unsigned i = 0; i < 12; ++i) ASSERT_EQ(*w.read(at(i), 4096), pattern(4096, 7 + i));
      w.disks[second]->is_gone = true;
      for (unsigned i = 0; i < 12; ++i) {
        auto got = w.read(at(i), 4096);
        ASSERT_TRUE(got);
        ++all;
        if (*got != pattern(4096, 7 + i) && ++bad == 1)
          std::printf("first wrong: row %u, lost role %zu, wrote, lost role %zu\n", i, first,
                      second);
      }
    }
  EXPECT_EQ(bad, 0) << "of " << all
                    << ": acked and flushed pages read back wrong with two members lost";
}
// 3: repair writes a whole page, the lease is one sector.
TEST(ArrayFaults, RepairStaysInsideItsLease) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  auto data = pattern(chunk, 1);
  ASSERT_TRUE(w.write(0, data));
  auto off = w.superblock(0).data_offset.value;
  w.disks[0]->unreadable = {off + 3};
  // parity (disk 3) answers slowly to the repair's page read
  w.disks[0]->yields = [](Op op, Extent e) {
    return op == Op::write && e.count.value == 8 ? 40 : 1;
  };
  SliceList into = allocate_slices(512);
  auto done = std::make_shared<std::optional<IoResult>>();
  w.executor().spawn(World::keep(w.device().read(Lba(3), into), done));
  for (int i = 0; i < 12; ++i) w.executor().run_one();
  auto fresh = pattern(512, 99);
  SliceList from = allocate_slices(512);
  copy(Bytes(fresh), from);
  auto wrote = std::make_shared<std::optional<IoResult>>();
  w.executor().spawn(World::keep(w.device().write(Lba(5), from, {}), wrote));
  w.executor().run_ready();
  ASSERT_TRUE(*done && **done);
  ASSERT_TRUE(*wrote && **wrote);
  EXPECT_EQ(w.disks[0]->overlaps, 0) << "W3: " << w.disks[0]->overlap_text;
  EXPECT_EQ(*w.read(5, 512), fresh) << "acked write is gone";
}
// Parity that doesn't match its data, as a torn write leaves it, must not reach what can be read.
TEST(ArrayFaults, RepairKeepsWhatCanBeReadBesideTheUnreadableSector) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  auto data = pattern(4096, 1);
  ASSERT_TRUE(w.write(0, data));
  auto off = w.superblock(0).data_offset.value;
  for (std::size_t at = 0; at < 4096; ++at) w.disks[3]->bytes_[off * 512 + at] ^= std::byte{1};
  w.disks[0]->unreadable = {off + 3};
  auto got = w.read(0, data.size());
  ASSERT_TRUE(got);
  EXPECT_TRUE(w.disks[0]->unreadable.empty());
  for (std::size_t sector = 0; sector < 8; ++sector) {
    bool is_kept = std::equal(data.begin() + 512 * sector, data.begin() + 512 * (sector + 1),
                              got->begin() + 512 * sector);
    EXPECT_EQ(is_kept, sector != 3) << "sector " << sector;
  }
}
// Else the member could be back after a power cut, and the block be another than the one that was read.
TEST(ArrayFaults, ReadFromParityThatMayBeTornIsAnsweredWhenTheFailureIsRecorded) {
  World w(r5(), member);
  w.create();
  auto off = w.superblock(0).data_offset.value;
  w.disks[0]->fault = fails(Op::read, off);
  w.disks[3]->yields = [=](Op op, Extent e) {
    bool is_resync = op == Op::read && e.first.value >= off && e.count.value > 8;
    return is_resync ? -1 : 1;
  };
  ASSERT_TRUE(w.open());
  // Row 5, where it holds the second chunk.
  constexpr std::uint64_t on_member_0_behind_resync = 512;
  ASSERT_TRUE(w.read(on_member_0_behind_resync, 4096));
  EXPECT_EQ(w.marks.marks["raid.degraded_read"], 1);
  EXPECT_EQ(w.marks.marks["raid.resync_finished"], 0);
  EXPECT_EQ(w.superblock(1).role_of(0), raid::role_faulty);
}
// A durable write that fails is a failed flush (W5). While the other members still work on it, member 0 answers another flush
// well: that one may be acked only when the superblocks call member 0 faulty.
TEST(ArrayFaults, AMemberWhoseDurableWriteFailedIsFailedBeforeTheOthersHaveAnswered) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(chunk, 1)));
  auto off = w.superblock(0).data_offset.value;
  bool is_next = true;
  w.disks[0]->fault = [&](Op op, Extent e) -> std::optional<IoErrorKind> {
    if (op == Op::write && e.first.value >= off && std::exchange(is_next, false))
      return IoErrorKind::io;
    return std::nullopt;
  };
  w.disks[1]->yields = [=](Op op, Extent e) {
    return op == Op::write && e.first.value >= off ? -1 : 1;
  };
  auto row = pattern(3 * chunk, 2);
  SliceList from = allocate_slices(row.size());
  copy(Bytes(row), from);
  auto wrote = std::make_shared<std::optional<IoResult>>();
  w.executor().spawn(World::keep(w.device().write(Lba(0), from, write_fua), wrote));
  w.executor().run_ready();
  ASSERT_FALSE(*wrote);
  ASSERT_FALSE(is_next);
  ASSERT_TRUE(w.run(w.device().flush()));
  EXPECT_FALSE(*wrote);
  EXPECT_EQ(w.superblock(2).role_of(0), raid::role_faulty);
}
TEST(ArrayFaults, ASuperblockWriteThatFailsFailsItsMemberBeforeTheOthersHaveAnswered) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  w.disks[0]->fault = fails(Op::write, 8, 9);
  w.disks[1]->yields = [](Op op, Extent e) {
    return op == Op::write && e.first.value == 8 ? -1 : 1;
  };
  SliceList from = zero_slices(4096);
  auto wrote = std::make_shared<std::optional<IoResult>>();
  w.executor().spawn(World::keep(w.device().write(Lba(0), from, {}), wrote));
  w.executor().run_ready();
  EXPECT_EQ(w.marks.marks["raid.member_failed"], 1);
}
// On disks that tear whatever is larger than a sector, a cut in the middle of the repair must spoil nothing else.
TEST(ArrayFaults, RepairWritesNothingButTheAtomicUnitsThatWereLost) {
  World w(r5(), member);
  for (auto& d : w.disks) d->limits_.atomic_write_bytes = 512;
  w.create();
  w.open_whole();
  auto data = pattern(4096, 1);
  ASSERT_TRUE(w.write(0, data));
  auto off = w.superblock(0).data_offset.value;
  w.disks[0]->unreadable = {off + 3, off + 4, off + 6};
  std::vector<Extent> repairs;
  w.disks[0]->yields = [&](Op op, Extent e) {
    if (op == Op::write && e.first.value >= off) repairs.push_back(e);
    return 1;
  };
  auto got = w.read(0, data.size());
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, data);
  ASSERT_EQ(repairs.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(repairs[i], Extent(Lba(off + std::array{3, 4, 6}[i]), Sectors(1)));
}
TEST(ArrayFaults, RepairWritesTheWholePageWhereTheDiskTakesNoPartOfIt) {
  World w(r5(), member);
  for (auto& d : w.disks) d->limits_.atomic_write_bytes = 512;
  w.create();
  w.open_whole();
  auto data = pattern(4096, 1);
  ASSERT_TRUE(w.write(0, data));
  auto off = w.superblock(0).data_offset.value;
  for (std::uint64_t i = 0; i < 8; ++i) w.disks[0]->unreadable.insert(off + i);
  w.disks[0]->fault = [&](Op op, Extent e) -> std::optional<IoErrorKind> {
    if (op == Op::write && e.first.value >= off && e.count.value < 8) return IoErrorKind::media;
    return std::nullopt;
  };
  auto got = w.read(0, data.size());
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, data);
  EXPECT_EQ(w.marks.marks["raid.member_failed"], 0);
  EXPECT_TRUE(w.disks[0]->unreadable.empty());
}
// Resync that finds a member unreadable leaves parity as it is, and that is believed from then on: only when it is recorded.
TEST(ArrayFaults, ResyncThatLosesAMemberRecordsItBeforeParityIsBelieved) {
  World w(r5(), member);
  w.create();
  auto off = w.superblock(0).data_offset.value;
  w.disks[0]->fault = fails(Op::read, off);
  w.disks[1]->yields = [=](Op op, Extent e) {
    return op == Op::read && e.first.value >= off ? 400 : 1;  // the write is done before resync
  };
  auto opened = std::make_shared<std::optional<OpenResult>>();
  auto open = opener_of(VolumeSpec{w.raid()});
  w.executor().spawn(World::keep(open(w.devices(), w.ports()), opened));
  while (!*opened) w.executor().run_one();
  w.volume_ = std::move(**opened).value();
  constexpr std::uint64_t behind_its_window = 960;
  SliceList row = allocate_slices(3 * chunk);
  auto wrote = std::make_shared<std::optional<IoResult>>();
  w.executor().spawn(World::keep(w.device().write(Lba(behind_its_window), row, {}), wrote));
  while (!*wrote) w.executor().run_one();
  EXPECT_EQ(w.marks.marks["raid.member_failed"], 0);
  ASSERT_TRUE(w.run(w.volume().settled()));
  EXPECT_EQ(w.superblock(1).role_of(0), raid::role_faulty);
}
// D5. While a failed journal is still needed, nobody may leave it two events behind: it would be stale, with acked writes in it.
TEST(ArrayFaults, AJournalThatCantBeToldIsNotLeftBehind) {
  RaidSpec spec = r6();
  spec.journal = "log";
  World w(spec, 1 << 20);
  w.create();
  w.open_whole();
  constexpr std::size_t log = 6;
  auto off = w.superblock(0).data_offset.value;
  w.disks[log]->fault = fails(Op::write, 0, off);
  bool is_first = true;
  w.disks[5]->yields = [&](Op op, Extent) {  // giving the journal up waits for it
    return op == Op::flush && std::exchange(is_first, false) ? -1 : 1;
  };
  w.disks[0]->is_gone = true;
  auto acked = pattern(64 << 10, 3);
  ASSERT_TRUE(w.write(0, acked));
  ASSERT_EQ(w.marks.marks["raid.journal_failed"], 1);
  w.disks[1]->is_gone = true;
  ASSERT_TRUE(w.read(0, 256 << 10));  // notices
  std::vector<std::shared_ptr<std::optional<IoResult>>> flushes;
  for (int i = 0; i < 3; ++i) {
    flushes.push_back(std::make_shared<std::optional<IoResult>>());
    w.executor().spawn(World::keep(w.device().flush(), flushes.back()));
    w.executor().run_ready();
    EXPECT_FALSE(flushes.back()->has_value());
    EXPECT_LE(w.superblock(2).events, w.superblock(log).events + 1);
  }
  std::mt19937 random(1);
  w.power_cut(random);
  auto opened = w.open({0, 1});
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*w.read(0, acked.size()), acked);
}
// Nor is an array dirty that lost its journal in a former life: it takes no writes, and a repair tears nothing.
TEST(ArrayFaults, RepairsOfAnArrayThatLostItsJournalLeaveItClean) {
  RaidSpec spec = r5();
  spec.journal = "log";
  World w(spec, 1 << 20);
  w.create();
  w.open_whole();
  auto data = pattern(chunk, 1);
  ASSERT_TRUE(w.write(0, data));
  w.disks[4]->is_gone = true;
  EXPECT_FALSE(w.write(0, data));
  ASSERT_TRUE(w.stop());
  w.host_crash();
  ASSERT_TRUE(w.open());
  w.disks[0]->unreadable = {w.superblock(0).data_offset.value + 3};
  EXPECT_EQ(*w.read(0, data.size()), data);
  EXPECT_TRUE(w.disks[0]->unreadable.empty());
  EXPECT_EQ(w.marks.marks["raid.media_error_repaired"], 1);
  EXPECT_EQ(w.marks.marks["raid.marked_dirty"], 0);
  EXPECT_TRUE(w.superblock(1).clean());
}
TEST(ArrayFaults, ResyncThatCantGoOnIsNotSettled) {
  World w(r5(), member);
  w.create();
  auto off = w.superblock(0).data_offset.value;
  w.disks[1]->unreadable = w.disks[2]->unreadable = {off + 3};
  ASSERT_TRUE(w.open());
  EXPECT_FALSE(w.run(w.volume().settled()));
  EXPECT_TRUE(w.stop());
  EXPECT_FALSE(w.superblock(0).clean());
}
// 4: two cuts, each in the middle of a superblock update.
void cut_when_half_written(World& w, std::size_t keep_only) {
  // superblock writes to others than keep_only never land
  for (std::size_t i = 0; i < w.disks.size(); ++i)
    if (i != keep_only)
      w.disks[i]->yields = [](Op op, Extent e) {
        return op == Op::write && e.first.value == 8 ? -1 : 1;
      };
  SliceList from = zero_slices(4096);
  auto r = w.try_run(w.device().write(Lba(0), from, {}));
  ASSERT_FALSE(r) << "the write must hang: power goes";
  w.host_crash();
}
TEST(ArrayFaults, TwoCutsInSuperblockUpdatesDoNotMakeMembersStale) {
  World w(r5(3), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.stop());
  auto o = w.open();
  ASSERT_TRUE(o);
  cut_when_half_written(w, 0);
  std::printf("after cut 1: events %lu %lu %lu\n", w.superblock(0).events, w.superblock(1).events,
              w.superblock(2).events);
  // next life: the cut comes in the next superblock update
  for (std::size_t i = 1; i < 3; ++i)
    w.disks[i]->yields = [](Op op, Extent e) {
      return op == Op::write && e.first.value == 8 ? -1 : 1;
    };
  ASSERT_TRUE(w.open());
  w.executor().run_ready();
  while (w.clock().step()) {
  }
  SliceList from = zero_slices(4096);
  (void)w.try_run(w.device().write(Lba(0), from, {}));
  w.host_crash();
  std::printf("after cut 2: events %lu %lu %lu\n", w.superblock(0).events, w.superblock(1).events,
              w.superblock(2).events);
  auto opened = w.open();
  EXPECT_TRUE(opened) << opened.error().message;
  for (auto& n : w.marks.notes) std::printf("note: %s\n", n.c_str());
}
// 5: equal events with different tables.
TEST(ArrayFaults, AMemberThatWasAbsentIsStaleAlsoWhenEventsAreEqual) {
  World w(r5(3), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(4096, 1)));
  ASSERT_TRUE(w.stop());
  ASSERT_TRUE(w.open());
  cut_when_half_written(w, 0);  // member 0 says N (dirty), the others N-1 (clean)
  w.open_whole({0});  // member 0 does not come back at first
  ASSERT_TRUE(w.write(0, pattern(64 << 10, 2)));
  ASSERT_TRUE(w.run(w.device().flush()));
  EXPECT_EQ(*w.read(0, 64 << 10), pattern(64 << 10, 2));
  std::printf("events %lu %lu %lu\n", w.superblock(0).events, w.superblock(1).events,
              w.superblock(2).events);
  w.host_crash();
  auto opened = w.open();  // now member 0 is back
  if (opened) {
    (void)w.run(w.volume().settled());
    EXPECT_EQ(w.volume().missing_devices().size(), 1u);
    EXPECT_TRUE(*w.read(0, 64 << 10) == pattern(64 << 10, 2))
        << "acked and flushed data replaced by a stale member's";
  }
}
TEST(ArrayFaults, UnsupportedDiscardOrZeroesDoesNotKillTheArray) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  auto data = pattern(1 << 17, 3);
  ASSERT_TRUE(w.write(0, data));
  for (auto& d : w.disks)
    d->fault = [](Op op, Extent) -> std::optional<IoErrorKind> {
      if (op == Op::discard || op == Op::zeroes) return IoErrorKind::unsupported;
      return std::nullopt;
    };
  auto r = w.run(w.device().discard({Lba(0), Sectors(96)}));
  std::printf("discard: %s\n", r ? "ok" : std::string(name_of(r.error().kind)).c_str());
  EXPECT_TRUE(w.write(0, data)) << "one unsupported discard broke the array";
  EXPECT_TRUE(w.read(0, data.size()));
}
TEST(ArrayFaults, ResyncOffsetAtTheEndBecomesClean) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.stop());
  for (std::size_t i = 0; i < 4; ++i) {
    auto s = w.superblock(i);
    s.resync_offset = s.size.value;
    w.put_superblock(i, s);
  }
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(4096, 1)));
  ASSERT_TRUE(w.stop());
  EXPECT_TRUE(w.superblock(0).clean())
      << w.superblock(0).resync_offset << " of " << w.superblock(0).size.value;
  auto o = w.open({1});
  EXPECT_TRUE(o) << o.error().message;
}
TEST(ArrayFaults, ResyncOffsetOddOn4Kn) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(4096, 1)));
  ASSERT_TRUE(w.stop());
  for (std::size_t i = 0; i < 4; ++i) {
    auto s = w.superblock(i);
    s.resync_offset = 3;
    w.put_superblock(i, s);
    w.disks[i]->limits_.logical_block_bytes = 4096;
  }
  w.open_whole();
  EXPECT_TRUE(w.read(0, 4096));
  EXPECT_TRUE(w.volume().missing_devices().empty());
  for (auto& n : w.marks.notes) std::printf("note: %s\n", n.c_str());
}
TEST(ArrayFaults, OddDataOffsetOn4Kn) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.stop());
  for (std::size_t i = 0; i < 4; ++i) {
    auto s = w.superblock(i);
    s.data_offset = Lba(s.data_offset.value + 1);
    s.data_size -= Sectors(1);
    w.put_superblock(i, s);
    w.disks[i]->limits_.logical_block_bytes = 4096;
  }
  auto o = w.open();
  if (!o) return;
  auto r = w.read(0, 4096);
  EXPECT_TRUE(r) << "opened, but every request kills a member: "
                 << w.volume().missing_devices().size();
}
TEST(ArrayFaults, ALengthThatIsNoMultipleOf512IsRefused) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  EXPECT_FALSE(w.write(0, pattern(700, 1))) << "acked, 188 bytes written nowhere";
}
TEST(ArrayFaults, ErrorsSpeakOfTheArraysSectors) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(96 << 10, 1)));
  auto off = w.superblock(0).data_offset.value;
  w.disks[0]->unreadable = {off + 11};
  w.disks[1]->unreadable = {off + 11};
  auto r = w.read(0, 4096 * 4);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().where.value, 11u);
  r = w.read(32, 4096 * 4);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().where.value, 32 + 11u);
}
TEST(ArrayFaults, Raid6OneMissingTwoBadPagesInDifferentPlacesAreReadable) {
  World w(r6(), member);
  w.create();
  w.open_whole();
  auto data = pattern(w.device().limits().sectors.bytes(), 1);
  ASSERT_TRUE(w.write(0, data));
  auto off = w.superblock(0).data_offset.value;
  w.disks[1]->is_gone = true;
  w.disks[2]->unreadable = {off + 1};
  w.disks[3]->unreadable = {off + 25};
  auto r = w.read(0, 16384);
  EXPECT_TRUE(r) << name_of(r.error().kind);
  EXPECT_TRUE(w.read(0, 4096)) << "first page alone";
  EXPECT_TRUE(w.read(24, 4096)) << "fourth page alone";
}
TEST(ArrayFaults, AFlushThatFailsAtOpenOfADirtyArrayIsDirtyDegraded) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(4096, 1)));
  w.host_crash();
  w.disks[1]->fault = [](Op op, Extent) -> std::optional<IoErrorKind> {
    if (op == Op::flush) return IoErrorKind::io;
    return std::nullopt;
  };
  auto o = w.open();
  EXPECT_FALSE(o) << "opened dirty and degraded without accept_dirty_degraded";
}
TEST(ArrayFaults, PreflushFuaFlushesEachMemberOnce) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(512, 1)));
  for (auto& d : w.disks) d->flushes = 0;
  ASSERT_TRUE(w.write(0, pattern(48 << 10, 1), write_preflush_fua));
  for (auto& d : w.disks) EXPECT_EQ(d->flushes, 1);
}
TEST(ArrayFaults, CreateWithManyMembers) {
  World w(r5(130), member);
  w.create();
  w.open_whole();
  EXPECT_EQ(w.superblock(129).role(), 129);
}
TEST(ArrayFaults, RepairDuringAReadIsMarkedDirtyFirst) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  ASSERT_TRUE(w.write(0, pattern(96 << 10, 1)));
  while (w.clock().step()) {
  }
  ASSERT_TRUE(w.superblock(0).clean());
  auto off = w.superblock(0).data_offset.value;
  bool clean_at_write = false;
  w.disks[0]->unreadable = {off + 3};
  w.disks[0]->before_write = [&](Lba at) {
    if (at.value >= off) clean_at_write = w.superblock(1).clean();
  };
  EXPECT_TRUE(w.read(0, 4096));
  EXPECT_FALSE(clean_at_write)
      << "D1: a data write of 8 sectors, 7 of them good, under a clean mark";
}
TEST(ArrayFaults, SuperblockWritesFitTheAtomicUnit) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  std::uint64_t most = 0;
  for (auto& d : w.disks) {
    d->limits_.atomic_write_bytes = 512;
    d->yields = [&](Op op, Extent e) {
      if (op == Op::write && e.first.value == 8) most = std::max(most, e.count.bytes());
      return 1;
    };
  }
  ASSERT_TRUE(w.write(0, pattern(512, 1)));
  EXPECT_LE(most, 512u);
}
TEST(ArrayFaults, ABrokenArrayTakesNoWriteThatWaited) {
  World w(r5(), member);
  w.create();
  w.open_whole();
  std::uint64_t row = 96;
  auto off = w.superblock(0).data_offset.value;
  ASSERT_TRUE(w.write(0, pattern(48 << 10, 1)));
  auto a = std::make_shared<std::optional<IoResult>>(),
       b = std::make_shared<std::optional<IoResult>>();
  auto one = pattern(48 << 10, 2);
  SliceList s1 = allocate_slices(one.size()), s2 = allocate_slices(one.size());
  copy(Bytes(one), s1);
  copy(Bytes(one), s2);
  int late = 0;
  for (int i : {2, 3})
    w.disks[i]->yields = [&](Op op, Extent e) {
      if (op == Op::write && e.first.value >= off && *a) ++late;
      return 1;
    };
  w.executor().spawn(World::keep(w.device().write(Lba(0), s1, {}), a));
  w.executor().spawn(World::keep(w.device().write(Lba(0), s2, {}), b));
  w.disks[0]->is_gone = w.disks[1]->is_gone = true;
  w.executor().run_ready();
  ASSERT_TRUE(*a && *b);
  EXPECT_FALSE(**a);
  EXPECT_FALSE(**b);
  (void)row;
  EXPECT_EQ(late, 0) << "M2: writes went to members after the array was broken";
}
}  // namespace
}  // namespace holdfast::tests
namespace holdfast::tests {
namespace {
TEST(ArrayFaults, ResyncOnSmall4KnMembers) {
  World w(World::spec(5, "left-symmetric", 4, 4096), (2 << 20) + 36 * 1024);
  for (auto& d : w.disks) d->limits_.logical_block_bytes = 4096;
  w.create();
  w.open_whole();
  EXPECT_TRUE(w.volume().missing_devices().empty());
  EXPECT_TRUE(w.read(0, 4096));
  for (auto& n : w.marks.notes) std::printf("note: %s\n", n.c_str());
}
}  // namespace
}  // namespace holdfast::tests
