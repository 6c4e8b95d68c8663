// What the RAID engine costs by itself: arrays of 64 KiB chunks over null devices, with and without a write journal.
//
// Random writes go over a working set of 16 GiB of the array, from a ring of client pages (bytes: working_set). Each 4 KiB
// write reads old data and old parity (null reads: nothing is copied), makes new parity and writes two blocks. Null devices
// end at once, so without a journal nobody ever waits and the number of clients (depth) is no matter. With one, each write
// sums its two pages and waits for its unit of the log; clients that are there together share a unit.
#include <benchmark/benchmark.h>

#include <memory>

#include "core/volume/volume_spec.h"
#include "tests/bench/null_device.h"
#include "tests/bench/quiet_ports.h"

namespace holdfast::bench {
namespace {

constexpr std::uint64_t member_bytes = std::uint64_t{6} << 30, log_bytes = std::uint64_t{1} << 30;

struct Shape {
  int level;
  int members;
  bool has_journal;
};

// A new array that is in sync and dirty already, ready for the first write.
class NullArray {
 public:
  explicit NullArray(Shape shape) {
    RaidSpec spec;
    spec.level = shape.level;
    spec.chunk_bytes = 64 << 10;
    spec.rules.resync_after_unclean_stop = false;  // null reads can't be resynced
    for (int i = 0; i < shape.members; ++i) {
      spec.members.push_back("null" + std::to_string(i));
      add_disk(member_bytes);
    }
    if (shape.has_journal) {
      spec.journal = "log";
      add_disk(log_bytes);
    }
    executor().spawn(prepare(spec));
    executor().run_ready();
    check(volume_ != nullptr, "the array opens");
  }
  ~NullArray() {
    executor().stop();
    volume_.reset();
  }

  BlockDevice& device() { return volume_->device(); }
  Executor& executor() { return world_.executor; }
  std::uint64_t device_requests() const {
    std::uint64_t total = 0;
    for (auto& disk : disks_) total += disk->reads + disk->writes;
    return total;
  }

 private:
  void add_disk(std::uint64_t bytes) {
    disks_.push_back(std::make_unique<NullDevice>(bytes));
    devices_.push_back(disks_.back().get());
  }
  Task<> prepare(RaidSpec spec) {
    VolumeSpec whole{spec};
    Ports ports = world_.ports();
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
  QuietWorld world_;
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

// Where the next write comes from and goes to.
struct Stream {
  Walk walk;
  Sectors length;
  std::vector<SliceList> buffers;
  std::size_t next = 0;

  Stream(std::uint64_t places, Sectors of_each, std::vector<SliceList> from)
      : walk(places), length(of_each), buffers(std::move(from)) {}
};

Task<> write_many(BlockDevice& device, Stream& stream, int count) {
  for (int i = 0; i < count; ++i) {
    Lba first((stream.length * stream.walk.next()).value);
    const SliceList& from = stream.buffers[stream.next++ % stream.buffers.size()];
    auto written = co_await device.write(first, from, WriteFlags());
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

// Arguments: bytes of client pages; clients.
void random_writes(benchmark::State& state, Shape shape) {
  NullArray array(shape);
  constexpr int batch = 1024;
  auto clients = static_cast<int>(state.range(1));
  Sectors length = Sectors::of_bytes(4096);
  Stream stream(array.device().limits().sectors / length, length,
                client_pages(4096, static_cast<std::uint64_t>(state.range(0))));
  std::uint64_t before = array.device_requests();
  for (auto _ : state) {
    for (int i = 0; i < clients; ++i)
      array.executor().spawn(write_many(array.device(), stream, batch / clients));
    array.executor().run_ready();
  }
  auto writes = static_cast<double>(state.iterations() * batch);
  state.counters["writes/s"] = benchmark::Counter(writes, benchmark::Counter::kIsRate);
  state.counters["device_requests/write"] =
      static_cast<double>(array.device_requests() - before) / writes;
}

constexpr Shape raid5{5, 4, false}, raid6{6, 6, false};
constexpr Shape raid5_with_journal{5, 4, true}, raid6_with_journal{6, 6, true};

void random_write_sets(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"working_set", "depth"})->ArgsProduct({{128 << 10, 64 << 20}, {1, 32}});
}
BENCHMARK_CAPTURE(random_writes, raid5_4KiB, raid5)->Apply(random_write_sets);
BENCHMARK_CAPTURE(random_writes, raid5_4KiB_with_journal, raid5_with_journal)
    ->Apply(random_write_sets);
BENCHMARK_CAPTURE(random_writes, raid6_4KiB, raid6)->Apply(random_write_sets);
BENCHMARK_CAPTURE(random_writes, raid6_4KiB_with_journal, raid6_with_journal)
    ->Apply(random_write_sets);

void sequential_writes(benchmark::State& state, Shape shape) {
  NullArray array(shape);
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

void sequential_write_sets(benchmark::internal::Benchmark* bench) {
  bench->ArgName("working_set")->Arg(1 << 20)->Arg(256 << 20);
}
BENCHMARK_CAPTURE(sequential_writes, raid5_1MiB, raid5)->Apply(sequential_write_sets);
BENCHMARK_CAPTURE(sequential_writes, raid5_1MiB_with_journal, raid5_with_journal)
    ->Apply(sequential_write_sets);
BENCHMARK_CAPTURE(sequential_writes, raid6_1MiB, raid6)->Apply(sequential_write_sets);
BENCHMARK_CAPTURE(sequential_writes, raid6_1MiB_with_journal, raid6_with_journal)
    ->Apply(sequential_write_sets);

}  // namespace
}  // namespace holdfast::bench
