#include "drivers/cli/broken_rule.h"

#include <unistd.h>

#include <cstdio>

#include "core/base/check.h"

namespace holdfast::drivers {
namespace {

thread_local const std::string* line_of_thread = nullptr;

void tell_repro(const char*, const std::source_location&) {
  if (!line_of_thread) return;
  std::fprintf(stderr, "VIOLATED  a rule of the core\n  repro: %s\n", line_of_thread->c_str());
  std::fflush(stderr);
  _exit(1);
}

}  // namespace

ReproOfThread::ReproOfThread(std::string line) : line_(std::move(line)), before_(line_of_thread) {
  line_of_thread = &line_;
}

ReproOfThread::~ReproOfThread() { line_of_thread = before_; }

void install_repro_on_broken_rule() { set_check_handler(tell_repro); }

}  // namespace holdfast::drivers
