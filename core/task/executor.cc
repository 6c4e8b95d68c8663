#include "core/task/executor.h"

namespace holdfast {

// The outermost coroutine of a spawned task: owns it, stands in the executor's list of roots, ends by destroying itself.
struct Executor::Root {
  struct promise_type {
    Suspension root;  // in roots_
    Suspension begin;  // in ready_ until the first resume

    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept {
      release_frame(frame, bytes);
    }
    Root get_return_object() {
      auto self = std::coroutine_handle<promise_type>::from_promise(*this);
      root.waiter = self;
      begin.waiter = self;
      return Root{self};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
  std::coroutine_handle<promise_type> frame;

  static Root run(Task<void> task) { co_await std::move(task); }
};

void Executor::spawn(Task<void> task) {
  if (stopped_) return;
  Root root = Root::run(std::move(task));
  roots_.push_back(root.frame.promise().root);
  ready_.push_back(root.frame.promise().begin);
}

void Executor::schedule(Suspension& waiting) {
  waiting.unlink();
  if (!stopped_) ready_.push_back(waiting);
}

bool Executor::run_one() {
  check(!running_, "X1: the executor is not re-entrant");
  if (ready_.empty()) return false;
  running_ = true;
  Suspension& next = ready_.front();
  ready_.pop_front();
  next.waiter.resume();
  running_ = false;
  return true;
}

std::size_t Executor::run_ready() {
  std::size_t resumed = 0;
  while (run_one()) ++resumed;
  return resumed;
}

void Executor::stop() {
  check(!running_, "X2: the power is not cut from within a coroutine");
  stopped_ = true;
  // Tasks outside the roots too: their owners destroy them later, nobody resumes them.
  ready_.clear();
  while (!roots_.empty()) roots_.back().waiter.destroy();
}

}  // namespace holdfast
