// How reports put numbers and stories into lines for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::reports {

std::string grouped(std::uint64_t number);  // 1234567 -> "1,234,567"
std::string counted(std::uint64_t number, std::string_view noun);  // "1 seed", "2 seeds"
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

// Each line of the text, indented.
void append_lines(std::string& out, std::string_view text);
// The same, broken between words: it fits on one screen.
void append_story(std::string& out, std::string_view story);

// A list under a title, its last ones where there are more than `shown`; nothing, if it is empty.
void append_last(std::string& out, std::string_view title, const std::vector<std::string>& lines,
                 std::size_t shown);

}  // namespace holdfast::reports
