// A broken rule of our own is the end: check() is always on, states the rule, and never returns when it fails.
//
//   check(tail_ <= oldest_open, "J2: the tail stays behind open stripes");
//
// Bad bytes and sick devices are not broken rules: they are values (core/base/result.h, core/block/io_error.h).
#pragma once

#include <source_location>

namespace holdfast {

// Called once with the rule and its place before the process ends; the simulator prints its repro line here. It may end
// the process itself. Returns the handler that stood before. One handler for the process.
using CheckHandler = void (*)(const char* rule, const std::source_location& where);
CheckHandler set_check_handler(CheckHandler handler);

[[noreturn]] void check_failed(const char* rule, const std::source_location& where);

inline void check(bool holds, const char* rule,
                  const std::source_location& where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    check_failed(rule, where);
}

}  // namespace holdfast
