// Which known name somebody meant who wrote an unknown one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace holdfast::scenarios {

// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

// "did you mean "size"?", or, if nothing is near, "known here: model, path, size".
std::string hint_for(std::string_view unknown, std::span<const std::string_view> known);

}  // namespace holdfast::scenarios
