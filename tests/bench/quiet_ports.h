// A world for benchmarks of the engine alone: time stands still, nobody listens, and devices end at once.
#pragma once

#include <algorithm>

#include "core/block/ports.h"
#include "core/task/event.h"

namespace holdfast::bench {

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

class QuietWorld {
 public:
  Ports ports() { return {executor, clock_, entropy_, observer_}; }

  Executor executor;

 private:
  StillClock clock_{executor};
  NoEntropy entropy_;
  Deaf observer_;
};

}  // namespace holdfast::bench
