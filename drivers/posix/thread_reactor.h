// The reactor for systems that refuse io_uring: plain system calls on a few threads.
#pragma once

#include "drivers/posix/worker_threads.h"

namespace holdfast::drivers {

class ThreadReactor final : public Reactor {
 public:
  static constexpr std::size_t threads_default = 16;

  explicit ThreadReactor(std::size_t threads_max = threads_default)
      : room_(2 * threads_max), threads_(threads_max) {}

 private:
  bool begin(PendingCall& pending) override;
  void wait(Nanoseconds at_most) override;

  // As many again as there are threads, so that one that ends a call finds the next.
  const std::size_t room_;
  WorkerThreads threads_;
};

}  // namespace holdfast::drivers
