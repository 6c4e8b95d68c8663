// A fair lock between coroutines: granted in the order in which it was asked for.
//
//   MutexLock lock = co_await mutex.lock();      // held until the lock goes out of scope
//
//   The next holder is decided at unlock, so nobody overtakes the queue. A waiter that is destroyed leaves the queue.
#pragma once

#include "core/task/executor.h"

namespace holdfast {

class Mutex;

class [[nodiscard]] MutexLock {
 public:
  explicit MutexLock(Mutex* of) : mutex_(of) {}
  MutexLock(MutexLock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
  MutexLock& operator=(MutexLock&& other) noexcept {
    std::swap(mutex_, other.mutex_);
    return *this;
  }
  ~MutexLock() { release(); }
  inline void release();

 private:
  Mutex* mutex_;
};

class Mutex {
 public:
  explicit Mutex(Executor& executor) : executor_(&executor) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  bool is_locked() const { return holder_ != nullptr; }

  class Acquire {
   public:
    explicit Acquire(Mutex& mutex) : mutex_(mutex) {}
    ~Acquire() {
      // Destroyed between being chosen and being resumed: the lock goes on to the next.
      if (chosen_) mutex_.pass_on();
    }
    bool await_ready() noexcept {
      if (mutex_.holder_) return false;
      mutex_.holder_ = this;
      chosen_ = true;
      return true;
    }
    void await_suspend(std::coroutine_handle<> awaiting) {
      waiting_.suspension.waiter = awaiting;
      waiting_.acquire = this;
      mutex_.queue_.push_back(waiting_);
    }
    MutexLock await_resume() noexcept {
      chosen_ = false;
      return MutexLock(&mutex_);
    }

   private:
    friend class Mutex;
    struct Waiting : boost::intrusive::list_base_hook<
                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
      Suspension suspension;
      Acquire* acquire = nullptr;
    };
    Mutex& mutex_;
    Waiting waiting_;
    bool chosen_ = false;
  };
  Acquire lock() { return Acquire(*this); }

 private:
  friend class MutexLock;
  void pass_on() {
    holder_ = nullptr;
    if (queue_.empty()) return;
    Acquire::Waiting& next = queue_.front();
    queue_.pop_front();
    holder_ = next.acquire;
    next.acquire->chosen_ = true;
    executor_->schedule(next.suspension);
  }

  Executor* executor_;
  boost::intrusive::list<Acquire::Waiting, boost::intrusive::constant_time_size<false>> queue_;
  const void* holder_ = nullptr;  // who was granted it; only its presence counts
};

inline void MutexLock::release() {
  if (Mutex* held = std::exchange(mutex_, nullptr)) held->pass_on();
}

}  // namespace holdfast
