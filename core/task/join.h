// Several tasks at once: started together, awaited together, owned by whoever owns the Join.
//
//   Join<IoResult> writes;
//   for (…) writes.add(member.write(…));
//   co_await writes.all();
//   for (std::size_t i = 0; i < writes.size(); ++i) … writes.result(i) …
//
//   all() starts the tasks in the order of add(); one that ends without suspending costs no trip through the executor.
//   Destroying the Join destroys the tasks.
#pragma once

#include <boost/container/small_vector.hpp>

#include "core/task/task.h"

namespace holdfast {

template <class T>
class Join {
 public:
  Join() = default;
  Join(const Join&) = delete;
  Join& operator=(const Join&) = delete;

  void add(Task<T> task) { tasks_.push_back(std::move(task)); }
  std::size_t size() const { return tasks_.size(); }
  bool empty() const { return tasks_.empty(); }

  class All {
   public:
    explicit All(Join& join) : join_(join), arrivals_(join.tasks_.size() + 1) {}

    bool await_ready() const noexcept { return join_.tasks_.empty(); }
    bool await_suspend(std::coroutine_handle<> awaiting) {
      arrivals_.waiter = awaiting;
      for (Task<T>& task : join_.tasks_) task.start(arrivals_);
      return !arrivals_.arrive();  // nothing left to wait for: go on at once
    }
    void await_resume() const noexcept {}

   private:
    Join& join_;
    Arrivals arrivals_;
  };

  // Once, after the last add().
  All all() { return All(*this); }

  // After all(); each at most once.
  T result(std::size_t i) { return tasks_[i].take(); }

 private:
  boost::container::small_vector<Task<T>, 8> tasks_;
};

}  // namespace holdfast
