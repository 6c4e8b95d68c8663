// An array on disks of plain memory, driven step by step: for tests of the engine alone, without power cuts.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/task/event.h"
#include "core/volume/volume_spec.h"

namespace holdfast::tests {

class MemoryDisk final : public BlockDevice {
 public:
  MemoryDisk(Executor& executor, std::uint64_t bytes) : executor_(executor), bytes_(bytes) {
    limits_.sectors = Sectors::of_bytes(bytes);
    limits_.atomic_write_bytes = 4096;
    limits_.discard_granularity_bytes = 4096;
    limits_.discard_reads_zero = true;
  }

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override {
    co_await executor_.yield();
    ++reads;
    Extent extent(first, Sectors::of_bytes(bytes_of(into)));
    if (is_gone) co_return io_error(IoErrorKind::gone, first);
    for (std::uint64_t sector = first.value; sector < extent.end().value; ++sector)
      if (unreadable.contains(sector)) co_return io_error(IoErrorKind::media, Lba(sector));
    copy(Bytes(bytes_).subspan(Sectors(first.value).bytes(), extent.count.bytes()), into);
    co_return IoResult{};
  }
  Task<IoResult> write(Lba first, Pages from, WriteFlags) override {
    ++writes;
    write_bytes_max = std::max(write_bytes_max, bytes_of(from));
    if (before_write) before_write(first);
    co_await executor_.yield();
    if (is_gone) co_return io_error(IoErrorKind::gone, first);
    std::uint64_t length = bytes_of(from);
    copy(from, MutableBytes(bytes_).subspan(Sectors(first.value).bytes(), length));
    for (std::uint64_t i = 0; i < length / sector_bytes; ++i) unreadable.erase(first.value + i);
    co_return IoResult{};
  }
  Task<IoResult> flush() override {
    ++flushes;
    co_await executor_.yield();
    if (is_gone) co_return io_error(IoErrorKind::gone, Lba(0));
    co_return IoResult{};
  }
  Task<IoResult> discard(Extent extent) override {
    auto done = co_await write_zeroes(extent, WriteFlags());
    co_return done;
  }
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override {
    SliceList zeros = zero_slices(extent.count.bytes());
    auto done = co_await write(extent.first, zeros, flags);
    co_return done;
  }

  std::vector<std::byte>& bytes() { return bytes_; }

  std::set<std::uint64_t> unreadable;
  bool is_gone = false;
  std::function<void(Lba)> before_write;
  int reads = 0, writes = 0, flushes = 0;
  std::uint64_t write_bytes_max = 0;

 private:
  Executor& executor_;
  DeviceLimits limits_;
  std::vector<std::byte> bytes_;
};

// Time stands still unless nothing else can go on.
class StepClock final : public Clock {
 public:
  explicit StepClock(Executor& executor) : executor_(executor) {}
  Nanoseconds now() const override { return now_; }
  std::uint64_t wall_microseconds() const override { return 1'700'000'000'000'000; }
  Task<> sleep_until(Nanoseconds until) override {
    if (until <= now_) co_return;
    std::unique_ptr<Event>& due = timers_[until];
    if (!due) due = std::make_unique<Event>(executor_);
    co_await due->wait();
  }
  // False if nobody sleeps.
  bool step() {
    if (timers_.empty()) return false;
    now_ = timers_.begin()->first;
    timers_.begin()->second->set();
    executor_.run_ready();
    timers_.erase(timers_.begin());
    return true;
  }

 private:
  Executor& executor_;
  Nanoseconds now_;
  std::map<Nanoseconds, std::unique_ptr<Event>> timers_;
};

class CountingEntropy final : public Entropy {
 public:
  void fill(MutableBytes into) override {
    for (std::byte& byte : into) byte = static_cast<std::byte>(next_++ * 37 + 11);
  }

 private:
  unsigned next_ = 1;
};

class MarkBook final : public Observer {
 public:
  void mark(std::string_view name) override { ++marks[std::string(name)]; }
  void note(std::string_view sentence) override { notes.emplace_back(sentence); }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}

