#include "reports/words.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::reports {
namespace {

constexpr std::size_t columns = 116;

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return counted(number, noun, fmt::format("{}s", noun));
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

void append_lines(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    out += fmt::format("  {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void append_story(std::string& out, std::string_view story) {
  std::size_t column = 0;
  for (std::size_t at = 0; at < story.size();) {
    std::size_t end = std::min(story.find_first_of(" \n", at), story.size());
    std::string_view word = story.substr(at, end - at);
    bool breaks = column > 0 && column + 1 + word.size() > columns;
    if (breaks) out += '\n';
    if (breaks) column = 0;
    out += column == 0 ? "  " : " ";
    out += word;
    column += word.size() + (column == 0 ? 2 : 1);
    if (end < story.size() && story[end] == '\n') out += '\n', column = 0;
    at = end + 1;
  }
  if (column > 0) out += '\n';
}

void append_last(std::string& out, std::string_view title, const std::vector<std::string>& lines,
                 std::size_t shown) {
  std::size_t skipped = lines.size() - std::min(lines.size(), shown);
  if (!lines.empty()) out += fmt::format("  {}{}\n", title, skipped > 0 ? ", the last ones:" : ":");
  for (std::size_t i = skipped; i < lines.size(); ++i) out += fmt::format("    {}\n", lines[i]);
}

}  // namespace holdfast::reports
