// A Task is a coroutine that runs when somebody awaits it and hands its result to the one who did.
//
//   Task<IoResult> Array::write(…) {
//     auto lease = co_await stripes_.exclusive(span);
//     …
//   }
//
//   T1  Lazy: nothing runs before the first co_await (or Join::all, or Executor::spawn).
//   T2  Single-threaded; control passes by symmetric transfer, so long chains use no stack.
//   T3  Whoever owns the Task may destroy it at any suspension point; everything it waits on forgets it.
//
// House rule (gcc 12 miscompiles the rest, tests/coroutines keeps the proofs): co_await stands only as a statement, in
// `auto x = co_await f(…);` or in `if (auto x = co_await f(…); …)`. Types passed to coroutines have a constructor.
// No exception crosses a Task: it ends the process.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/task/frame_pool.h"

namespace holdfast {

// Where a finished task's control goes instead of to one awaiting coroutine: see core/task/join.h.
class Arrivals {
 public:
  explicit Arrivals(std::size_t expected) : missing_(expected) {}
  // One arrived. True for the last.
  bool arrive() { return --missing_ == 0; }
  std::coroutine_handle<> waiter = std::noop_coroutine();

 private:
  std::size_t missing_;
};

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  Arrivals* arrivals = nullptr;

  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    release_frame(frame, bytes);
  }

  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      PromiseBase& promise = ended.promise();
      if (!promise.arrivals) return promise.continuation;
      return promise.arrivals->arrive() ? promise.arrivals->waiter : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;

  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::Promise<T> {
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  Task() = default;
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    Task ended(std::exchange(frame_, std::exchange(other.frame_, nullptr)));
    return *this;
  }
  Task(const Task&) = delete;
  ~Task() {
    if (frame_) frame_.destroy();
  }

  struct Awaiter {
    std::coroutine_handle<promise_type> frame;

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
      frame.promise().continuation = awaiting;
      return frame;
    }
    [[nodiscard]] T await_resume() const { return frame.promise().take(); }
  };

  Awaiter operator co_await() && noexcept { return Awaiter{frame_}; }

  // For Join and Executor: start it, and tell whom it reports to.
  void start(Arrivals& arrivals) {
    frame_.promise().arrivals = &arrivals;
    frame_.resume();
  }
  bool exists() const { return frame_ != nullptr; }
  bool is_done() const { return frame_ && frame_.done(); }
  // Once, after it is done.
  T take() {
    check(is_done(), "a task's result is taken after its end");
    return frame_.promise().take();
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace holdfast
