// Power-cut cycles per second of one core: a RAID-5 of 4 members of 256 KiB, with and without a journal of 256 KiB, 60 writes
// of 4 KiB, cut, opened again, settled, judged in full with the raw images (R6, R5a); after every 10 cycles a clean stop and
// one degraded view through the engine.
#include <benchmark/benchmark.h>

#include "core/volume/volume_spec.h"
#include "sim/world.h"

namespace holdfast::bench {
namespace {

using namespace sim;

constexpr std::uint32_t cycles_of_a_run = 10;

WorldSpec four_members(bool has_journal) {
  RaidSpec raid;
  raid.chunk_bytes = 16 << 10;
  raid.metadata = "1.0";
  raid.members = {"m0", "m1", "m2", "m3"};
  WorldSpec spec;
  std::vector<std::string> names = raid.members;
  if (has_journal) names.push_back(raid.journal = "log");
  for (const std::string& name : names) {
    DiskSpec disk;
    disk.name = name;
    disk.limits.sectors = Sectors::of_bytes(256 << 10);
    spec.devices.push_back(disk);
  }
  oracle::RaidShape shape;
  shape.raid_disks = 4;
  shape.chunk_bytes = 16 << 10;
  shape.member_bytes = 240 << 10;
  shape.data_offset_bytes = {0, 0, 0, 0};
  spec.profile.raid = shape;
  if (has_journal) {
    spec.journal = raid.members.size();
    spec.profile.has_volatile_cache = false;
    spec.profile.atomic_write_bytes = page_bytes;
  }
  VolumeSpec volume{raid};
  spec.create = creator_of(volume, CreateOptions());
  spec.open = opener_of(volume);
  spec.workload.swarm = spec.faults.swarm = false;
  spec.workload.read_ppm = 0;
  spec.workload.flush_ppm = 0;
  spec.workload.flush_every = 10;
  spec.faults.cycles = cycles_of_a_run;
  spec.faults.recovery_cut_ppm = 0;
  spec.faults.settle_ppm = 1'000'000;
  return spec;
}

// The power goes when the last operation was submitted, or some events later: each cycle does all its writes.
class CutAtTheEnd final : public Choices {
 public:
  explicit CutAtTheEnd(std::uint64_t seed) : seeded_(seed) {}
  std::uint64_t choose(Key key, std::uint64_t bound) override {
    bool is_operation = key.family == Family::cut_instant && key.fragment == 1;
    return is_operation ? bound - 1 : seeded_.choose(key, bound);
  }
  bool coin(Key key, std::uint32_t parts_per_million) override {
    return seeded_.coin(key, parts_per_million);
  }

 private:
  SeededChoices seeded_;
};

void power_cut_cycles(benchmark::State& state, bool has_journal) {
  WorldSpec spec = four_members(has_journal);
  RunCounts counts;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    CutAtTheEnd choices(seed);
    RunResult result = run(spec, choices, seed++);
    if (!result.judgement.holds()) state.SkipWithError("a rule was broken");
    counts += result.counts;
  }
  auto rate = [](std::uint64_t count) {
    return benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsRate);
  };
  state.counters["cuts"] = rate(counts.power_cuts);
  state.counters["writes"] = rate(counts.operations);
  state.counters["events"] = rate(counts.events);
}
BENCHMARK_CAPTURE(power_cut_cycles, without_journal, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(power_cut_cycles, with_journal, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holdfast::bench
