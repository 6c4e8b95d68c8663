// A simulated disk on a bench: requests by hand, time by hand, and the fate of each fragment as the test wants it.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "core/task/join.h"
#include "sim/disk.h"

namespace holdfast::sim {

// Answers a family as told, everything else benignly, or by a seed.
class ToldChoices final : public Choices {
 public:
  std::uint64_t choose(Key key, std::uint64_t bound) override {
    if (auto told = told_.find(key.family); told != told_.end()) return told->second % bound;
    return seeded_ ? seeded_->choose(key, bound) : 0;
  }
  bool coin(Key key, std::uint32_t parts_per_million) override {
    if (auto told = told_.find(key.family); told != told_.end()) return told->second != 0;
    return seeded_ && seeded_->coin(key, parts_per_million);
  }
  void tell(Family family, std::uint64_t answer) { told_[family] = answer; }
  void seed(std::uint64_t seed) { seeded_ = std::make_unique<SeededChoices>(seed); }

 private:
  std::map<Family, std::uint64_t> told_;
  std::unique_ptr<SeededChoices> seeded_;
};

inline DiskSpec small_disk() {
  DiskSpec spec;
  spec.name = "d";
  spec.limits.sectors = Sectors::of_bytes(256 << 10);
  spec.fresh = FreshContent::zero;
  return spec;
}

class DiskRig {
 public:
  static constexpr std::uint64_t everything_lands = 0;  // tempers of a cut
  static constexpr std::uint64_t everything_is_lost = 1;
  static constexpr std::uint64_t each_by_coin = 2;

  explicit DiskRig(const DiskSpec& spec = small_disk()) : media(spec, 0, choices) { boot(); }
  ~DiskRig() { executor->stop(); }

  void boot() {
    if (executor) executor->stop();
    disk.reset();
    clock = nullptr;
    executor = std::make_unique<Executor>();
    clock = std::make_unique<Clock>(*executor);
    media.reopen();
    disk = std::make_unique<Disk>(media, DiskPorts{*executor, *clock, choices, trace},
                                  media.spec().model);
  }
  void cut(std::uint64_t temper) {
    choices.tell(Family::cut_pattern, temper);
    fates.clear();
    disk->power_cut(cuts++, fates);
    boot();
  }

  // A request in flight; its answer once it is there.
  struct Request {
    std::optional<IoResult> answer;
    SliceList pages;
    bool has_ended() const { return answer.has_value(); }
    bool is_ok() const { return answer && answer->has_value(); }
    IoErrorKind error() const { return answer->error().kind; }
  };
  Request& write(std::uint64_t lba, char fill, std::uint64_t sectors = 8, WriteFlags flags = {}) {
    Request& request = make(sectors);
    for (const Slice& slice : request.pages) std::memset(slice.data(), fill, slice.bytes);
    start(request, disk->write(Lba(lba), request.pages, flags));
    return request;
  }
  Request& read(std::uint64_t lba, std::uint64_t sectors = 8) {
    Request& request = make(sectors);
    start(request, disk->read(Lba(lba), request.pages));
    return request;
  }
  Request& flush() {
    Request& request = make(0);
    start(request, disk->flush());
    return request;
  }
  Request& discard(std::uint64_t lba, std::uint64_t sectors) {
    Request& request = make(0);
    start(request, disk->discard(Extent(Lba(lba), Sectors(sectors))));
    return request;
  }
  // Until it has ended.
  Request& end(Request& request) {
    while (!request.has_ended()) {
      clock->fire_next();
      executor->run_ready();
    }
    return request;
  }
  void end_all() {
    while (!clock->is_idle()) {
      clock->fire_next();
      executor->run_ready();
    }
  }
  void write_durably(std::uint64_t lba, char fill, std::uint64_t sectors = 8) {
    EXPECT_TRUE(end(write(lba, fill, sectors, write_fua)).is_ok());
  }

  // One letter for each sector as a reader sees it, '.' for zeros, '?' for sectors of mixed bytes.
  std::string content(std::uint64_t lba, std::uint64_t sectors = 8) const {
    std::string text;
    for (std::uint64_t at = lba; at < lba + sectors; ++at) {
      const std::byte* bytes = media.visible(at / 8) + at % 8 * sector_bytes;
      bool is_one = std::memcmp(bytes, bytes + 1, sector_bytes - 1) == 0;
      char first = static_cast<char>(bytes[0]);
      text += !is_one ? '?' : first == 0 ? '.' : first;
    }
    return text;
  }

  ToldChoices choices;
  Trace trace;
  Media media;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Disk> disk;
  Fates fates;
  std::uint64_t cuts = 0;

 private:
  Request& make(std::uint64_t sectors) {
    requests_.emplace_back();
    requests_.back().pages = allocate_slices(sectors * sector_bytes);
    return requests_.back();
  }
  static Task<> keep(Task<IoResult> task, Request& request) {
    IoResult result = co_await std::move(task);
    request.answer = result;
  }
  void start(Request& request, Task<IoResult> task) {
    executor->spawn(keep(std::move(task), request));
    executor->run_ready();
  }

  std::deque<Request> requests_;
};

}  // namespace holdfast::sim
