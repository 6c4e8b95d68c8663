// Tells the operator what an engine does: its sentences and its progress, on the console.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/block/ports.h"
#include "drivers/cli/console.h"

namespace holdfast::drivers {

class Narrator final : public Observer {
 public:
  explicit Narrator(Console& console) : console_(console) {}

  void mark(std::string_view name) override;
  void note(std::string_view sentence) override;
  // Shown a few times a second; where stderr is no terminal, every few seconds.
  void progress(std::string_view work, std::uint64_t done, std::uint64_t total) override;

  // All sentences so far, for the document.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Console& console_;
  std::vector<std::string> notes_;
  std::chrono::steady_clock::time_point shown_last_{};
};

// Listens and says nothing.
class SilentObserver final : public Observer {
 public:
  void mark(std::string_view) override {}
  void note(std::string_view sentence) override { notes_.emplace_back(sentence); }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}

  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<std::string> notes_;
};

}  // namespace holdfast::drivers
