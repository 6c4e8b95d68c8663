// Requests to real devices that wait for their turn: one is carried out at a time, in the order in which they came.
//
//   read(), write(), … --turn()--> waiting --carry_out_one()--> ready queue of the executor --> the system call
//
//   Q1  A request destroyed while it waits is forgotten; one that has begun is finished before anything else runs.
//   Q2  Between two requests the world looks at signals and timers, so a long resync can be interrupted.
#pragma once

#include "core/task/executor.h"

namespace holdfast::drivers {

class RequestQueue {
 public:
  explicit RequestQueue(Executor& executor) : executor_(&executor) {}
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  class Turn {
   public:
    explicit Turn(RequestQueue& queue) : queue_(queue) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) {
      suspension_.waiter = awaiting;
      queue_.waiting_.push_back(suspension_);
    }
    void await_resume() const noexcept {}

   private:
    RequestQueue& queue_;
    Suspension suspension_;
  };
  // co_await queue.turn();
  Turn turn() { return Turn(*this); }

  // False if none waits. The next run_ready() makes the system call.
  bool carry_out_one() {
    if (waiting_.empty()) return false;
    executor_->schedule(waiting_.front());
    return true;
  }

 private:
  Executor* executor_;
  SuspensionList waiting_;
};

}  // namespace holdfast::drivers
