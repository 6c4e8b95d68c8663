#include "drivers/cli/exercise/engine_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "core/base/check.h"
#include "drivers/posix/opened_file.h"
#include "drivers/posix/real_world.h"

namespace holdfast::drivers {
namespace {

constexpr int pipe_bytes = 1 << 20;

Outbox* outbox_of_process = nullptr;

// Its last words; the judge says them.
void tell_broken_rule(const char* rule, const std::source_location& where) {
  if (!outbox_of_process) return;
  outbox_of_process->send({Message::Kind::broken_rule,
                           fmt::format("{} ({}:{})", rule, where.file_name(), where.line())});
  _exit(1);
}

[[noreturn]] void run_as_engine(pid_t judge, Descriptor out, int go,
                                const std::function<void(Outbox&, int)>& body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != judge) _exit(1);  // it went before that was said
  setpgid(0, 0);
  // A whole group may be told to stop, and the judge tells it again.
  SignalWatch::ignore_second_signals();
  Outbox outbox(std::move(out));
  outbox_of_process = &outbox;
  set_check_handler(tell_broken_rule);
  body(outbox, go);
  _exit(0);
}

}  // namespace

EngineProcess EngineProcess::start(const std::function<void(Outbox&, int)>& body) {
  int messages[2];
  int go[2];
  check(pipe2(messages, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0, "the system gives pipes");
  fcntl(messages[1], F_SETPIPE_SZ, pipe_bytes);  // a smaller one is slower
  Descriptor inbox(messages[0]), outbox(messages[1]), waits(go[0]), releases(go[1]);
  pid_t judge = getpid();
  pid_t process = fork();
  check(process >= 0, "the system gives a process");
  if (process == 0) {
    inbox = Descriptor();
    releases = Descriptor();
    run_as_engine(judge, std::move(outbox), waits.number(), body);
  }
  return {process, std::move(inbox), std::move(releases)};
}

EngineProcess::~EngineProcess() {
  if (process_.number < 0) return;
  kill();
  reap();
}

void EngineProcess::release() {
  char byte = 1;
  // A dead one needs none; SIGPIPE is ignored by whoever judges.
  if (write(go_.number(), &byte, 1) != 1) return;
}

void EngineProcess::kill() {
  was_killed_ = true;
  ::kill(process_.number, SIGKILL);
}

void EngineProcess::terminate() { ::kill(process_.number, SIGTERM); }

EngineProcess::End EngineProcess::reap() {
  int status = 0;
  while (waitpid(process_.number, &status, 0) < 0) check(errno == EINTR, "a child is waited for");
  process_.number = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status)) return {fmt::format("with exit code {}", WEXITSTATUS(status)), false};
  int signal = WTERMSIG(status);
  if (signal == SIGKILL && was_killed_) return {};
  constexpr std::array faults{SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
  bool is_crash = std::find(faults.begin(), faults.end(), signal) != faults.end();
  return {fmt::format("by signal {} ({})", signal, strsignal(signal)), is_crash};
}

bool wait_until_free(const std::vector<std::string>& paths, Nanoseconds at_most,
                     std::string& in_use) {
  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + std::chrono::nanoseconds(at_most.value);
  for (const std::string& path : paths)
    while (OpenedFile::is_claimed(path)) {
      in_use = path;
      if (Clock::now() >= end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  return true;
}

}  // namespace holdfast::drivers
