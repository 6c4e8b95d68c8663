// The ground truth: a bare simulated disk holds over thousands of power cuts, and each way to break the port's promises is
// found under its own name within a few seeds.

#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/block/sabotage.h"
#include "sim/world.h"

namespace holdfast::sim {
namespace {

using oracle::Verdict;

constexpr std::uint64_t seeds = 200;

class PassingDevice : public BlockDevice {
 public:
  explicit PassingDevice(BlockDevice& below) : below_(below) {}
  const DeviceLimits& limits() const override { return below_.limits(); }
  Task<IoResult> read(Lba first, MutablePages into) override { return below_.read(first, into); }
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override {
    return below_.write(first, from, flags);
  }
  Task<IoResult> flush() override { return below_.flush(); }
  Task<IoResult> discard(Extent extent) override { return below_.discard(extent); }
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override {
    return below_.write_zeroes(extent, flags);
  }

 private:
  BlockDevice& below_;
};

// Each n-th write fails, and nothing of it happens. 0: never.
class FailingDevice final : public PassingDevice {
 public:
  FailingDevice(BlockDevice& below, std::uint64_t every) : PassingDevice(below), every_(every) {}
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override {
    if (every_ != 0 && ++writes_ % every_ == 0) return failed(first);
    return PassingDevice::write(first, from, flags);
  }

 private:
  static Task<IoResult> failed(Lba first) { co_return io_error(IoErrorKind::io, first); }

  std::uint64_t every_;
  std::uint64_t writes_ = 0;
};

// Promises an atomic unit that what stands below doesn't keep.
class BoastingDevice final : public PassingDevice {
 public:
  BoastingDevice(BlockDevice& below, std::uint32_t atomic_write_bytes)
      : PassingDevice(below), limits_(below.limits()) {
    if (atomic_write_bytes != 0) limits_.atomic_write_bytes = atomic_write_bytes;
  }
  const DeviceLimits& limits() const override { return limits_; }

 private:
  DeviceLimits limits_;
};

struct Harm {
  Sabotage sabotage = Sabotage::nothing;
  std::uint64_t every = 1;
  std::uint64_t fails_every = 0;
  std::uint32_t boasts_bytes = 0;
};

class HarmedVolume final : public Volume {
 public:
  HarmedVolume(BlockDevice& below, Executor& executor, Harm harm)
      : failing_(below, harm.fails_every),
        boasting_(failing_, harm.boasts_bytes),
        sabotaged_(boasting_, executor, harm.sabotage, harm.every),
        device_(harm.sabotage == Sabotage::nothing ? static_cast<BlockDevice&>(boasting_)
                                                   : sabotaged_) {}
  BlockDevice& device() override { return device_; }
  Task<IoResult> settled() override { co_return IoResult{}; }
  Task<IoResult> stop() override { return device_.flush(); }
  std::vector<std::size_t> missing_devices() const override { return {}; }

