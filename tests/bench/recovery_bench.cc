// What recovery of a write journal costs: the survey and the replay of a log of so many stripes, over devices of memory.
//
//   A 4-member RAID-5 of 64 KiB chunks; each stripe is one page of data and its parity (8 KiB of log, 101 stripes a unit), no
//   stripe twice. They lie one behind the other on the members, or scattered over them. The log's pages and the members stand
//   in folded memory (256 and 4 * 64 MiB, tests/bench/folded_device.h), so every byte is copied from memory and to it.
//   Times are CPU time of the thread, as the rates of the other benchmarks.
//   peak_MiB: by how much the process grew at most (resident), on a thread with empty pools: pages, frames and heap together.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "core/raid/assembly.h"
#include "core/raid/create.h"
#include "core/raid/journal/replay.h"
#include "tests/bench/folded_device.h"
#include "tests/bench/quiet_ports.h"

namespace holdfast::bench {
namespace {

using namespace raid;
using namespace raid::journal;

constexpr int member_count = 4;
constexpr std::uint64_t log_fold = 256 << 20, member_fold = 64 << 20;

// Of this process, in KiB: "VmRSS" now, "VmHWM" the most since it was reset.
std::int64_t resident_kib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == field + ":" && status >> word) return std::stoll(word);
  check(false, "Linux tells how large a process is");
  return 0;
}

void reset_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

double cpu_seconds_of_thread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class T>
T result_of(Executor& executor, Task<T> task) {
  struct Keep {
    static Task<> keep(Task<T> task, std::optional<T>& result) {
      auto value = co_await std::move(task);
      result.emplace(std::move(value));
    }
  };
  std::optional<T> result;
  executor.spawn(Keep::keep(std::move(task), result));
  executor.run_ready();
  check(result.has_value(), "devices of memory end at once");
  return std::move(*result);
}

// An array that was cut off with a log full of stripes.
class LeftArray {
 public:
  LeftArray(std::uint64_t stripes, bool is_scattered) : stripes_(stripes) {
    std::uint64_t member_bytes = stripes * block_bytes + (256 << 20);
    for (int i = 0; i < member_count; ++i)
      add_disk("m" + std::to_string(i), member_bytes, member_fold);
    add_disk("log", stripes * 2 * block_bytes * 102 / 100 + (256 << 20), log_fold);
    array_.layout = "left-symmetric";
    array_.chunk = Sectors::of_bytes(64 << 10);
    array_.members = member_count;
    array_.has_journal = true;
    array_.device_names = names_;
    auto created = result_of(world_.executor, create_array(devices_, array_, world_.ports()));
    check(created.has_value(), "the array is created");
    fill_log(is_scattered);
  }

  std::uint64_t stripes() const { return stripes_; }
  std::uint64_t log_bytes() const { return log_blocks_ * block_bytes; }
  Devices devices() { return devices_; }
  const std::vector<std::string>& names() const { return names_; }
  BlockDevice& log() { return *devices_.back(); }
  std::uint64_t written_to_members() const {
    std::uint64_t total = 0;
    for (int i = 0; i < member_count; ++i)
      total += disks_[static_cast<std::size_t>(i)]->bytes_written;
    return total;
  }

 private:
  void add_disk(std::string name, std::uint64_t bytes, std::uint64_t fold) {
    disks_.push_back(std::make_unique<FoldedDevice>(bytes, fold));
    devices_.push_back(disks_.back().get());
    names_.push_back(std::move(name));
  }
  void fill_log(bool is_scattered);

  std::uint64_t stripes_;
  std::uint64_t log_blocks_ = 0;
  QuietWorld world_;
  NewArray array_;
  std::vector<std::unique_ptr<FoldedDevice>> disks_;
  std::vector<BlockDevice*> devices_;
  std::vector<std::string> names_;
};

// What an array is recovered with, as core/raid/array.cc makes it.
struct Reopened {
  Assembly assembly;
  RaidRules rules;
  Members members;
  Seed seed;
  Ring ring;

  Reopened(Assembly of, BlockDevice& log, Observer& observer)
      : assembly(std::move(of)),
        members(assembly.geometry, assembly.by_role, rules, observer),
        seed(assembly.journal->superblock.set_uuid),
        ring(log, assembly.journal->superblock.data_offset,
             assembly.journal->superblock.data_size) {}
};

Assembly assembled(LeftArray& array, QuietWorld& world);

