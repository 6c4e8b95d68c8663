// Carries out system calls while the world goes on, and wakes who waits for them: by a ring, or by threads.
//
//   auto answer = co_await reactor.carry_out(SystemCall::sync(file));
//
//   carry_out() -> queued --begin()--> begun: the kernel has it --end()--> ended -> ready queue of the executor
//                    ^-------- not done, to be asked for again ----'
//
//   A1  turn() begins calls in the order in which they came, as many as there is room for. None is lost, and begun ones
//       end in any order.
//   A2  turn() resumes nobody: who is to run next goes to the executor (X1).
//   A3  The memory of a begun call belongs to the kernel. Whoever destroys it waits for its end, however long the device
//       takes; a queued one is forgotten.
//   A4  EINTR of a call that moves data, and one EAGAIN, are asked for again. No other answer is judged here.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/types.h"
#include "core/task/executor.h"
#include "drivers/posix/system_call.h"

namespace holdfast::drivers {

class Reactor;

// A system call and the coroutine that waits for it; lives in that coroutine's frame.
class PendingCall : private Suspension {
 public:
  PendingCall(Reactor& reactor, SystemCall call) : reactor_(reactor), call_(call) {}
  PendingCall(const PendingCall&) = delete;
  inline ~PendingCall();

  bool await_ready() const noexcept { return false; }
  inline void await_suspend(std::coroutine_handle<> awaiting);
  std::int64_t await_resume() const noexcept { return answer_; }

  const SystemCall& call() const { return call_; }
  // The kernel would have had to wait where it was asked: now it shall.
  bool may_block() const { return may_block_; }

 private:
  friend class Reactor;
  enum class State : std::uint8_t { none, queued, begun, ended };

  Reactor& reactor_;
  SystemCall call_;
  State state_ = State::none;
  bool may_block_ = false;
  std::int64_t answer_ = 0;
};

class Reactor {
 public:
  Reactor() = default;
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  // No call is queued or begun any more.
  virtual ~Reactor() = default;

  PendingCall carry_out(SystemCall call) { return PendingCall(*this, call); }

  bool is_busy() const { return begun_ > 0 || !queued_.empty() || !ended_.empty(); }

  // Begins what is queued, waits until a call ends, but not longer than `wait_at_most` and not beyond a signal, and makes
  // ready whose calls have ended.
  void turn(Executor& executor, Nanoseconds wait_at_most);

 protected:
  // Hands the call to the kernel, at the latest with the next wait(). False: there is no room before another one ends.
  virtual bool begin(PendingCall& pending) = 0;
  // Waits for the end of a begun call, and tells end() of each that has ended.
  virtual void wait(Nanoseconds at_most) = 0;

  void end(PendingCall& pending, std::int64_t answer);
  std::size_t begun() const { return begun_; }

 private:
  friend class PendingCall;
  void queue(PendingCall& pending);
  void let_go(PendingCall& pending);

  SuspensionList queued_;
  SuspensionList ended_;
  std::size_t begun_ = 0;
};

PendingCall::~PendingCall() {
  if (state_ == State::begun) reactor_.let_go(*this);
}

void PendingCall::await_suspend(std::coroutine_handle<> awaiting) {
  waiter = awaiting;
  reactor_.queue(*this);
}

}  // namespace holdfast::drivers
