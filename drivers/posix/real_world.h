// The world in which time passes by itself: runs tasks on real devices, the system's clock and its randomness.
//
//   RealWorld world(observer, std::make_unique<ThreadReactor>());
//   auto opened = world.run(open(devices, world.ports()));      // nullopt: SIGINT or SIGTERM came first
//
//   N1  One task at a time; what it started in the background runs on with the next.
//   N2  The first SIGINT or SIGTERM asks run() to end: the task is destroyed where it stands, as by a host crash.
//       finish() doesn't listen. The second signal ends the process.
//   N3  System calls are handed over when nobody is ready to run, all at once (drivers/posix/reactor.h).
#pragma once

#include <csignal>
#include <memory>
#include <optional>

#include "core/block/ports.h"
#include "drivers/posix/reactor.h"

namespace holdfast::drivers {

class SystemClock final : public Clock {
 public:
  explicit SystemClock(Executor& executor) : executor_(&executor) {}

  Nanoseconds now() const override;
  Task<> sleep_until(Nanoseconds until) override;
  std::uint64_t wall_microseconds() const override;

  // Makes ready whoever's time has come.
  void wake();
  std::optional<Nanoseconds> next_alarm() const;

 private:
  struct Alarm : boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Suspension suspension;
    Nanoseconds until;
  };
  class Sleep;
  void insert(Alarm& alarm);

  Executor* executor_;
  // The earliest first.
  boost::intrusive::list<Alarm, boost::intrusive::constant_time_size<false>> alarms_;
};

class SystemEntropy final : public Entropy {
 public:
  void fill(MutableBytes into) override;
};

// While one stands, SIGINT and SIGTERM are noted instead of ending the process; the second one ends it.
class SignalWatch {
 public:
  SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch();

  static bool was_interrupted();
  // For a process that somebody else ends if it has to be: in this one no second signal does.
  static void ignore_second_signals();

 private:
  struct sigaction before_int_;
  struct sigaction before_term_;
};

class RealWorld {
 public:
  // `observer` outlives the world.
  RealWorld(Observer& observer, std::unique_ptr<Reactor> reactor)
      : reactor_(std::move(reactor)), clock_(executor_), observer_(observer) {}

  Ports ports() { return {executor_, clock_, entropy_, observer_}; }
  Reactor& reactor() { return *reactor_; }
  Observer& observer() { return observer_; }
  static bool was_interrupted() { return SignalWatch::was_interrupted(); }

  template <class T>
  std::optional<T> run(Task<T> task) {
    Arrivals arrivals(1);
    task.start(arrivals);
    while (!task.is_done()) {
      if (was_interrupted()) return std::nullopt;
      turn_for_sure();
    }
    return task.take();
  }

  // Not interruptible: for stopping cleanly.
  template <class T>
  T finish(Task<T> task) {
    Arrivals arrivals(1);
    task.start(arrivals);
    while (!task.is_done()) turn_for_sure();
    return task.take();
  }

  // X2 of core/task/executor.h: before the volume goes, and then its devices.
  void stop() { executor_.stop(); }

 private:
  // What is ready; if nobody is, waits for a system call or the next alarm. False: nothing will ever come.
  bool turn();
  // How long to wait if the next alarm is the next thing to come.
  Nanoseconds patience(std::optional<Nanoseconds> alarm) const;
  void turn_for_sure() { check(turn(), "what a task waits for will come"); }

  SignalWatch signals_;
  std::unique_ptr<Reactor> reactor_;  // outlives the coroutines
  Executor executor_;
  SystemClock clock_;
  SystemEntropy entropy_;
  Observer& observer_;
};

}  // namespace holdfast::drivers
