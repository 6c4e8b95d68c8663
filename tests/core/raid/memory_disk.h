// A disk of plain memory that a test drives: it answers at once, when it is let, or with an error, and tells what it was asked.
//
//   story (shared by the disks of a test): "log write 8+16", "log write 8+16 done", "m0 superblock", "m0 superblock done", …
//   Places in it count from `data_offset`. Reads are not told; a request takes effect when it is answered.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/block/ports.h"
#include "core/block/recording.h"
#include "core/task/event.h"
#include "tests/core/raid/step_ports.h"

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
    Extent extent(first, Sectors::of_bytes(bytes_of(into)));
    ++reads;
    if (before_read) before_read(into);
    auto served = co_await serve(Command::read, extent, WriteFlags());
    if (!served) co_return served;
    for (std::uint64_t sector = first.value; sector < extent.end().value; ++sector)
      if (unreadable.contains(sector)) co_return io_error(IoErrorKind::media, Lba(sector));
    copy(Bytes(bytes_).subspan(Sectors(first.value).bytes(), extent.count.bytes()), into);
    co_return IoResult{};
  }
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override {
    auto done = co_await write_as(Command::write, first, from, flags);
    co_return done;
  }
  Task<IoResult> flush() override {
    ++flushes;
    auto served = co_await serve(Command::flush, Extent(), WriteFlags());
    co_return served;
  }
  Task<IoResult> discard(Extent extent) override {
    SliceList zeros = zero_slices(extent.count.bytes());
    auto done = co_await write_as(Command::discard, extent.first, zeros, WriteFlags());
    co_return done;
  }
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override {
    SliceList zeros = zero_slices(extent.count.bytes());
    auto done = co_await write_as(Command::write_zeroes, extent.first, zeros, flags);
    co_return done;
  }

  std::vector<std::byte>& bytes() { return bytes_; }
  DeviceLimits& shape() { return limits_; }

  // Requests that `holds` names wait, the first one in front.
  std::function<bool(Command, Extent)> holds;
  std::size_t held() const { return held_.size(); }
  void answer(std::size_t nth) {
    auto let_go = held_.begin() + static_cast<std::ptrdiff_t>(nth);
    (*let_go)->set();
    held_.erase(let_go);
  }
  void answer_all() {
    while (held() > 0) answer(0);
  }

  std::string name;
  std::vector<std::string>* story = nullptr;
  Lba data_offset;
  std::function<std::optional<IoErrorKind>(Command, Extent)> fault;
  std::set<std::uint64_t> unreadable;  // sectors
  bool is_gone = false;
  std::function<void(Lba)> before_write;
  std::function<void(MutablePages)> before_read;
  int reads = 0, writes = 0, flushes = 0;
  std::uint64_t write_bytes_max = 0;

 private:
  Task<IoResult> write_as(Command command, Lba first, Pages from, WriteFlags flags) {
    Extent extent(first, Sectors::of_bytes(bytes_of(from)));
    ++writes;
    write_bytes_max = std::max(write_bytes_max, extent.count.bytes());
    if (before_write) before_write(first);
    auto served = co_await serve(command, extent, flags);
    if (!served) co_return served;
    copy(from, MutableBytes(bytes_).subspan(Sectors(first.value).bytes(), extent.count.bytes()));
    for (std::uint64_t i = 0; i < extent.count.value; ++i) unreadable.erase(first.value + i);
    co_return IoResult{};
  }
  Task<IoResult> serve(Command command, Extent extent, WriteFlags flags) {
    std::string sentence = tell(command, extent, flags);
    if (holds && holds(command, extent)) {
      held_.push_back(std::make_unique<Event>(executor_));
      Event& let_go = *held_.back();
      co_await let_go.wait();
    } else {
      co_await executor_.yield();
    }
    std::optional<IoErrorKind> error = fault ? fault(command, extent) : std::nullopt;
    if (is_gone) error = IoErrorKind::gone;
    if (!sentence.empty()) story->push_back(sentence + (error ? " failed" : " done"));
    if (error) co_return io_error(*error, extent.first);
    co_return IoResult{};
  }
  std::string tell(Command command, Extent extent, WriteFlags flags) {
    if (!story || command == Command::read) return {};
    std::string sentence = name;
    if (command == Command::flush) {
      sentence += " flush";
    } else if (extent.first < data_offset) {
      sentence += " superblock";
    } else {
      sentence += command == Command::write     ? " write "
                  : command == Command::discard ? " discard "
                                                : " zeroes ";
      sentence += std::to_string((extent.first - data_offset).value) + "+" +
                  std::to_string(extent.count.value);
      if (flags.preflush) sentence += " preflush";
      if (flags.fua) sentence += " fua";
    }
    story->push_back(sentence);
    return sentence;
  }

  Executor& executor_;
  DeviceLimits limits_;
  std::vector<std::byte> bytes_;
  std::vector<std::unique_ptr<Event>> held_;
};

}  // namespace holdfast::tests
