// A task that runs beside its owner and never outlives it: resync, idle timers.
//
//   resync_.start(resync(…));     // runs up to its first suspension at once
//
//   Destroying the Background (or starting another task in it) destroys the task where it stands, without a word to it.
#pragma once

#include "core/task/task.h"

namespace holdfast {

class Background {
 public:
  Background() = default;
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void start(Task<> task) {
    task_ = Task<>();
    arrivals_ = Arrivals(1);
    task_ = std::move(task);
    task_.start(arrivals_);
  }
  bool is_running() const { return task_.exists() && !task_.is_done(); }

 private:
  Arrivals arrivals_{1};
  Task<> task_;
};

}  // namespace holdfast
