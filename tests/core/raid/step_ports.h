// What a test lends to an engine beside devices: time that stands still unless nothing else can go on, chance that counts, and
// somebody who writes down what he hears.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/block/ports.h"
#include "core/task/event.h"

namespace holdfast::tests {

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

inline std::vector<std::byte> pattern(std::size_t bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::byte> data(bytes);
  for (std::byte& byte : data) byte = static_cast<std::byte>(random());
  return data;
}

}  // namespace holdfast::tests
