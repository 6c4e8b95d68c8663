// Something that happens once, and wakes everybody who waits for it.
//
//   Waiters are scheduled in the order in which they came. set() may be called again; reset() makes it wait anew.
#pragma once

#include "core/task/executor.h"

namespace holdfast {

class Event {
 public:
  explicit Event(Executor& executor) : executor_(&executor) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  bool is_set() const { return set_; }
  void set() {
    set_ = true;
    while (!waiting_.empty()) executor_->schedule(waiting_.front());
  }
  void reset() { set_ = false; }

  class Wait {
   public:
    explicit Wait(Event& event) : event_(event) {}
    bool await_ready() const noexcept { return event_.set_; }
    void await_suspend(std::coroutine_handle<> awaiting) {
      suspension_.waiter = awaiting;
      event_.waiting_.push_back(suspension_);
    }
    void await_resume() const noexcept {}

   private:
    Event& event_;
    Suspension suspension_;
  };
  // co_await event.wait();
  Wait wait() { return Wait(*this); }

 private:
  Executor* executor_;
  SuspensionList waiting_;
  bool set_ = false;
};

}  // namespace holdfast
