#include "scenarios/nearest.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace holdfast::scenarios {

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::size_t width = to.size() + 1;
  std::vector<std::size_t> table((from.size() + 1) * width);
  auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return table[i * width + j]; };
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      std::size_t replaced = at(i - 1, j - 1) + (from[i - 1] != to[j - 1]);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(from.size(), to.size());
}

std::string hint_for(std::string_view unknown, std::span<const std::string_view> known) {
  constexpr std::size_t name_bytes_max = 64;
  if (known.empty()) return "nothing is known here";
  unknown = unknown.substr(0, name_bytes_max);
  auto nearest = std::ranges::min_element(
      known, {}, [&](std::string_view name) { return edit_distance(unknown, name); });
  if (edit_distance(unknown, *nearest) <= std::max<std::size_t>(1, nearest->size() / 2))
    return fmt::format("did you mean \"{}\"?", *nearest);
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

}  // namespace holdfast::scenarios
