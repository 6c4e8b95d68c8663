// Whole runs: alike for one seed, taken down anywhere, judged in full.

#include "sim/world.h"

#include <cstring>

#include <gtest/gtest.h>

#include "core/volume/volume_spec.h"
#include "sim/boot.h"

namespace holdfast::sim {
namespace {

// One device passed through: all that a world needs of a volume.
class PlainVolume final : public Volume {
 public:
  explicit PlainVolume(BlockDevice& below) : below_(below) {}
  BlockDevice& device() override { return below_; }
  Task<IoResult> settled() override { co_return IoResult(); }
  Task<IoResult> stop() override { return below_.flush(); }
  std::vector<std::size_t> missing_devices() const override { return {}; }

 private:
  BlockDevice& below_;
};

Task<OpenResult> open_plain(Devices devices, Ports ports) {
  IoResult flushed = co_await devices[0]->flush();
  check(flushed.has_value(), "the disk is well");
  ports.observer.mark("plain.opened");
  std::unique_ptr<Volume> volume = std::make_unique<PlainVolume>(*devices[0]);
  co_return OpenResult(std::move(volume));
}

Task<CreateResult> create_nothing(Devices, Ports) { co_return CreateResult(); }

WorldSpec plain_world() {
  WorldSpec spec;
  spec.devices.emplace_back();
  spec.devices[0].name = "d";
  spec.devices[0].limits.sectors = Sectors::of_bytes(128 << 10);
  spec.create = create_nothing;
  spec.open = open_plain;
  spec.workload.may_overlap = false;
  spec.workload.sizes = {{512, 1}, {4096, 2}, {32768, 1}};
  return spec;
}

RaidSpec raid5() {
  RaidSpec raid;
  raid.chunk_bytes = 16 << 10;
  raid.metadata = "1.0";
  raid.members = {"m0", "m1", "m2", "m3"};
  raid.accept_dirty_degraded = true;
  return raid;
}

WorldSpec raid_world() {
  WorldSpec spec;
  for (const std::string& name : raid5().members) {
    DiskSpec disk;
    disk.name = name;
    disk.limits.sectors = Sectors::of_bytes(256 << 10);
    spec.devices.push_back(disk);
  }
  VolumeSpec volume{raid5()};
  spec.create = creator_of(volume, CreateOptions());
  spec.open = opener_of(volume);
  spec.profile.has_write_hole = true;
  oracle::RaidShape shape;
  shape.raid_disks = 4;
  shape.chunk_bytes = 16 << 10;
  shape.member_bytes = 240 << 10;
  shape.data_offset_bytes = {0, 0, 0, 0};
  spec.profile.raid = shape;
  return spec;
}

void expect_held(const RunResult& result, std::uint64_t seed) {
  for (const oracle::Finding& finding : result.judgement.findings)
    ADD_FAILURE() << "seed " << seed << ": " << finding.signature() << ": " << finding.story;
}

TEST(World, PlainDiskHoldsAndIsLookedAt) {
  WorldSpec spec = plain_world();
  RunCounts counts;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RunResult result = run(spec, seed);
    expect_held(result, seed);
    EXPECT_GE(result.judgement.counts.recoveries, spec.faults.cycles);
    EXPECT_GT(result.judgement.counts.blocks, 0u);
    counts += result.counts;
  }
  EXPECT_EQ(counts.cycles, 150u);
  EXPECT_GE(counts.power_cuts, 150u);
  EXPECT_GT(counts.power_cuts_in_recovery, 30u);
  EXPECT_GT(counts.operations, 1000u);
}

TEST(World, OneSeedIsOneRun) {
  for (const WorldSpec& spec : {plain_world(), raid_world()}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      RunResult one = run(spec, seed), same = run(spec, seed), other = run(spec, seed + 1);
      EXPECT_EQ(one.trace_hash, same.trace_hash);
      EXPECT_NE(one.trace_hash, other.trace_hash);
      EXPECT_EQ(one.counts.events, same.counts.events);
      EXPECT_EQ(first_divergence(one, same, {}), "");
    }
  }
}

