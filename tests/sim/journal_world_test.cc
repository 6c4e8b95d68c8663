// A world with a journal: what a run demands of a volume that loses it, and what it excuses.

#include <gtest/gtest.h>

#include "sim/world.h"

namespace holdfast::sim {
namespace {

constexpr std::size_t journal = 1;

enum class Fault {
  none,
  answers_io,  // after the loss of its journal, where `read_only` is due
  refuses_for_fun,  // writes, with a journal that is well
  gives_up_for_fun,  // the journal, which is well
  promises_a_cache,  // which it must not have, and acks what isn't durable
  never_refuses,  // opens without its journal, and has lost data by that
};

// Data on device 0, each write first on device 1; the last page of device 0 says whether that one is lost.
class MirroredWrites final : public Volume, public BlockDevice {
 public:
  MirroredWrites(Devices devices, Fault fault, bool has_lost_journal)
      : data_(*devices[0]),
        journal_(devices[journal]),
        fault_(fault),
        has_lost_journal_(has_lost_journal),
        limits_(data_.limits()) {
    limits_.sectors = Sectors(limits_.sectors.value - 8);
    limits_.has_volatile_cache = fault == Fault::promises_a_cache;
  }

  Lba flag_place() const { return Lba(limits_.sectors.value); }

  BlockDevice& device() override { return *this; }
  Task<IoResult> settled() override { co_return IoResult(); }
  Task<IoResult> stop() override { return data_.flush(); }
  std::vector<std::size_t> missing_devices() const override {
    return has_lost_journal_ ? std::vector{journal} : std::vector<std::size_t>();
  }

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override { return data_.read(first, into); }
  Task<IoResult> flush() override { return data_.flush(); }
  Task<IoResult> discard(Extent extent) override {
    co_return io_error(IoErrorKind::unsupported, extent.first);
  }
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override {
    SliceList zeros = zero_slices(extent.count.bytes());
    auto written = co_await write(extent.first, zeros, flags);
    co_return written;
  }
  Task<IoResult> write(Lba first, Pages from, WriteFlags) override {
    if (fault_ == Fault::refuses_for_fun && first.value % 16 == 0) co_return refused(first);
    if (has_lost_journal_) co_return refused(first);
    auto noted = co_await journal_->write(first, from, write_fua);
    if (!noted) {
      if (!std::exchange(has_lost_journal_, true)) co_await record_loss();
      co_return refused(first);
    }
    bool is_durable = fault_ != Fault::promises_a_cache;
    auto written = co_await data_.write(first, from, WriteFlags(is_durable, false));
    co_return written;
  }

 private:
  IoResult refused(Lba first) const {
    return io_error(fault_ == Fault::answers_io ? IoErrorKind::io : IoErrorKind::read_only, first);
  }
  Task<> record_loss() {
    SliceList flag = zero_slices(page_bytes);
    flag[0] = Slice(Page::allocate());
    std::fill_n(flag[0].room().begin(), page_bytes, std::byte{'L'});
    IoResult recorded = co_await data_.write(flag_place(), flag, write_fua);
    check(recorded.has_value(), "the first device is well");
  }

  BlockDevice& data_;
  BlockDevice* journal_;
  Fault fault_;
  bool has_lost_journal_;
  DeviceLimits limits_;
};

Task<OpenResult> open_mirrored(Devices devices, Fault fault) {
  IoResult flushed = co_await devices[0]->flush();
  check(flushed.has_value(), "the first device is well");
  SliceList flag = allocate_slices(page_bytes);
  Lba place(devices[0]->limits().sectors.value - 8);
  IoResult read = co_await devices[0]->read(place, flag);
  check(read.has_value(), "the first device is well");
  bool has_lost_journal = flag[0].view()[0] == std::byte{'L'} || fault == Fault::gives_up_for_fun;
  if (!devices[journal] && !has_lost_journal) {
    if (fault != Fault::never_refuses)
      co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::refused, "no journal"));
    SliceList zeros = zero_slices(64 << 10);
    IoResult lost = co_await devices[0]->write(Lba(), zeros, write_fua);
    check(lost.has_value(), "the first device is well");
    has_lost_journal = true;
  }
  std::unique_ptr<Volume> volume =
      std::make_unique<MirroredWrites>(devices, fault, has_lost_journal);
  co_return OpenResult(std::move(volume));
}

Task<CreateResult> create_nothing(Devices, Ports) { co_return CreateResult(); }