 private:
  FailingDevice failing_;
  BoastingDevice boasting_;
  SabotagedDevice sabotaged_;
  BlockDevice& device_;
};

Task<OpenResult> open_harmed(BlockDevice* below, Executor* executor, Harm harm) {
  if (auto flushed = co_await below->flush(); !flushed)
    co_return tl::unexpected<OpenError>(
        OpenError(OpenError::Kind::io, "the disk can't be flushed"));
  std::unique_ptr<Volume> opened = std::make_unique<HarmedVolume>(*below, *executor, harm);
  co_return OpenResult(std::move(opened));
}

Task<CreateResult> create_nothing() { co_return CreateResult{}; }

WorldSpec bare_disk(Harm harm, Tier tier = Tier::t1) {
  WorldSpec spec;
  DiskSpec disk;
  disk.name = "disk";
  disk.tier = tier;
  disk.limits.sectors = Sectors(256);
  disk.limits.has_volatile_cache = tier != Tier::t0;
  disk.limits.discard_granularity_bytes = 4096;
  disk.limits.discard_reads_zero = true;
  spec.devices.push_back(disk);
  spec.create = [](Devices, Ports) { return create_nothing(); };
  spec.open = [harm](Devices devices, Ports ports) {
    return open_harmed(devices[0], &ports.executor, harm);
  };
  spec.profile.arbitrary_under_unacked_writes = disk.tears();
  spec.profile.arbitrary_under_undurable_writes = disk.tears();
  spec.workload.may_overlap = false;
  spec.workload.read_ppm = 250'000;
  spec.workload.discard_ppm = 30'000;
  spec.workload.write_zeroes_ppm = 30'000;
  spec.workload.sizes = {WeightedSize(512, 2), WeightedSize(4096, 2), WeightedSize(16'384, 1)};
  spec.faults.power_cut_weight = 3;
  spec.faults.host_crash_weight = 1;
  spec.faults.clean_stop_weight = 1;
  return spec;
}

struct Campaign {
  oracle::Counts counts;
  RunCounts runs;
  std::map<Verdict, std::uint64_t> first_seed;  // that found it
  std::map<Verdict, std::string> story;
  std::set<std::string> signatures;
};

Campaign campaign(const WorldSpec& spec) {
  Campaign campaign;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RunResult result = run(spec, seed);
    campaign.counts += result.judgement.counts;
    campaign.runs += result.counts;
    for (const oracle::Finding& finding : result.judgement.findings) {
      campaign.first_seed.emplace(finding.verdict, seed);
      campaign.story.emplace(finding.verdict, finding.story);
      campaign.signatures.insert(finding.signature());
    }
  }
  return campaign;
}

std::string told(const Campaign& campaign) {
  std::string text;
  for (const auto& [verdict, seed] : campaign.first_seed)
    text += fmt::format("{} first at seed {}: {}\n", name_of(verdict), seed,
                        campaign.story.at(verdict));
  return text;
}

// `expected` was found within `seeds_max`, and nothing that `possible` does not name.
void expect_verdicts(const Harm& harm, const std::vector<Verdict>& expected,
                     const std::vector<Verdict>& possible, std::uint64_t seeds_max) {
  Campaign found = campaign(bare_disk(harm));
  SCOPED_TRACE(fmt::format("{}, each {}.\n{}", name_of(harm.sabotage), harm.every, told(found)));
  for (Verdict verdict : expected) {
    ASSERT_TRUE(found.first_seed.contains(verdict)) << name_of(verdict);
    EXPECT_LT(found.first_seed[verdict], seeds_max) << name_of(verdict);
  }
  std::set<Verdict> allowed(expected.begin(), expected.end());
  allowed.insert(possible.begin(), possible.end());
  for (const auto& [verdict, seed] : found.first_seed)
    EXPECT_TRUE(allowed.contains(verdict)) << name_of(verdict);
}

TEST(BareDiskProof, UnharmedDiskHoldsInEveryTier) {
  for (Tier tier : {Tier::t0, Tier::t1, Tier::t2}) {
    Campaign found = campaign(bare_disk({}, tier));
    EXPECT_TRUE(found.first_seed.empty()) << told(found);
    EXPECT_GT(found.runs.power_cuts, seeds);
    EXPECT_GT(found.counts.recoveries, 3 * seeds);
    EXPECT_GT(found.counts.blocks_must, found.counts.blocks / 2);
    EXPECT_GT(found.counts.live_reads, 10'000u);
    EXPECT_EQ(found.counts.live_reads_open, 0u);
    EXPECT_EQ(found.counts.blocks_unknown, 0u);
  }
}

TEST(BareDiskProof, AtomicUnitOfTheDiskHolds) {
  WorldSpec spec = bare_disk({});
  spec.devices[0].limits.atomic_write_bytes = 4096;
  Campaign found = campaign(spec);
  EXPECT_TRUE(found.first_seed.empty()) << told(found);
}

TEST(BareDiskProof, AtomicUnitThatTheDiskHasNotIsTorn) {
  expect_verdicts({Sabotage::nothing, 1, 0, 4096}, {Verdict::torn}, {}, 10);
}

// The wrapper itself changes nothing but the order: one request at a time.
TEST(BareDiskProof, SabotagedDeviceHoldsWhereItDoesNotStrike) {
  WorldSpec spec = bare_disk({Sabotage::swallow_errors, 1});
  Campaign found = campaign(spec);
  EXPECT_TRUE(found.first_seed.empty()) << told(found);
}

TEST(BareDiskProof, DroppedFlushLosesWhatWasFlushed) {
  for (std::uint64_t every : {1u, 3u})
    expect_verdicts({Sabotage::drop_flush, every}, {Verdict::lost_durable},
                    {Verdict::stale_resurrected}, 20);
}

TEST(BareDiskProof, DroppedFuaLosesWhatWasWrittenWithIt) {
  for (std::uint64_t every : {1u, 3u})
    expect_verdicts({Sabotage::drop_fua, every}, {Verdict::lost_durable},
                    {Verdict::stale_resurrected}, 20);
}

TEST(BareDiskProof, EarlyAckIsLostInTheFlushThatOvertookIt) {
  for (std::uint64_t every : {1u, 5u})
    expect_verdicts({Sabotage::ack_early, every}, {Verdict::lost_durable}, {Verdict::garbage}, 20);
}

TEST(BareDiskProof, ErrorIsUnexpectedOnADiskThatShouldHaveNone) {
  expect_verdicts({Sabotage::nothing, 1, 50}, {Verdict::unexpected_eio}, {}, 5);
}

TEST(BareDiskProof, SwallowedErrorIsReadWrongAndLost) {
  expect_verdicts({Sabotage::swallow_errors, 1, 10}, {Verdict::lost_durable, Verdict::wrong_read},
                  {}, 50);
}

TEST(BareDiskProof, SwappedWritesAreReadWrongAndLost) {
  for (std::uint64_t every : {1u, 5u})
    expect_verdicts({Sabotage::swap_writes, every}, {Verdict::lost_durable, Verdict::wrong_read},
                    {}, 50);
}

TEST(BareDiskProof, StaleReadIsReadWrong) {
  for (std::uint64_t every : {1u, 5u})
    expect_verdicts({Sabotage::stale_read, every}, {Verdict::wrong_read}, {}, 20);
}

TEST(BareDiskProof, MisdirectedWriteIsMisdirected) {
  for (std::uint64_t every : {20u, 100u})
    expect_verdicts({Sabotage::misdirect_write, every}, {Verdict::misdirected},
                    {Verdict::lost_durable, Verdict::wrong_read}, 20);
}

}  // namespace
}  // namespace holdfast::sim
