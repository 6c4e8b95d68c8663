#include "drivers/posix/real_world.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "core/base/check.h"

namespace holdfast::drivers {
namespace {

// A signal that comes just before the sleep is seen this much later.
constexpr auto signal_latency = Nanoseconds::of_milliseconds(50);
// Whoever keeps making others ready does not keep the world from signals, alarms and devices.
constexpr std::size_t resumed_max = 1000;

volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t second_ends = 1;

void note_interruption(int signal) {
  if (interrupted && second_ends) _exit(128 + signal);
  interrupted = 1;
}

}  // namespace

Nanoseconds SystemClock::now() const {
  auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count();
  return Nanoseconds(static_cast<std::uint64_t>(count));
}

std::uint64_t SystemClock::wall_microseconds() const {
  auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  auto count = std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count();
  return static_cast<std::uint64_t>(count);
}

class SystemClock::Sleep {
 public:
  Sleep(SystemClock& clock, Nanoseconds until) : clock_(clock) { alarm_.until = until; }
  bool await_ready() const { return clock_.now() >= alarm_.until; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    alarm_.suspension.waiter = awaiting;
    clock_.insert(alarm_);
  }
  void await_resume() const noexcept {}

 private:
  SystemClock& clock_;
  Alarm alarm_;
};

Task<> SystemClock::sleep_until(Nanoseconds until) { co_await Sleep(*this, until); }

void SystemClock::insert(Alarm& alarm) {
  auto later = alarms_.begin();
  while (later != alarms_.end() && later->until <= alarm.until) ++later;
  alarms_.insert(later, alarm);
}

void SystemClock::wake() {
  if (alarms_.empty()) return;
  Nanoseconds present = now();
  while (!alarms_.empty() && alarms_.front().until <= present) {
    Alarm& due = alarms_.front();
    due.unlink();
    executor_->schedule(due.suspension);
  }
}

std::optional<Nanoseconds> SystemClock::next_alarm() const {
  if (alarms_.empty()) return std::nullopt;
  return alarms_.front().until;
}

void SystemEntropy::fill(MutableBytes into) {
  while (!into.empty()) {
    ssize_t filled = getrandom(into.data(), into.size(), 0);
    check(filled > 0 || errno == EINTR, "the kernel gives random bytes");
    if (filled > 0) into = into.subspan(static_cast<std::size_t>(filled));
  }
}

SignalWatch::SignalWatch() {
  struct sigaction noted{};
  noted.sa_handler = note_interruption;
  sigaction(SIGINT, &noted, &before_int_);
  sigaction(SIGTERM, &noted, &before_term_);
}

SignalWatch::~SignalWatch() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

bool SignalWatch::was_interrupted() { return interrupted != 0; }

void SignalWatch::ignore_second_signals() { second_ends = 0; }

bool RealWorld::turn() {
  clock_.wake();
  std::size_t resumed = 0;
  while (resumed < resumed_max && executor_.run_one()) ++resumed;
  bool has_ready = executor_.has_ready();
  if (resumed > 0 && !has_ready) return true;  // it may be over
  auto alarm = clock_.next_alarm();
  if (!has_ready && !alarm && !reactor_->is_busy()) return false;
  reactor_->turn(executor_, has_ready ? Nanoseconds(0) : patience(alarm));
  return true;
}

Nanoseconds RealWorld::patience(std::optional<Nanoseconds> alarm) const {
  if (!alarm) return signal_latency;
  Nanoseconds present = clock_.now();
  return *alarm <= present ? Nanoseconds(0) : std::min(*alarm - present, signal_latency);
}

}  // namespace holdfast::drivers
