// What a disk does when it is sick (T5).

#include <set>

#include "tests/sim/disk_rig.h"

namespace holdfast::sim {
namespace {

constexpr auto is_lost = DiskRig::everything_is_lost;

TEST(SickDisk, BadSectorIsNamedAndItsNeighboursAreRead) {
  DiskRig rig;
  rig.write_durably(0, 'a', 16);
  rig.media.make_unreadable(Lba(9));
  DiskRig::Request& read = rig.end(rig.read(0, 16));
  EXPECT_EQ(read.answer->error(), IoError(IoErrorKind::media, Lba(9)));
  EXPECT_TRUE(rig.end(rig.read(0, 9)).is_ok());
  EXPECT_TRUE(rig.end(rig.read(10, 6)).is_ok());
}

TEST(SickDisk, BadSectorIsAWholeLogicalBlock) {
  DiskSpec spec = small_disk();
  spec.limits.logical_block_bytes = 4096;
  DiskRig rig(spec);
  rig.media.make_unreadable(Lba(9));
  EXPECT_EQ(rig.media.unreadable().size(), 8u);
  EXPECT_EQ(rig.end(rig.read(0, 16)).answer->error().where, Lba(8));
}

TEST(SickDisk, BadSectorIsGoodOnceItIsDurablyRewritten) {
  DiskRig rig;
  rig.media.make_unreadable(Lba(9));
  rig.end(rig.write(9, 'a', 1));
  EXPECT_TRUE(rig.end(rig.read(8)).is_ok());
  rig.cut(is_lost);
  EXPECT_EQ(rig.end(rig.read(8)).error(), IoErrorKind::media);
  rig.end(rig.write(9, 'a', 1, write_fua));
  rig.cut(is_lost);
  EXPECT_TRUE(rig.end(rig.read(8)).is_ok());
  EXPECT_EQ(rig.media.unreadable().size(), 0u);
}

TEST(SickDisk, RewriteIsDurableByAFlushToo) {
  DiskRig rig;
  rig.media.make_unreadable(Lba(9));
  rig.end(rig.write(8, 'a'));
  rig.end(rig.flush());
  rig.cut(is_lost);
  EXPECT_TRUE(rig.end(rig.read(8)).is_ok());
}

TEST(SickDisk, FailedReadIsOneCommandOnly) {
  DiskRig rig;
  DiskFaults faults;
  faults.read_error_ppm = 500'000;
  rig.disk->set_faults(faults);
  rig.choices.tell(Family::command_error, 1);
  EXPECT_EQ(rig.end(rig.read(0)).error(), IoErrorKind::io);
  rig.choices.tell(Family::command_error, 0);
  EXPECT_TRUE(rig.end(rig.read(0)).is_ok());
}

TEST(SickDisk, AnyPartOfAFailedWriteMayHaveTakenEffect) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    DiskRig rig;
    rig.choices.seed(seed);
    DiskFaults faults;
    faults.write_error_ppm = 1'000'000;
    rig.disk->set_faults(faults);
    EXPECT_EQ(rig.end(rig.write(0, 'a', 3)).error(), IoErrorKind::io);
    seen.insert(rig.content(0, 3));
  }
  EXPECT_EQ(seen.size(), 8u);
}

TEST(SickDisk, FailedFlushLosesForGoodWhatReadsStillShow) {
  DiskRig rig;
  DiskFaults faults;
  faults.flush_error_ppm = 1'000'000;
  rig.disk->set_faults(faults);
  rig.end(rig.write(0, 'a'));
  rig.choices.tell(Family::flush_error, 1);  // loses each fragment
  EXPECT_EQ(rig.end(rig.flush()).error(), IoErrorKind::io);
  EXPECT_TRUE(rig.disk->has_lost_writes());
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
  rig.disk->set_faults(DiskFaults());
  EXPECT_TRUE(rig.end(rig.flush()).is_ok());
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "........");
}

TEST(SickDisk, FailedFlushIsSeenAfterAHostCrashToo) {
  DiskRig rig;
  DiskFaults faults;
  faults.flush_error_ppm = 1'000'000;
  rig.disk->set_faults(faults);
  rig.end(rig.write(0, 'a'));
  rig.choices.tell(Family::flush_error, 1);
  rig.end(rig.flush());
  rig.end(rig.write(8, 'b'));
  rig.disk->host_crash(rig.cuts++, rig.fates);
  rig.boot();
  EXPECT_EQ(rig.content(0, 16), "........bbbbbbbb");
}

TEST(SickDisk, DroppedDeviceAnswersGoneUntilTheNextOpen) {
  DiskRig rig;
  rig.write_durably(0, 'a');
  rig.end(rig.write(8, 'b'));
  DiskRig::Request& in_flight = rig.write(16, 'c');
  rig.choices.tell(Family::cut_pattern, is_lost);
  rig.disk->drop(rig.cuts++, rig.fates);
  rig.executor->run_ready();
  EXPECT_EQ(in_flight.error(), IoErrorKind::gone);
  EXPECT_EQ(rig.end(rig.write(24, 'd')).error(), IoErrorKind::gone);
  EXPECT_EQ(rig.end(rig.read(0)).error(), IoErrorKind::gone);
  EXPECT_EQ(rig.end(rig.flush()).error(), IoErrorKind::gone);
  EXPECT_TRUE(rig.disk->is_gone());
  rig.boot();
  EXPECT_EQ(rig.content(0, 32), "aaaaaaaa........................");
  EXPECT_TRUE(rig.end(rig.read(0)).is_ok());
}

TEST(SickDisk, PowerCutAfterADropTakesNothingMore) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  rig.choices.tell(Family::cut_pattern, DiskRig::everything_lands);
  rig.disk->drop(rig.cuts++, rig.fates);
  rig.cut(is_lost);
  EXPECT_EQ(rig.content(0), "aaaaaaaa");
}

TEST(SickDisk, CopyOfTheMediaLivesByItself) {
  DiskRig rig;
  rig.end(rig.write(0, 'a'));
  Media copy = rig.media;
  rig.write_durably(0, 'b', 4);
  Fates fates;
  rig.choices.tell(Family::cut_pattern, is_lost);
  copy.power_cut({}, 9, rig.choices, fates);
  EXPECT_TRUE(all_zero(Bytes(copy.visible(0), page_bytes)));
  EXPECT_EQ(rig.content(0), "bbbbaaaa");
}

}  // namespace
}  // namespace holdfast::sim
