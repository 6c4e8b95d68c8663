// Virtual time: what happens when, in an order that only the seed decides.
//
//   Timed::arm(clock, instant)  ->  queue ordered by (instant, order of arming)  ->  fire_next() -> due()
//
//   Time moves only in fire_next(). Whoever is destroyed leaves the queue.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/intrusive/set.hpp>

#include "core/block/ports.h"
#include "sim/choices.h"

namespace holdfast::sim {

class Clock;

// Something that becomes due at an instant.
class Timed : public boost::intrusive::set_base_hook<
                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                  boost::intrusive::optimize_size<true>> {
 public:
  virtual ~Timed() = default;
  // Out of the queue already when it is called.
  virtual void due() = 0;

  bool is_armed() const { return is_linked(); }
  Nanoseconds instant() const { return instant_; }
  void disarm() {
    if (is_linked()) unlink();
  }
  friend bool operator<(const Timed& one, const Timed& other) {
    if (one.instant_ != other.instant_) return one.instant_ < other.instant_;
    return one.order_ < other.order_;
  }

 private:
  friend class Clock;
  Nanoseconds instant_;
  std::uint64_t order_ = 0;
};

class Clock final : public holdfast::Clock {
 public:
  explicit Clock(Executor& executor, Nanoseconds start = {}) : executor_(executor), now_(start) {}
  Clock(const Clock&) = delete;

  Nanoseconds now() const override { return now_; }
  Task<> sleep_until(Nanoseconds until) override;
  std::uint64_t wall_microseconds() const override { return born_microseconds + now_.value / 1000; }

  void arm(Timed& timed, Nanoseconds instant);
  bool is_idle() const { return queue_.empty(); }
  // The next instant at which something is due; only if not idle.
  Nanoseconds next_instant() const { return queue_.begin()->instant_; }
  void fire_next();

  static constexpr std::uint64_t born_microseconds = 1'700'000'000'000'000;

 private:
  Executor& executor_;
  boost::intrusive::multiset<Timed, boost::intrusive::constant_time_size<false>> queue_;
  Nanoseconds now_;
  std::uint64_t armed_ = 0;
};

class Entropy final : public holdfast::Entropy {
 public:
  explicit Entropy(Choices& choices) : choices_(choices) {}
  void fill(MutableBytes into) override;

 private:
  Choices& choices_;
  std::uint64_t filled_ = 0;
};

// How often each mark was reached, and the last sentences.
class Witness final : public holdfast::Observer {
 public:
  struct Mark {
    std::string name;
    std::uint64_t count = 0;
  };
  static constexpr std::size_t notes_kept = 64;

  void mark(std::string_view name) override;
  void note(std::string_view sentence) override;
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}

  const std::vector<Mark>& marks() const { return marks_; }  // in the order first reached
  std::uint64_t count(std::string_view name) const;
  // The last notes_kept, oldest first, each with the prefix that stood when it was made.
  const std::vector<std::string>& notes() const { return notes_; }
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

 private:
  std::vector<Mark> marks_;
  std::vector<std::string> notes_;
  std::string prefix_;
};

}  // namespace holdfast::sim
