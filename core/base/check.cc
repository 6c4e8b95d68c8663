#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

#include <atomic>

namespace holdfast {
namespace {
std::atomic<CheckHandler> handler_of_process{nullptr};
}

CheckHandler set_check_handler(CheckHandler handler) {
  return handler_of_process.exchange(handler);
}

void check_failed(const char* rule, const std::source_location& where) {
  std::fprintf(stderr, "check failed: %s\n  at %s:%u in %s\n", rule, where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  if (CheckHandler handler = handler_of_process.exchange(nullptr)) handler(rule, where);
  std::abort();
}

}  // namespace holdfast
