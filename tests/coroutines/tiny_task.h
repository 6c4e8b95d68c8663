// The smallest lazy coroutine task, and objects that count their births and deaths: what the repros stand on.
#pragma once

#include <coroutine>
#include <cstdio>
#include <exception>
#include <utility>

template <class T>
struct Task {
  struct promise_type {
    T value{};
    std::coroutine_handle<> continuation = std::noop_coroutine();

    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
        return ended.promise().continuation;
      }
      void await_resume() noexcept {}
    };

    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void return_value(T result) { value = result; }
    void unhandled_exception() { std::terminate(); }
  };

  struct Awaiter {
    std::coroutine_handle<promise_type> frame;

    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
      frame.promise().continuation = awaiting;
      return frame;
    }
    T await_resume() { return frame.promise().value; }
  };

  explicit Task(std::coroutine_handle<promise_type> of) : frame(of) {}
  Task(Task&& other) noexcept : frame(std::exchange(other.frame, nullptr)) {}
  ~Task() {
    if (frame) frame.destroy();
  }
  Awaiter operator co_await() && noexcept { return Awaiter{frame}; }

  std::coroutine_handle<promise_type> frame;
};

inline std::coroutine_handle<> parked;

// Suspends until main goes on.
struct Park {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept { parked = awaiting; }
  void await_resume() noexcept {}
};

inline int born = 0;
inline int died = 0;

struct Counted {
  Counted() { ++born; }
  Counted(const Counted&) { ++born; }
  ~Counted() { ++died; }
};

struct Aggregate {
  Counted inside;
  int number = 0;
};

struct Constructed {
  explicit Constructed(int of) : number(of) {}
  Counted inside;
  int number;
};

// Runs a task to its end. Exit code 0: it ended with `expected`, and every object that was born died once.
inline int judge(Task<int> task, int expected) {
  task.frame.resume();
  while (parked) std::exchange(parked, nullptr).resume();
  if (!task.frame.done()) return std::puts("resumed through garbage: the coroutine never ended"), 1;
  int value = task.frame.promise().value;
  std::printf("result %d, expected %d; %d born, %d died\n", value, expected, born, died);
  return value == expected && born == died ? 0 : 1;
}
