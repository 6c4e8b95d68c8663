// Sabotage is put around the opening of a volume: the disks and the engine are as they were, and only promises break.

#include "sim/sabotage.h"

#include <set>

#include <gtest/gtest.h>

#include "core/volume/volume_spec.h"
#include "sim/world.h"

namespace holdfast::sim {
namespace {

using oracle::Verdict;

WorldSpec bare_disk() {
  WorldSpec spec;
  DiskSpec disk;
  disk.name = "d";
  disk.limits.sectors = Sectors(256);
  disk.limits.has_volatile_cache = true;
  spec.devices.push_back(disk);
  VolumeSpec volume{BareSpec{"d"}};
  spec.create = creator_of(volume, {});
  spec.open = opener_of(volume);
  spec.workload.may_overlap = false;
  spec.workload.sizes = {WeightedSize(512, 1), WeightedSize(4096, 1)};
  return spec;
}

SabotageSpec sabotage_of(Sabotage what, std::optional<std::size_t> device, std::uint64_t every) {
  SabotageSpec spec;
  spec.what = what;
  spec.device = device;
  spec.every = every;
  return spec;
}

std::set<Verdict> verdicts_of(const WorldSpec& spec, std::uint64_t seeds) {
  std::set<Verdict> verdicts;
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (const oracle::Finding& finding : run(spec, seed).judgement.findings)
      verdicts.insert(finding.verdict);
  return verdicts;
}

TEST(Sabotage, OfADeviceAndOfTheVolumeIsFound) {
  EXPECT_TRUE(verdicts_of(bare_disk(), 50).empty());
  for (std::optional<std::size_t> device :
       {std::optional<std::size_t>(0), std::optional<std::size_t>()}) {
    WorldSpec spec = bare_disk();
    spec.open = sabotaged(spec.open, sabotage_of(Sabotage::drop_flush, device, 1));
    EXPECT_TRUE(verdicts_of(spec, 50).contains(Verdict::lost_durable)) << device.has_value();
  }
}

TEST(Sabotage, OneThatNeverStrikesIsNotFound) {
  WorldSpec spec = bare_disk();
  spec.open = sabotaged(spec.open, sabotage_of(Sabotage::swallow_errors, 0, 1));
  EXPECT_TRUE(verdicts_of(spec, 50).empty());
}

// Two runs of one seed: what a boot counted is gone with it.
TEST(Sabotage, IsTheSameInEveryRunOfASeed) {
  WorldSpec spec = bare_disk();
  spec.open = sabotaged(spec.open, sabotage_of(Sabotage::swap_writes, 0, 7));
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(run(spec, seed).trace_hash, run(spec, seed).trace_hash);
}

TEST(Sabotage, SeveralStandOnEachOther) {
  WorldSpec spec = bare_disk();
  spec.open = sabotaged(spec.open, sabotage_of(Sabotage::swallow_errors, 0, 1));
  spec.open = sabotaged(spec.open, sabotage_of(Sabotage::misdirect_write, {}, 20));
  EXPECT_TRUE(verdicts_of(spec, 50).contains(Verdict::misdirected));
}

Task<OpenResult> refuse_to_open() {
  co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::refused, "enough was seen"));
}

// A device that is away can't lie, and stays away for the volume; the one beside it is itself.
TEST(Sabotage, OfADeviceThatIsAbsentLeavesItAbsent) {
  WorldSpec spec = bare_disk();
  spec.devices.push_back(spec.devices[0]);
  spec.faults.max_degraded = 1;
  spec.faults.absent_ppm = 1'000'000;
  spec.faults.swarm = false;
  OpenVolume sound = spec.open;
  int opens = 0;
  bool was_absent = false, was_beside = false;
  OpenVolume open = [&](Devices devices, Ports ports) {
    if (++opens == 1) return sound(devices.first(1), ports);
    was_absent = devices[0] == nullptr;
    was_beside = devices[1] != nullptr;
    return refuse_to_open();
  };
  spec.create = [](Devices, Ports) -> Task<CreateResult> { co_return CreateResult{}; };
  spec.open = sabotaged(open, sabotage_of(Sabotage::drop_flush, 0, 1));
  for (std::uint64_t seed = 0; seed < 100 && !was_absent; ++seed) {
    opens = 0;
    run(spec, seed);
  }
  EXPECT_TRUE(was_absent);
  EXPECT_TRUE(was_beside);
}

}  // namespace
}  // namespace holdfast::sim
