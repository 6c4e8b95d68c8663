// A few threads that carry out system calls and wait for them, so that the world's own thread need not.
//
//   begin() --> handed over --> on a thread --> ended --take_ended()--> the reactor's end()
//                                                  '--> ended_event() becomes readable
//
//   H1  All functions are for the world's thread. The threads touch nothing but the call, and take no signals.
//   Caller: no call is left when the threads go.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "drivers/posix/descriptor.h"
#include "drivers/posix/reactor.h"

namespace holdfast::drivers {

class WorkerThreads {
 public:
  struct Ended {
    PendingCall* pending;
    std::int64_t answer;
  };

  // The first thread starts with the first call, others when all are at work.
  explicit WorkerThreads(std::size_t threads_max);
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;
  ~WorkerThreads();

  void begin(PendingCall& pending);
  bool is_busy() const { return begun_ > 0; }
  // Readable while take_ended() has something to give.
  int ended_event() const { return ended_event_.number(); }
  std::vector<Ended> take_ended();

 private:
  void start_thread();
  void work();

  const std::size_t threads_max_;
  Descriptor ended_event_;
  std::vector<std::thread> threads_;
  std::size_t begun_ = 0;

  std::mutex mutex_;  // all below
  std::condition_variable work_has_come_;
  std::deque<PendingCall*> handed_over_;
  std::vector<Ended> ended_;
  std::size_t idle_ = 0;
  bool is_closing_ = false;
};

}  // namespace holdfast::drivers
