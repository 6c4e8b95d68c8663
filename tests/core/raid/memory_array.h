// An array on disks of plain memory, driven step by step: for tests of the engine alone, without power cuts.
#pragma once

#include <gtest/gtest.h>

#include "core/volume/volume_spec.h"
#include "tests/core/raid/memory_disk.h"

namespace holdfast::tests {

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

}  // namespace holdfast::tests
