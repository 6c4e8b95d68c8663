// The lines of a text that somebody else wrote, and their fields.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/traces/decoder.h"

namespace holdfast::scenarios::traces {

class TextLines {
 public:
  explicit TextLines(std::istream& from) : from_(from) {}

  // Without its end; nothing at the end of the text. A fault for a line that is no text, is longer than 4 KiB, or has no end:
  // of a number that was cut off nobody could tell.
  Read<std::optional<std::string_view>> next();
  // Of the line that was given last.
  std::uint64_t number() const { return number_; }
  tl::unexpected<Fault> fault(std::string_view field, std::string message) const;
  // "found "12x", expected …"
  tl::unexpected<Fault> wrong(std::string_view field, std::string_view found,
                              std::string_view expected) const;

 private:
  std::istream& from_;
  std::string line_;
  std::uint64_t number_ = 0;
};

// Shortened, and without bytes that a terminal or JSON would stumble over.
std::string legible(std::string_view found);

using Fields = std::vector<std::string_view>;

// What stands between blanks and tabs.
Fields split_blanks(std::string_view line);
Fields split_commas(std::string_view line);
// Digits and nothing else, up to `max`.
std::optional<std::uint64_t> number_in(std::string_view field, std::uint64_t max = byte_max);

}  // namespace holdfast::scenarios::traces
