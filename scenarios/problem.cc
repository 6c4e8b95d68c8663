#include "scenarios/problem.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace holdfast::scenarios {

std::string Problem::text() const {
  std::string place = line > 0 ? fmt::format("{}:{}", file, line) : file;
  if (pointer.empty()) return fmt::format("{}: {}", place, message);
  return fmt::format("{}: {}: {}", place, pointer, message);
}

Problems in_order(Problems problems) {
  std::ranges::sort(problems, {}, [](const Problem& problem) {
    return std::tie(problem.line, problem.pointer, problem.message);
  });
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  return problems;
}

std::string text_of(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) text += problem.text() + "\n";
  return text;
}

}  // namespace holdfast::scenarios