TEST(World, ListOfChoicesRepeatsTheRun) {
  WorldSpec spec = raid_world();
  SeededChoices seeded(11);
  RecordingChoices recording(seeded);
  RunResult first = run(spec, recording, 11);
  RecordedChoices recorded(recording.entries());
  RunResult again = run(spec, recorded, 11);
  EXPECT_EQ(first.trace_hash, again.trace_hash);
  EXPECT_TRUE(recorded.unmatched().empty());
  EXPECT_GT(recorded.matched(), 500u);
}

TEST(World, FirstDivergenceIsNamed) {
  WorldSpec spec = plain_world();
  RunOptions options;
  options.keep_all_events = true;
  RunResult one = run(spec, 1, options), other = run(spec, 2, options);
  std::string told = first_divergence(one, other, {"d"});
  EXPECT_NE(told.find("event "), std::string::npos) << told;
}

TEST(World, MarksNamesAndSentencesComeBack) {
  RunResult result = run(plain_world(), 3);
  ASSERT_EQ(result.marks.size(), 1u);
  EXPECT_EQ(result.marks[0].name, "plain.opened");
  EXPECT_GE(result.marks[0].count, 5u);  // three cycles, the first open and the last
  EXPECT_LE(result.marks[0].count, result.counts.opens);
}

// Every run ends with a clean stop and a degraded view. What they reach says nothing of the faults that were asked for.
TEST(World, MarksOfTheLastLookAreNotTheRunsOwn) {
  WorldSpec spec = raid_world();
  spec.faults.recovery_cut_ppm = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    RunResult result = run(spec, seed);
    expect_held(result, seed);
    EXPECT_EQ(result.counts.clean_stops, 0u);
    for (const Witness::Mark& mark : result.marks) EXPECT_NE(mark.name, "raid.degraded_read");
  }
}

Task<OpenResult> open_scribbling(Devices devices, std::byte with) {
  SliceList scribble = allocate_slices(sector_bytes);
  std::memset(scribble[0].data(), static_cast<int>(with), sector_bytes);
  IoResult written = co_await devices[0]->write(Lba(0), scribble, write_fua);
  check(written.has_value(), "the disk is well");
  std::unique_ptr<Volume> volume = std::make_unique<PlainVolume>(*devices[0]);
  co_return OpenResult(std::move(volume));
}

TEST(World, EachFindingSaysAfterWhichCrashItWasMade) {
  WorldSpec spec = plain_world();
  std::uint8_t opens = 0;
  spec.open = [&opens](Devices devices, Ports) {
    return open_scribbling(devices, std::byte{++opens});
  };
  spec.workload.operations = 1;
  spec.workload.flush_ppm = 1'000'000;
  spec.workload.swarm = spec.faults.swarm = false;
  spec.faults.recovery_cut_ppm = 0;
  std::vector<std::uint64_t> crashes;
  for (const oracle::Finding& finding : run(spec, 1).judgement.findings)
    crashes.push_back(finding.crash);
  EXPECT_EQ(crashes, std::vector<std::uint64_t>({1, 2, 3, 3})) << "the last after the clean stop";
}

TEST(World, EachKindOfFaultIsMet) {
  WorldSpec spec = raid_world();
  spec.faults.host_crash_weight = spec.faults.clean_stop_weight = 1;
  spec.faults.max_degraded = 1;
  spec.faults.device_loss_ppm = spec.faults.skew_ppm = spec.faults.absent_ppm = 200'000;
  spec.faults.bad_sector_ppm = 200'000;
  spec.faults.errors = {2'000, 2'000, 5'000};
  RunCounts counts;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RunResult result = run(spec, seed);
    expect_held(result, seed);
    counts += result.counts;
  }
  EXPECT_GT(counts.host_crashes, 20u);
  EXPECT_GT(counts.clean_stops, 20u);
  EXPECT_GT(counts.devices_lost, 20u);
  EXPECT_GT(counts.devices_returned, 20u);
}

// Never opens: waits for something that does not come.
Task<OpenResult> open_never(Devices, Ports ports) {
  Event never(ports.executor);
  co_await never.wait();
  co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::io, ""));
}

Task<OpenResult> open_and_wait_for_ever(Devices, Ports ports) {
  for (;;) co_await ports.clock.sleep_until(ports.clock.now() + Nanoseconds(1'000'000));
}

Task<OpenResult> refuse_to_open(Devices, Ports) {
  co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::refused, "not today"));
}