void LeftArray::fill_log(bool is_scattered) {
  FoldedDevice& log = *disks_.back();
  Assembly assembly = assembled(*this, world_);
  Geometry geometry = assembly.geometry;
  Seed seed(assembly.journal->superblock.set_uuid);
  std::uint64_t first_block = assembly.journal->superblock.data_offset.value / 8;
  std::vector<std::uint32_t> checksums;
  for (std::uint64_t i = 0; i < log.pages(); ++i) {
    MutableBytes page = log.page_of(i);
    for (std::size_t at = 0; at < page.size(); at += 8)
      store_le<std::uint64_t>(page, at, i * 0x9e3779b97f4a7c15u + at);
    checksums.push_back(seed.of_page(page));
  }
  // Odd, and no multiple of a factor of the count: each stripe once.
  std::uint64_t step = is_scattered ? 7'919 * 101 : 1;
  std::uint64_t chunk_pages = geometry.chunk / block_sectors;
  Sequence sequence(1);
  for (std::uint64_t stripe = 0; stripe < stripes_; sequence = sequence + 1) {
    Lba position((block_sectors * log_blocks_).value);
    MetaBlockWriter meta(seed, sequence, position);
    std::uint64_t meta_block = first_block + log_blocks_++;
    auto next_checksum = [&] { return checksums[(first_block + log_blocks_++) % log.pages()]; };
    while (stripe < stripes_ && meta.has_room(data_record_bytes + parity_record_bytes(1))) {
      std::uint64_t number = stripe++ * step % stripes_, row = number / chunk_pages;
      Lba inside((block_sectors * (number % chunk_pages)).value);
      int role = geometry.row(row).role_of(static_cast<int>(number % 3));
      meta.data(geometry.array_lba(row, geometry.row(row).index_of(role)) + Sectors(inside.value),
                next_checksum());
      meta.parity(geometry.member_lba(row) + Sectors(inside.value), next_checksum());
    }
    log.set_apart(meta_block, meta.finish().bytes());
  }
}

Assembly assembled(LeftArray& array, QuietWorld& world) {
  Expected expected;
  expected.device_names = array.names();
  expected.accept_dirty_degraded = true;
  RaidRules rules;
  auto assembly =
      result_of(world.executor, assemble(array.devices(), expected, rules, world.ports()));
  check(assembly.has_value(), "the array is assembled");
  return std::move(*assembly);
}

struct Measured {
  double survey_seconds = 0;
  double replay_seconds = 0;
  std::int64_t peak_kib = 0;
};

Measured recover(LeftArray& array) {
  QuietWorld world;
  JournalRules rules;
  Reopened opened(assembled(array, world), array.log(), world.ports().observer);
  const Geometry& geometry = opened.assembly.geometry;
  std::uint64_t written_before = array.written_to_members();
  reset_peak();
  std::int64_t before = resident_kib("VmRSS");

  double begin = cpu_seconds_of_thread();
  auto log = result_of(world.executor, survey(opened.ring, opened.seed, geometry, Lba(0), false,
                                              opened.members, rules, world.ports()));
  double surveyed = cpu_seconds_of_thread();
  check(log && log->stripes == array.stripes() && log->blocks * block_bytes == array.log_bytes(),
        "the whole log is found");
  auto replayed = result_of(world.executor, replay(*log, opened.ring, opened.seed, geometry,
                                                   opened.members, rules, world.ports()));
  double ended = cpu_seconds_of_thread();
  check(
      replayed && array.written_to_members() - written_before == array.stripes() * 2 * block_bytes,
      "every page is replayed, each once");

  return {surveyed - begin, ended - surveyed, resident_kib("VmHWM") - before};
}

// Arguments: stripes; whether they are scattered.
void journal_recovery(benchmark::State& state) {
  LeftArray array(static_cast<std::uint64_t>(state.range(0)), state.range(1) != 0);
  Measured all;
  for (auto _ : state) {
    Measured measured;
    std::thread([&] { measured = recover(array); }).join();
    state.SetIterationTime(measured.survey_seconds + measured.replay_seconds);
    all.survey_seconds += measured.survey_seconds;
    all.replay_seconds += measured.replay_seconds;
    all.peak_kib = std::max(all.peak_kib, measured.peak_kib);
  }
  auto runs = static_cast<double>(state.iterations());
  double bytes = static_cast<double>(array.log_bytes()) * runs,
         stripes = static_cast<double>(array.stripes()) * runs;
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["ns/stripe"] = (all.survey_seconds + all.replay_seconds) * 1e9 / stripes;
  state.counters["survey_GB/s"] = bytes * 1e-9 / all.survey_seconds;
  state.counters["replay_GB/s"] = bytes * 1e-9 / all.replay_seconds;
  state.counters["peak_MiB"] = static_cast<double>(all.peak_kib) / 1024;
}
BENCHMARK(journal_recovery)
    ->ArgNames({"stripes", "scattered"})
    ->ArgsProduct({{100'000, 1'000'000}, {0, 1}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace holdfast::bench