  std::map<std::string, int> marks;
  std::vector<std::string> notes;
};

// The whole: disks, and one life of an array after the other on them.
class MemoryArray {
 public:
  MemoryArray(RaidSpec spec, std::uint64_t member_bytes) : spec_(std::move(spec)) {
    for (const std::string& name : device_names(VolumeSpec{spec_})) {
      (void)name;
      disks.push_back(std::make_unique<MemoryDisk>(executor_, member_bytes));
    }
  }
  ~MemoryArray() { crash(); }

  static RaidSpec spec(int level, std::string layout, int members, std::uint64_t chunk_bytes) {
    RaidSpec spec;
    spec.level = level;
    spec.layout = std::move(layout);
    spec.chunk_bytes = chunk_bytes;
    for (int i = 0; i < members; ++i) spec.members.push_back("m" + std::to_string(i));
    return spec;
  }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    executor_.spawn(keep(std::move(task), result));
    executor_.run_ready();
    while (!result && clock_.step()) {
    }
    EXPECT_TRUE(result) << "stuck: nobody runs, nobody sleeps";
    return std::move(*result);
  }

  void create() {
    auto created = run(creator_of(VolumeSpec{spec_}, {})(devices(), ports()));
    ASSERT_TRUE(created) << created.error().message;
  }
  // Absent devices are given by number.
  tl::expected<void, OpenError> open(std::set<std::size_t> absent = {}) {
    auto opened = run(opener_of(VolumeSpec{spec_})(devices(absent), ports()));
    if (!opened) return tl::unexpected<OpenError>(opened.error());
    volume_ = std::move(*opened);
    return {};
  }
  void open_whole(std::set<std::size_t> absent = {}) {
    auto opened = open(std::move(absent));
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_TRUE(run(volume_->settled()));
  }
  IoResult stop() {
    IoResult stopped = run(volume_->stop());
    volume_.reset();
    return stopped;
  }
  // The process dies; the disks keep what they have.
  void crash() { volume_.reset(); }

  BlockDevice& device() { return volume_->device(); }
  Volume& volume() { return *volume_; }
  IoResult write(std::uint64_t sector, const std::vector<std::byte>& data, WriteFlags flags = {}) {
    SliceList slices = allocate_slices(data.size());
    copy(Bytes(data), slices);
    return run(device().write(Lba(sector), slices, flags));
  }
  tl::expected<std::vector<std::byte>, IoError> read(std::uint64_t sector, std::uint64_t bytes) {
    SliceList slices = allocate_slices(bytes);
    IoResult done = run(device().read(Lba(sector), slices));
    if (!done) return tl::unexpected<IoError>(done.error());
    std::vector<std::byte> data(bytes);
    copy(Pages(slices), MutableBytes(data));
    return data;
  }

  Devices devices(const std::set<std::size_t>& absent = {}) {
    std::vector<BlockDevice*> all;
    for (std::size_t i = 0; i < disks.size(); ++i)
      all.push_back(absent.contains(i) ? nullptr : disks[i].get());
    given_ = all;
    return given_;
  }
  Ports ports() { return {executor_, clock_, entropy_, marks}; }
  RaidSpec& raid() { return spec_; }
  Executor& executor() { return executor_; }
  StepClock& clock() { return clock_; }

  std::vector<std::unique_ptr<MemoryDisk>> disks;
  MarkBook marks;

 private:
  template <class T>
  static Task<> keep(Task<T> task, std::optional<T>& result) {
    auto value = co_await std::move(task);
    result.emplace(std::move(value));
  }

  RaidSpec spec_;
  std::vector<BlockDevice*> given_;
  Executor executor_;
  StepClock clock_{executor_};
  CountingEntropy entropy_;
  std::unique_ptr<Volume> volume_;
};

inline std::vector<std::byte> pattern(std::size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> data(bytes);
  for (std::byte& byte : data) byte = static_cast<std::byte>(random());
  return data;
}

}  // namespace holdfast::tests
