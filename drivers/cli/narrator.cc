#include "drivers/cli/narrator.h"

#include <unistd.h>

#include <fmt/format.h>

namespace holdfast::drivers {

void Narrator::mark(std::string_view) {}

void Narrator::note(std::string_view sentence) {
  notes_.emplace_back(sentence);
  console_.say(sentence);
}

void Narrator::progress(std::string_view work, std::uint64_t done, std::uint64_t total) {
  if (!console_.shows_progress() || total == 0) return;
  using namespace std::chrono_literals;
  auto present = std::chrono::steady_clock::now();
  auto pause = isatty(STDERR_FILENO) != 0 ? 100ms : 5000ms;
  if (done < total && present - shown_last_ < pause) return;
  shown_last_ = present;
  constexpr double mebibyte = 1 << 20;
  console_.progress(fmt::format("{} {:.1f} %, {:.0f} of {:.0f} MiB", work,
                                100.0 * static_cast<double>(done) / static_cast<double>(total),
                                static_cast<double>(done) / mebibyte,
                                static_cast<double>(total) / mebibyte));
}

}  // namespace holdfast::drivers
