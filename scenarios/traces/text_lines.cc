#include "scenarios/traces/text_lines.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace holdfast::scenarios::traces {
namespace {

constexpr std::size_t line_bytes_max = 4096;
constexpr std::size_t shown_bytes_max = 40;

bool is_text(char character) {
  auto byte = static_cast<unsigned char>(character);
  return byte >= ' ' ? byte != 0x7f : byte == '\t';
}

}  // namespace

std::string legible(std::string_view found) {
  std::string text;
  for (char character : found.substr(0, shown_bytes_max)) {
    bool is_plain = is_text(character) && static_cast<unsigned char>(character) < 0x80;
    text += is_plain ? character : '?';
  }
  return found.size() > shown_bytes_max ? text + "..." : text;
}

Read<std::optional<std::string_view>> TextLines::next() {
  line_.clear();
  ++number_;
  bool has_end = false;
  for (int byte = 0; !has_end && (byte = from_.get()) != std::istream::traits_type::eof();) {
    has_end = byte == '\n';
    if (has_end) break;
    line_ += static_cast<char>(byte);
    if (line_.size() > line_bytes_max)
      return fault("", fmt::format("is longer than {} bytes: this is no trace of this format",
                                   line_bytes_max));
  }
  if (from_.bad()) return fault("", "can't be read");
  if (!has_end && line_.empty()) return std::optional<std::string_view>();
  if (line_.ends_with('\r')) line_.pop_back();
  if (auto odd = std::ranges::find_if_not(line_, is_text); odd != line_.end())
    return fault("", fmt::format("holds the byte 0x{:02x}: this is binary, not a text; for a "
                                 "recording of blktrace, give what blkparse prints of it",
                                 static_cast<unsigned char>(*odd)));
  if (!has_end)
    return fault("",
                 "has no end: the file was cut off there; if it was not, end it with a newline");
  return std::string_view(line_);
}

tl::unexpected<Fault> TextLines::fault(std::string_view field, std::string message) const {
  Fault fault;
  fault.line = number_;
  fault.field = field;
  fault.message = std::move(message);
  return tl::unexpected<Fault>(std::move(fault));
}

tl::unexpected<Fault> TextLines::wrong(std::string_view field, std::string_view found,
                                       std::string_view expected) const {
  return fault(field, fmt::format("found \"{}\", expected {}", legible(found), expected));
}

Fields split_blanks(std::string_view line) {
  Fields fields;
  for (std::size_t at = line.find_first_not_of(" \t"); at != line.npos;) {
    std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(" \t", end);
  }
  return fields;
}

Fields split_commas(std::string_view line) {
  Fields fields;
  for (std::size_t at = 0; at <= line.size();) {
    std::size_t end = std::min(line.find(',', at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

std::optional<std::uint64_t> number_in(std::string_view field, std::uint64_t max) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc{} || end != field.data() + field.size() || number > max) return {};
  return number;
}

}  // namespace holdfast::scenarios::traces
