#include "scenarios/traces/request_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/traces/text_lines.h"
#include "scenarios/units.h"

namespace holdfast::scenarios::traces {
namespace {

using Kind = sim::Request::Kind;

constexpr std::array<std::string_view, 5> kind_names{"read", "write", "zeroes", "discard", "flush"};

bool read_extent(std::string_view text, sim::Request& into) {
  std::size_t plus = text.find('+');
  if (plus == text.npos) return false;
  auto first = number_in(text.substr(0, plus));
  if (!first) return false;
  auto bytes = number_in(text.substr(plus + 1), byte_max - *first);
  if (!bytes || *bytes == 0) return false;
  into.first_byte = *first;
  into.bytes = *bytes;
  return true;
}

bool read_word(std::string_view word, sim::Request& into) {
  if (word.starts_with('@')) {
    auto due = parse_duration(word.substr(1));
    into.due = due.value_or(Nanoseconds());
    return due.has_value();
  }
  bool& flag = word == "fua" ? into.flags.fua : into.flags.preflush;
  if ((word != "fua" && word != "preflush") || !into.writes() || flag) return false;
  return flag = true;
}

}  // namespace

std::string text_of(const sim::Request& request) {
  std::string text(kind_names[static_cast<std::size_t>(request.kind)]);
  if (request.kind != Kind::flush) text += fmt::format(" {}+{}", request.first_byte, request.bytes);
  if (request.flags.fua) text += " fua";
  if (request.flags.preflush) text += " preflush";
  if (request.due.value > 0) text += " @" + duration_text(request.due);
  return text;
}

std::optional<sim::Request> request_in(std::string_view text) {
  Fields words = split_blanks(text);
  if (words.empty()) return {};
  auto kind = std::ranges::find(kind_names, words[0]);
  if (kind == kind_names.end()) return {};
  sim::Request request;
  request.kind = static_cast<Kind>(kind - kind_names.begin());
  std::size_t read = 1;
  if (request.kind != Kind::flush && (words.size() < 2 || !read_extent(words[read++], request)))
    return {};
  for (; read < words.size(); ++read)
    if (!read_word(words[read], request)) return {};
  return request;
}

}  // namespace holdfast::scenarios::traces
