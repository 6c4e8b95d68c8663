// The reactor that gives system calls to the kernel through io_uring: many with one call, and none waits for another.
//
//   queued --begin()--> submission ring --wait(): one io_uring_enter--> kernel --> completion ring --> ended
//
//   U1  Never more calls in the kernel than the ring has entries, and twice as many completions fit: none is ever dropped.
//   U2  One thread makes the ring, uses it and ends it. Where the kernel can (6.1), completions are worked off only while
//       that thread waits for them.
//   U3  Discards of block devices, which the ring has no call for, are made by a thread, whose event the ring watches.
//   U4  Files and memory are not registered with the ring. A registered file stays open (and locked, and claimed) up to a
//       second longer than its device with the kernels up to 6.3; registered memory counts against RLIMIT_MEMLOCK, and
//       serves only requests that lie in one piece.
#pragma once

#include <liburing.h>

#include <string>

#include <tl/expected.hpp>

#include "drivers/posix/worker_threads.h"

namespace holdfast::drivers {

class Ring final : public Reactor {
 public:
  static constexpr unsigned entries_default = 512;

  // Or why this system gives none, for a person. `entries`: a power of two.
  using Opened = tl::expected<std::unique_ptr<Ring>, std::string>;
  static Opened open(unsigned entries = entries_default);
  ~Ring() override;

 private:
  explicit Ring(unsigned entries) : entries_(entries), workers_(1) {}

  bool begin(PendingCall& pending) override;
  void wait(Nanoseconds at_most) override;
  bool watch_workers();
  bool submit_and_wait(Nanoseconds at_most);
  unsigned take_completions();

  const unsigned entries_;
  io_uring ring_{};
  bool is_open_ = false;
  WorkerThreads workers_;
  bool watches_workers_ = false;
};

}  // namespace holdfast::drivers