WorldSpec journaled_world(Fault fault = Fault::none) {
  WorldSpec spec;
  for (const char* name : {"data", "log"}) {
    DiskSpec disk;
    disk.name = name;
    disk.fresh = FreshContent::zero;
    disk.limits.sectors = Sectors::of_bytes(128 << 10);
    spec.devices.push_back(disk);
  }
  spec.create = create_nothing;
  spec.open = [fault](Devices devices, Ports) { return open_mirrored(devices, fault); };
  spec.journal = journal;
  spec.profile.has_volatile_cache = false;
  spec.workload.may_overlap = false;
  spec.workload.operations = 30;
  spec.faults.victims = Victims::journal;
  spec.faults.max_degraded = 1;
  spec.faults.swarm = false;
  return spec;
}

struct Total {
  RunCounts counts;
  std::vector<std::string> found;  // signatures
};

Total run_many(const WorldSpec& spec, std::uint64_t seeds = 60) {
  Total total;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RunResult result = run(spec, seed);
    total.counts += result.counts;
    for (const oracle::Finding& finding : result.judgement.findings)
      total.found.push_back(finding.signature());
  }
  return total;
}

TEST(JournaledWorld, ARunGoesOnWithoutTheJournalAndItsWritesAreRefused) {
  WorldSpec spec = journaled_world();
  spec.faults.device_loss_ppm = 700'000;
  spec.faults.skew_ppm = 300'000;
  Total total = run_many(spec);
  EXPECT_EQ(total.found, std::vector<std::string>());
  EXPECT_EQ(total.counts.cycles, 180u) << "to its end";
  EXPECT_GT(total.counts.writes_refused, 500u);
  EXPECT_GT(total.counts.devices_returned, 20u);
  EXPECT_EQ(total.counts.refusals, 0u);
  EXPECT_EQ(total.counts.refusals_without_journal, 0u);
}

TEST(JournaledWorld, FailedCommandsOfTheJournalExcuseRefusedWrites) {
  WorldSpec spec = journaled_world();
  spec.faults.errors.write_error_ppm = 20'000;
  Total total = run_many(spec);
  EXPECT_EQ(total.found, std::vector<std::string>());
  EXPECT_GT(total.counts.writes_refused, 100u);
}

TEST(JournaledWorld, NothingButReadOnlyIsExcused) {
  WorldSpec spec = journaled_world(Fault::answers_io);
  spec.faults.device_loss_ppm = 700'000;
  Total total = run_many(spec, 10);
  ASSERT_FALSE(total.found.empty());
  EXPECT_EQ(total.found.front(), "R7 unexpected_eio: write");
  EXPECT_EQ(total.counts.writes_refused, 0u);
}

TEST(JournaledWorld, AVolumeWhoseJournalIsWellTakesWrites) {
  for (Fault fault : {Fault::refuses_for_fun, Fault::gives_up_for_fun}) {
    Total total = run_many(journaled_world(fault), 5);
    ASSERT_FALSE(total.found.empty());
    EXPECT_EQ(total.found.front(), "R7 unexpected_eio: write");
  }
}

TEST(JournaledWorld, AVolumeIsRefusedWhileItsJournalIsAwayAndJudgedWhenItIsBack) {
  WorldSpec spec = journaled_world();
  spec.faults.absent_ppm = 400'000;
  spec.faults.clean_stop_weight = 1;
  Total total = run_many(spec);
  EXPECT_EQ(total.found, std::vector<std::string>());
  EXPECT_EQ(total.counts.cycles, 180u);
  EXPECT_GT(total.counts.refusals_without_journal, 60u);
  EXPECT_EQ(total.counts.refusals, 0u);
  EXPECT_EQ(total.counts.host_crashes, 0u);
  EXPECT_EQ(total.counts.writes_refused, 0u);
}

TEST(JournaledWorld, OpeningWithoutTheJournalIsJudgedLikeAnyOther) {
  WorldSpec spec = journaled_world(Fault::never_refuses);
  spec.faults.absent_ppm = 400'000;
  Total total = run_many(spec, 10);
  ASSERT_FALSE(total.found.empty());
  EXPECT_EQ(total.found.front(), "R1 lost_durable: acked without a volatile cache, power cut");
}

TEST(JournaledWorld, AVolumeThatPromisesLessThanItsSpecIsJudgedByTheSpec) {
  Total total = run_many(journaled_world(Fault::promises_a_cache), 10);
  ASSERT_FALSE(total.found.empty());
  EXPECT_EQ(total.found.front(), "R1 lost_durable: acked without a volatile cache, power cut");
}

}  // namespace
}  // namespace holdfast::sim
