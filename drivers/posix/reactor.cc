#include "drivers/posix/reactor.h"

#include <cerrno>

namespace holdfast::drivers {

void Reactor::queue(PendingCall& pending) {
  pending.state_ = PendingCall::State::queued;
  queued_.push_back(pending);
}

void Reactor::turn(Executor& executor, Nanoseconds wait_at_most) {
  while (!queued_.empty()) {
    auto& pending = static_cast<PendingCall&>(queued_.front());
    if (!begin(pending)) break;
    pending.unlink();
    pending.state_ = PendingCall::State::begun;
    ++begun_;
  }
  wait(ended_.empty() ? wait_at_most : Nanoseconds(0));
  while (!ended_.empty()) executor.schedule(ended_.front());
}

void Reactor::end(PendingCall& pending, std::int64_t answer) {
  check(pending.state_ == PendingCall::State::begun, "only a call that was begun ends, and once");
  --begun_;
  bool is_interrupted = answer == -EINTR && pending.call().moves_data();
  bool would_block = answer == -EAGAIN && !pending.may_block_;
  if (is_interrupted || would_block) {
    pending.may_block_ = pending.may_block_ || would_block;
    queue(pending);
    return;
  }
  pending.answer_ = answer;
  pending.state_ = PendingCall::State::ended;
  ended_.push_back(pending);
}

void Reactor::let_go(PendingCall& pending) {
  constexpr auto patience = Nanoseconds::of_milliseconds(1000);
  while (pending.state_ == PendingCall::State::begun) wait(patience);
}

}  // namespace holdfast::drivers
