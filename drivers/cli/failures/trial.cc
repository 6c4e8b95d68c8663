#include "drivers/cli/failures/trial.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/check.h"

namespace holdfast::drivers {
namespace {

constexpr unsigned seconds_max = 60;
constexpr int still_fails_code = 10;
constexpr int holds_code = 11;

void end_quietly(const char*, const std::source_location&) { _exit(holds_code); }

[[noreturn]] void run_and_exit(const sim::WorldSpec& world, const sim::Failure& failure) {
  alarm(seconds_max);
  set_check_handler(end_quietly);
  sim::RecordedChoices choices(failure.choices);
  sim::RunResult result = sim::run(world, choices, failure.run_number);
  _exit(failure.find_in(result.judgement) ? still_fails_code : holds_code);
}

}  // namespace

bool still_fails(const sim::WorldSpec& world, const sim::Failure& failure) {
  pid_t child = fork();
  if (child == 0) run_and_exit(world, failure);
  if (child < 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == still_fails_code;
}

}  // namespace holdfast::drivers
