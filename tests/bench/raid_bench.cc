// What the RAID engine costs by itself: a 4-member RAID-5 of 64 KiB chunks over null devices.
//
// Random writes go over a working set of 16 GiB with a queue of 32 in flight that never waits (null devices end at once),
// from a ring of client pages (bytes: working_set). Each 4 KiB write reads old data and old parity (null reads: nothing is
// copied), makes new parity and writes two blocks.
#include <benchmark/benchmark.h>

#include <memory>

#include "core/task/event.h"
#include "core/volume/volume_spec.h"
#include "tests/bench/null_device.h"

namespace holdfast::bench {
namespace {

class StillClock final : public Clock {
 public:
  explicit StillClock(Executor& executor) : never_(executor) {}
  Nanoseconds now() const override { return {}; }
  std::uint64_t wall_microseconds() const override { return 0; }
  Task<> sleep_until(Nanoseconds) override { co_await never_.wait(); }

 private:
  Event never_;
};

class NoEntropy final : public Entropy {
 public:
  void fill(MutableBytes into) override { std::fill(into.begin(), into.end(), std::byte{7}); }
};

class Deaf final : public Observer {
 public:
  void mark(std::string_view) override {}
  void note(std::string_view) override {}
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}
};

// A new array that is in sync and dirty already, ready for the first write.
class NullArray {
 public:
  explicit NullArray(int level, int members) {
    RaidSpec spec;
    spec.level = level;
    spec.chunk_bytes = 64 << 10;
    spec.rules.resync_after_unclean_stop = false;  // null reads can't be resynced
    for (int i = 0; i < members; ++i) {
      spec.members.push_back("null" + std::to_string(i));
      disks_.push_back(std::make_unique<NullDevice>(std::uint64_t{6} << 30));
      devices_.push_back(disks_.back().get());
    }
    executor_.spawn(prepare(spec));
    executor_.run_ready();
    check(volume_ != nullptr, "the array opens");
  }
  ~NullArray() {
    executor_.stop();
    volume_.reset();
  }

  BlockDevice& device() { return volume_->device(); }
  Executor& executor() { return executor_; }
  std::uint64_t device_requests() const {
    std::uint64_t total = 0;
    for (auto& disk : disks_) total += disk->reads + disk->writes;
    return total;
  }

 private:
  Task<> prepare(RaidSpec spec) {
    VolumeSpec whole{spec};
    Ports ports{executor_, clock_, entropy_, observer_};
    CreateVolume create = creator_of(whole, {});
    OpenVolume open = opener_of(whole);
    auto created = co_await create(devices_, ports);
    check(created.has_value(), "the array is created");
    auto opened = co_await open(devices_, ports);
    check(opened.has_value(), "the array is opened");
    volume_ = std::move(*opened);
    auto settled = co_await volume_->settled();
    check(settled.has_value(), "nothing is resynced");
  }

  std::vector<std::unique_ptr<NullDevice>> disks_;
  std::vector<BlockDevice*> devices_;
  Executor executor_;
  StillClock clock_{executor_};
  NoEntropy entropy_;
  Deaf observer_;
  std::unique_ptr<Volume> volume_;
};

// A cheap walk over the whole range (of fewer than 2^32 places) without a pattern that a cache line would like.
class Walk {
 public:
  explicit Walk(std::uint64_t places) : places_(places) {}
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return ((state_ >> 32) * places_) >> 32;
  }

 private:
  std::uint64_t places_;
  std::uint64_t state_ = 1;
};

Task<> write_many(BlockDevice& device, Walk& walk, std::span<const SliceList> buffers,
                  Sectors length, int count) {
  for (int i = 0; i < count; ++i) {
    Lba first((length * walk.next()).value);
    auto written = co_await device.write(
        first, buffers[static_cast<std::size_t>(i) % buffers.size()], WriteFlags());
    check(written.has_value(), "a write to null devices succeeds");
  }
}

std::vector<SliceList> client_pages(std::uint64_t request_bytes, std::uint64_t working_set) {
  std::vector<SliceList> buffers;
  for (std::uint64_t at = 0; at < working_set; at += request_bytes) {
    buffers.push_back(allocate_slices(request_bytes));
    for (const Slice& slice : buffers.back())
      std::fill_n(slice.data(), slice.bytes, static_cast<std::byte>(at >> 12));
  }
  return buffers;
}

void random_writes(benchmark::State& state, int level, int members) {
  NullArray array(level, members);
  constexpr int batch = 1024;
  auto buffers = client_pages(4096, static_cast<std::uint64_t>(state.range(0)));
  Sectors length = Sectors::of_bytes(4096);
  Walk walk(array.device().limits().sectors / length);
  std::uint64_t before = array.device_requests();
  for (auto _ : state) {
    array.executor().spawn(write_many(array.device(), walk, buffers, length, batch));
    array.executor().run_ready();
  }
  auto writes = static_cast<double>(state.iterations() * batch);
  state.counters["writes/s"] = benchmark::Counter(writes, benchmark::Counter::kIsRate);
  state.counters["device_requests/write"] =
      static_cast<double>(array.device_requests() - before) / writes;
}

void BM_Raid5RandomWrite4KiB(benchmark::State& state) { random_writes(state, 5, 4); }
void BM_Raid6RandomWrite4KiB(benchmark::State& state) { random_writes(state, 6, 6); }
BENCHMARK(BM_Raid5RandomWrite4KiB)->ArgName("working_set")->Arg(128 << 10)->Arg(64 << 20);
BENCHMARK(BM_Raid6RandomWrite4KiB)->ArgName("working_set")->Arg(128 << 10)->Arg(64 << 20);

void sequential_writes(benchmark::State& state, int level, int members) {
  NullArray array(level, members);
  constexpr std::uint64_t request = 1 << 20;
  auto buffers = client_pages(request, static_cast<std::uint64_t>(state.range(0)));
  std::uint64_t places = array.device().limits().sectors.bytes() / request, next = 0;
  std::uint64_t before = array.device_requests();
  for (auto _ : state) {
    Lba first(Sectors::of_bytes(next++ % places * request).value);
    struct Once {
      static Task<> write(BlockDevice& device, Lba first, Pages from) {
        auto written = co_await device.write(first, from, WriteFlags());
        check(written.has_value(), "a write to null devices succeeds");
      }
    };
    array.executor().spawn(Once::write(array.device(), first, buffers[next % buffers.size()]));
    array.executor().run_ready();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request));
  state.counters["device_requests/write"] = static_cast<double>(array.device_requests() - before) /
                                            static_cast<double>(state.iterations());
}

void BM_Raid5SequentialWrite1MiB(benchmark::State& state) { sequential_writes(state, 5, 4); }
void BM_Raid6SequentialWrite1MiB(benchmark::State& state) { sequential_writes(state, 6, 6); }
BENCHMARK(BM_Raid5SequentialWrite1MiB)->ArgName("working_set")->Arg(1 << 20)->Arg(256 << 20);
BENCHMARK(BM_Raid6SequentialWrite1MiB)->ArgName("working_set")->Arg(1 << 20)->Arg(256 << 20);

}  // namespace
}  // namespace holdfast::bench
