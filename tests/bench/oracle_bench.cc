// What judging costs: one cycle of a 4-member RAID-5 of 256 KiB members (1,536 sectors), and its parts.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "oracle/judge.h"

namespace holdfast::bench {
namespace {

using namespace oracle;

Profile array_profile() {
  RaidShape shape;
  shape.raid_disks = 4;
  shape.chunk_bytes = 16 << 10;
  shape.member_bytes = 256 << 10;
  shape.data_offset_bytes.assign(4, 0);
  Profile profile;
  profile.sectors = shape.sectors();
  profile.raid = shape;
  return profile;
}

class Images final : public MemberImages {
 public:
  std::vector<std::vector<std::byte>> members;
  Bytes read(unsigned role, std::uint64_t offset, std::uint64_t bytes, MutableBytes) override {
    return Bytes(members[role]).subspan(offset, bytes);
  }
};

void encode_sector(benchmark::State& state) {
  std::byte sector[sector_bytes];
  Payload payload(7);
  WriteId write = 1;
  for (auto _ : state) {
    payload.encode(write++ % 1000 + 1, 1, Lba(37), sector);
    benchmark::DoNotOptimize(sector[511]);
  }
}
BENCHMARK(encode_sector);

void decode_sector(benchmark::State& state) {
  std::byte sector[sector_bytes];
  Payload payload(7);
  payload.encode(41, 1, Lba(37), sector);
  for (auto _ : state) benchmark::DoNotOptimize(payload.decode(Lba(37), sector));
}
BENCHMARK(decode_sector);

// 60 writes of 4 KiB and a few flushes; the volume then shows what it should.
void judge_cycle(benchmark::State& state) {
  Profile profile = array_profile();
  History history(7, profile);
  Judge judge(history, profile);
  SliceList pages = zero_slices(profile.sectors.bytes());
  Observation seen(history.payload(), profile.sectors);
  seen.add(Lba(), pages);
  history.learn(seen);
  judge.redundancy_settled();
  std::mt19937_64 random(1);
  for (auto _ : state) {
    std::vector<Content> last(profile.sectors.value);
    for (int i = 0; i < 60; ++i) {
      Extent extent(Lba(random() % (profile.sectors.value / 8) * 8), Sectors(8));
      WriteId id = history.begin_write(extent, {});
      history.end_write(id, true);
      for (Lba lba = extent.first; lba < extent.end(); lba += Sectors(1))
        last[lba.value] = Content::written(id);
      if (i % 7 == 0) history.end_flush(history.begin_flush(), true);
    }
    history.crash(Crash::power);
    for (Lba lba; lba < Lba(profile.sectors.value); lba += Sectors(1))
      seen.add(lba, last[lba.value] == Content() ? history.baseline(lba) : last[lba.value]);
    Judgement judgement;
    judge.recovery(seen, {}, judgement);
    check(judgement.holds(), "a legal volume holds");
  }
}
BENCHMARK(judge_cycle)->Unit(benchmark::kMicrosecond);

void judge_members(benchmark::State& state) {
  Profile profile = array_profile();
  History history(7, profile);
  Judge judge(history, profile);
  judge.redundancy_settled();
  Images images;
  images.members.assign(4, std::vector<std::byte>(profile.raid->member_bytes));
  Observation seen(history.payload(), profile.sectors);
  for (Lba lba; lba < Lba(profile.sectors.value); lba += Sectors(1)) {
    MemberPlace place = place_of(*profile.raid, lba);
    MutableBytes sector =
        MutableBytes(images.members[place.role]).subspan(place.offset, sector_bytes);
    history.payload().encode(41, 1, lba, sector);
    Row row = row_of(*profile.raid, place.offset / profile.raid->chunk_bytes);
    for (std::size_t i = 0; i < sector_bytes; ++i)
      images.members[row.p][place.offset + i] ^= sector[i];
    seen.add(lba, Content::written(41));
  }
  for (auto _ : state) {
    Judgement judgement;
    judge.redundancy(images, {}, seen, judgement);
    check(judgement.holds(), "matching members hold");
  }
}
BENCHMARK(judge_members)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace holdfast::bench
