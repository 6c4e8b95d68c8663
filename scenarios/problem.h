// What is wrong with a file that a person wrote: all of it at once, each with its place.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace holdfast::scenarios {

struct Problem {
  std::string file;
  int line = 0;         // 0: unknown, e.g. a value that came from --set
  std::string pointer;  // JSON pointer: "/devices/m0/size"
  std::string message;

  Problem(std::string of_file, int at_line, std::string at, std::string text)
      : file(std::move(of_file)), line(at_line), pointer(std::move(at)), message(std::move(text)) {}

  bool operator==(const Problem&) const = default;
  // "x.json:12: /devices/m0/size: found "64k", expected a size such as "64KiB" or "10GiB""
  std::string text() const;
};
using Problems = std::vector<Problem>;

// By line, each once.
Problems in_order(Problems problems);
// One line each.
std::string text_of(const Problems& problems);

template <class T>
using Parsed = tl::expected<T, Problems>;

}  // namespace holdfast::scenarios
