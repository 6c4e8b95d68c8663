#include "drivers/cli/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace holdfast::drivers {
namespace {

// O1: fmt::print throws where stderr is full or closed.
void put_words(std::string_view words) {
  std::fwrite(words.data(), 1, words.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Console::Console() {
  // What is closed stays closed to its use: it is opened the wrong way round.
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void Console::document(std::string_view text) {
  clear_progress();
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stdout);
}

void Console::say(std::string_view sentence) {
  clear_progress();
  std::string words = fmt::format("{}\n", sentence);
  // Names and paths are somebody else's: nothing of them may steer the terminal.
  auto steers = [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 127; };
  std::ranges::replace_if(words, steers, '?');
  put_words(words);
}

void Console::error(std::string_view sentence) {
  say(fmt::format("holdfast: error: {}", sentence));
}

void Console::progress(std::string_view line) {
  if (!shows_progress()) return;
  if (isatty(STDERR_FILENO)) {
    put_words(fmt::format("\r\033[K{}", line));
    progress_stands_ = true;
  } else {
    put_words(fmt::format("{}\n", line));
  }
}

bool Console::shows_progress() const {
  if (progress_wish != ProgressWish::automatic) return progress_wish == ProgressWish::always;
  return isatty(STDERR_FILENO) != 0;
}

bool Console::colours() const {
  const char* refused = std::getenv("NO_COLOR");
  return (!refused || !*refused) && isatty(STDOUT_FILENO) != 0;
}

bool Console::finish() {
  clear_progress();
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

void Console::clear_progress() {
  if (!progress_stands_) return;
  put_words("\r\033[K");
  progress_stands_ = false;
}

}  // namespace holdfast::drivers