TEST(World, StandstillAndEndlessWorkAreStuck) {
  for (auto open : {open_never, open_and_wait_for_ever}) {
    WorldSpec spec = plain_world();
    spec.open = open;
    RunResult result = run(spec, 1);
    ASSERT_EQ(result.judgement.findings.size(), 1u);
    EXPECT_EQ(result.judgement.findings[0].verdict, oracle::Verdict::stuck);
  }
}

TEST(World, RefusalWithinTheBudgetIsAFinding) {
  WorldSpec spec = plain_world();
  spec.open = refuse_to_open;
  spec.may_refuse_dirty_degraded = true;  // no device was ever lost: no excuse
  RunResult result = run(spec, 1);
  ASSERT_EQ(result.judgement.findings.size(), 1u);
  EXPECT_EQ(result.judgement.findings[0].verdict, oracle::Verdict::refused);
}

class UnsettledVolume final : public Volume {
 public:
  explicit UnsettledVolume(BlockDevice& below) : below_(below) {}
  BlockDevice& device() override { return below_; }
  Task<IoResult> settled() override { co_return io_error(IoErrorKind::failed, Lba()); }
  Task<IoResult> stop() override { return below_.flush(); }
  std::vector<std::size_t> missing_devices() const override { return {}; }

 private:
  BlockDevice& below_;
};

Task<OpenResult> open_unsettled(Devices devices, Ports) {
  IoResult flushed = co_await devices[0]->flush();
  check(flushed.has_value(), "the disk is well");
  std::unique_ptr<Volume> volume = std::make_unique<UnsettledVolume>(*devices[0]);
  co_return OpenResult(std::move(volume));
}

TEST(World, VolumeThatNeverSettlesIsAFinding) {
  WorldSpec spec = plain_world();
  spec.open = open_unsettled;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    RunResult result = run(spec, seed);
    ASSERT_EQ(result.judgement.findings.size(), 1u);
    EXPECT_EQ(result.judgement.findings[0].verdict, oracle::Verdict::unexpected_eio);
    EXPECT_EQ(result.judgement.findings[0].kind, "settling");
  }
}

TEST(World, FaultThatMightHaveBeenExcusesNoRefusal) {
  WorldSpec spec = raid_world();
  OpenVolume open = spec.open;
  std::size_t opens = 0;
  spec.open = [&](Devices devices, Ports ports) {
    return ++opens == 1 ? open(devices, ports) : refuse_to_open(devices, ports);
  };
  spec.may_refuse_dirty_degraded = true;
  spec.faults.swarm = false;
  spec.faults.max_degraded = 1;
  spec.faults.bad_sector_ppm = 1;
  spec.faults.errors = {1, 1, 1};
  RunResult result = run(spec, 1);
  ASSERT_EQ(result.judgement.findings.size(), 1u);
  EXPECT_EQ(result.judgement.findings[0].verdict, oracle::Verdict::refused);
  EXPECT_EQ(result.counts.refusals, 0u);
}

// Two members of one chunk each, in step with nothing: block b stands on m0, and its "parity" on m1. In its first two lives
// m0 goes when it has been read once; then it stays away.
class FadingMirror final : public Volume, public BlockDevice {
 public:
  FadingMirror(Devices devices, std::size_t life)
      : data_(*devices[0]), parity_(*devices[1]), fades_(life <= 2), is_missing_(life > 2) {}
  BlockDevice& device() override { return *this; }
  Task<IoResult> settled() override { co_return IoResult(); }
  Task<IoResult> stop() override { co_return IoResult(); }
  std::vector<std::size_t> missing_devices() const override {
    return is_missing_ ? std::vector<std::size_t>{0} : std::vector<std::size_t>();
  }

  const DeviceLimits& limits() const override { return data_.limits(); }
  Task<IoResult> read(Lba first, MutablePages into) override {
    BlockDevice& source = is_missing_ ? parity_ : data_;
    auto read = co_await source.read(first, into);
    is_missing_ |= fades_;
    co_return read;
  }
  Task<IoResult> write(Lba first, Pages, WriteFlags) override { return refuse(first); }
  Task<IoResult> flush() override { co_return IoResult(); }
  Task<IoResult> discard(Extent extent) override { return refuse(extent.first); }
  Task<IoResult> write_zeroes(Extent extent, WriteFlags) override { return refuse(extent.first); }

