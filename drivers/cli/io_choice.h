// How a command reaches its devices: through io_uring, or by threads where the system refuses that.
//
//   --io       io_uring there    refused
//   (absent)   io_uring          threads, and a word about it on stderr
//   uring      io_uring          error: prerequisite_absent
//   threads    threads           threads
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "drivers/cli/console.h"
#include "drivers/posix/reactor.h"

namespace holdfast::drivers {

class IoChoice {
 public:
  void add_to(CLI::App& command);
  // Looks once what the system gives and stays with that: from then on reactor() says nothing, and a process that is
  // forked goes the same way. False: refused, and said.
  bool settle(Console& console);
  const std::string& way() const { return wish_; }
  // Null: refused, and said.
  std::unique_ptr<Reactor> reactor(Console& console) const;

 private:
  std::string wish_;
};

}  // namespace holdfast::drivers
