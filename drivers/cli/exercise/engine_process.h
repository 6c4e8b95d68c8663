// A forked process that holds an engine, and the only handle that its judge has on it.
//
//   E1  Forked before this process has any thread or ring; what the child knows is what stood here at that moment.
//   E2  It never outlives the process that judges it, and the terminal's signals don't reach it.
//   E3  Whoever kills it waits for its devices, too: the kernel may still have requests of the dead.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "drivers/cli/exercise/message.h"
#include "drivers/posix/descriptor.h"

namespace holdfast::drivers {

class EngineProcess {
 public:
  // `body` runs in the new process, which then ends. The second argument: what release() is read from.
  static EngineProcess start(const std::function<void(Outbox&, int)>& body);
  EngineProcess(EngineProcess&& other) noexcept = default;
  ~EngineProcess();

  Inbox& inbox() { return inbox_; }
  // It may go on.
  void release();
  void kill();
  void terminate();
  bool was_killed() const { return was_killed_; }

  struct End {
    std::string how;  // if neither by itself nor by kill(): "by signal 6 (Aborted)"
    bool is_crash = false;  // by a fault of its own
  };
  // Waits for it.
  End reap();

 private:
  EngineProcess(pid_t process, Descriptor inbox, Descriptor go)
      : process_(process), inbox_(std::move(inbox)), go_(std::move(go)) {}

  struct Running {  // moved-from: none
    pid_t number = -1;
    Running(pid_t process) : number(process) {}
    Running(Running&& other) noexcept : number(std::exchange(other.number, -1)) {}
  };
  Running process_;
  Inbox inbox_;
  Descriptor go_;
  bool was_killed_ = false;
};

// E3. Not where a file system has no locks: nobody can know there. False: one of them is still in use after `at_most`; its path is in `in_use`.
bool wait_until_free(const std::vector<std::string>& paths, Nanoseconds at_most,
                     std::string& in_use);

}  // namespace holdfast::drivers