 private:
  static Task<IoResult> refuse(Lba at) { co_return io_error(IoErrorKind::read_only, at); }

  BlockDevice& data_;
  BlockDevice& parity_;
  bool fades_;
  bool is_missing_;
};

Task<OpenResult> open_fading(Devices devices, std::size_t life) {
  std::unique_ptr<Volume> volume = std::make_unique<FadingMirror>(devices, life);
  co_return OpenResult(std::move(volume));
}

// What was read before the member went says nothing of what parity says.
TEST(World, MemberThatGoesInTheMiddleOfTheReadSettlesNothing) {
  WorldSpec spec = raid_world();
  spec.devices.resize(2);
  for (DiskSpec& disk : spec.devices) disk.limits.sectors = Sectors::of_bytes(16 << 10);
  spec.devices[0].fresh = FreshContent::zero;
  spec.devices[1].fresh = FreshContent::garbage;
  oracle::RaidShape shape;
  shape.raid_disks = 2;
  shape.chunk_bytes = shape.member_bytes = 16 << 10;
  shape.data_offset_bytes = {0, 0};
  spec.profile.raid = shape;
  spec.create = create_nothing;
  std::size_t life = 0;
  spec.open = [&life](Devices devices, Ports) { return open_fading(devices, ++life); };
  spec.workload.read_ppm = 1'000'000;
  spec.workload.flush_ppm = 0;
  spec.workload.swarm = spec.faults.swarm = false;
  spec.faults.settle_ppm = 1'000'000;
  spec.faults.recovery_cut_ppm = 0;
  RunResult result = run(spec, 1);
  expect_held(result, 1);
  EXPECT_FALSE(result.judgement.declared.empty()) << "the third life shows what m1 holds";
}

// The power goes after each single event of a boot that opens, resyncs and works: every suspension point of the engine is
// torn down once. What that breaks shows under the address sanitizer, and in the checks of the disks.
TEST(Boot, IsTornDownAtEveryEvent) {
  WorldSpec spec = raid_world();
  std::uint64_t events = 0;
  bool ended = false;
  for (; !ended; ++events) {
    SeededChoices choices(2);
    Trace trace;
    Entropy entropy(choices);
    Witness witness;
    std::vector<Media> media;
    for (const DiskSpec& disk : spec.devices)
      media.emplace_back(disk, static_cast<std::uint16_t>(media.size()), choices);
    CrashRecord crashes(media.size());
    BootPorts ports{media, choices, trace, entropy, witness};
    std::vector<bool> present(media.size(), true);
    {
      Boot boot(ports, present, CompletionOrder::any, Nanoseconds(), 100'000, crashes);
      std::optional<CreateResult> created;
      ASSERT_EQ(boot.create(spec.create, created), Boot::Outcome::reached);
      ASSERT_TRUE(created->has_value());
    }
    Boot boot(ports, present, CompletionOrder::any, Nanoseconds(), 100'000, crashes);
    boot.cut_after(events);
    boot.drop_after(1, 120);
    std::optional<OpenError> refusal;
    if (boot.open(spec.open, refusal) == Boot::Outcome::reached) {
      oracle::Profile profile = oracle::Profile::of(boot.volume().device().limits());
      oracle::History history(1, profile);
      oracle::Judgement judgement;
      oracle::Observation seen(history.payload(), profile.sectors);
      if (boot.read_all(seen) == Boot::Outcome::reached) {
        history.learn(seen);
        WorkloadSpec mixed;
        mixed.operations = 24;
        mixed.sizes = {{512, 1}, {4096, 1}, {65536, 1}};
        mixed.read_ppm = mixed.discard_ppm = mixed.write_zeroes_ppm = 150'000;
        Workload workload(mixed, 0, boot.volume().device(), boot.executor(), boot.clock(), choices,
                          history, judgement);
        workload.start();
        ended = boot.run_until([&] { return workload.is_done(); }) == Boot::Outcome::reached;
        boot.power_cut();
      }
    }
    boot.power_cut();
  }
  EXPECT_GT(events, 200u);
}

}  // namespace
}  // namespace holdfast::sim
