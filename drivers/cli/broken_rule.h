// A rule of the core that breaks ends the process; what then is printed is how to see it again.
#pragma once

#include <string>

namespace holdfast::drivers {

// While it lives this is the line of its thread; the one before it comes back.
class ReproOfThread {
 public:
  explicit ReproOfThread(std::string line);
  ReproOfThread(const ReproOfThread&) = delete;
  ~ReproOfThread();

 private:
  std::string line_;
  const std::string* before_;
};

// For the whole process. A thread without a line says nothing more than the rule.
void install_repro_on_broken_rule();

}  // namespace holdfast::drivers
