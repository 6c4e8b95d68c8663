// Bad bytes and bad configuration as values: what is wrong, where, and what was expected.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace holdfast {

// One thing wrong with bytes or configuration that somebody else wrote.
struct FormatError {
  std::string where;           // device or file, empty until the caller knows it
  std::uint64_t offset = 0;    // bytes from the start of the decoded object
  std::string field;           // the field's name in the format's own terms
  std::string message;         // what was found, what was expected, what to do

  FormatError(std::uint64_t at, std::string of_field, std::string text)
      : offset(at), field(std::move(of_field)), message(std::move(text)) {}

  // "m0: offset 72, level: found 17, expected 4, 5 or 6"
  std::string text() const;
};

template <class T>
using Decoded = tl::expected<T, FormatError>;

inline tl::unexpected<FormatError> bad_format(std::uint64_t offset, std::string field,
                                              std::string message) {
  return tl::unexpected<FormatError>(FormatError(offset, std::move(field), std::move(message)));
}

}  // namespace holdfast
