// A reactor that answers as it is told, so that a test can be a kernel with faults: short transfers, errors, no room.
//
//   Calls end in the reverse order of their beginning, all of them with each wait(), unless `ends_at_once` says fewer.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "drivers/posix/reactor.h"

namespace holdfast::drivers {

class ScriptedReactor final : public Reactor {
 public:
  using Answer = std::function<std::int64_t(const SystemCall&)>;

  // What the kernel answers; told nothing, it does what it is asked.
  Answer answer = [](const SystemCall& call) { return call.carry_out(); };
  std::size_t room = 1000;
  std::size_t ends_at_once = 1000;

  std::vector<SystemCall> seen;
  std::size_t count(SystemCall::Operation operation) const {
    return static_cast<std::size_t>(std::ranges::count(seen, operation, &SystemCall::operation));
  }
  std::size_t begun_now() const { return begun_calls_.size(); }

 private:
  bool begin(PendingCall& pending) override {
    if (begun_calls_.size() == room) return false;
    seen.push_back(pending.call());
    begun_calls_.push_back(&pending);
    return true;
  }
  void wait(Nanoseconds) override {
    for (std::size_t i = 0; i < ends_at_once && !begun_calls_.empty(); ++i) {
      PendingCall* last = begun_calls_.back();
      begun_calls_.pop_back();
      end(*last, answer(last->call()));
    }
  }

  std::vector<PendingCall*> begun_calls_;
};

}  // namespace holdfast::drivers
