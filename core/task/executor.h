// The ready queue of one world: which coroutine runs next, first in first out, and who owns the outermost ones.
//
//   wait list (Event, Mutex, …) --schedule--> ready queue --run_one--> running
//
//   X1  Only run_one() resumes; schedule() never does.
//   X2  stop(): nobody runs any more, scheduling becomes a no-op, roots are destroyed newest first; then the engines may
//       go, then the devices.
//   X3  A coroutine that is destroyed while it waits unlinks itself from whatever list it stands in.
#pragma once

#include <coroutine>

#include <boost/intrusive/list.hpp>

#include "core/task/task.h"

namespace holdfast {

// A coroutine that waits in some list. Lives in the awaiter, so in the coroutine's own frame.
class Suspension : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  std::coroutine_handle<> waiter;
};
using SuspensionList =
    boost::intrusive::list<Suspension, boost::intrusive::constant_time_size<false>>;

class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  ~Executor() { stop(); }

  // Owns the task until it ends; it begins when its turn to run has come. After stop(): destroys it.
  void spawn(Task<void> root);

  // Moves a waiting coroutine to the end of the ready queue. After stop(): takes it out of its list, no more.
  void schedule(Suspension& waiting);

  // Resumes the coroutine that has been ready longest. False if none is. Not re-entrant.
  bool run_one();
  // run_one() until none is ready. Returns how many it resumed.
  std::size_t run_ready();
  bool has_ready() const { return !ready_.empty(); }
  bool has_roots() const { return !roots_.empty(); }
  bool is_stopped() const { return stopped_; }

  // Power is off: see X2. Not from within a coroutine.
  void stop();

  // co_await executor.yield(): lets everybody who is ready run first.
  class Yield {
   public:
    explicit Yield(Executor& executor) : executor_(executor) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) {
      suspension_.waiter = awaiting;
      executor_.schedule(suspension_);
    }
    void await_resume() const noexcept {}

   private:
    Executor& executor_;
    Suspension suspension_;
  };
  Yield yield() { return Yield(*this); }

 private:
  struct Root;

  SuspensionList ready_;
  boost::intrusive::list<Suspension, boost::intrusive::constant_time_size<false>> roots_;
  bool stopped_ = false;
  bool running_ = false;
};

}  // namespace holdfast
