#include "drivers/posix/worker_threads.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

namespace holdfast::drivers {
namespace {

// Threads inherit the mask of the thread that starts them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

WorkerThreads::WorkerThreads(std::size_t threads_max)
    : threads_max_(threads_max), ended_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  check(ended_event_.is_open(), "the system gives an eventfd");
}

WorkerThreads::~WorkerThreads() {
  check(begun_ == 0, "threads go when no call is left");
  {
    std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  work_has_come_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerThreads::begin(PendingCall& pending) {
  ++begun_;
  bool is_one_idle = false;
  {
    std::lock_guard lock(mutex_);
    handed_over_.push_back(&pending);
    is_one_idle = idle_ >= handed_over_.size();
  }
  if (is_one_idle)
    work_has_come_.notify_one();
  else if (threads_.size() < threads_max_)
    start_thread();
}

void WorkerThreads::start_thread() {
  SignalsBlocked blocked;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // With fewer than wished for it goes slower; with none it doesn't go.
    check(!threads_.empty(), "the system gives at least one thread");
  }
}

void WorkerThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    work_has_come_.wait(lock, [this] { return !handed_over_.empty() || is_closing_; });
    --idle_;
    if (handed_over_.empty()) return;
    PendingCall* pending = handed_over_.front();
    handed_over_.pop_front();
    lock.unlock();
    std::int64_t answer = pending->call().carry_out();
    lock.lock();
    ended_.push_back({pending, answer});
    if (ended_.size() == 1) eventfd_write(ended_event(), 1);
  }
}

std::vector<WorkerThreads::Ended> WorkerThreads::take_ended() {
  std::vector<Ended> ended;
  std::lock_guard lock(mutex_);
  eventfd_t ignored = 0;
  eventfd_read(ended_event(), &ignored);
  ended.swap(ended_);
  begun_ -= ended.size();
  return ended;
}

}  // namespace holdfast::drivers
