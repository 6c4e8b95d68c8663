// What the tests of real devices share: every kind of reactor by name, and somebody who collects the notes.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "drivers/posix/real_world.h"
#include "drivers/posix/thread_reactor.h"
#include "drivers/uring/ring.h"

namespace holdfast::drivers {

class CollectedNotes final : public Observer {
 public:
  void mark(std::string_view) override {}
  void note(std::string_view sentence) override { notes.emplace_back(sentence); }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}
  std::vector<std::string> notes;
};

// "uring", "threads", and each with so little room that calls must wait in line. Null where the system has no io_uring.
inline std::unique_ptr<Reactor> make_reactor(const std::string& name) {
  if (name == "threads") return std::make_unique<ThreadReactor>();
  if (name == "one_thread") return std::make_unique<ThreadReactor>(1);
  auto ring = Ring::open(name == "small_uring" ? 4 : Ring::entries_default);
  return ring ? std::move(*ring) : nullptr;
}

inline constexpr const char* reactor_names[] = {"uring", "small_uring", "threads", "one_thread"};

#define HOLDFAST_SKIP_WITHOUT_URING(name)   \
  if (std::string(name).ends_with("uring")) \
    if (auto ring = Ring::open(); !ring) GTEST_SKIP() << ring.error()

}  // namespace holdfast::drivers
