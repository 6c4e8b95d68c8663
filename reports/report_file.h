// A report on disk: whole under its name, or not there.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::reports {

// Writes beside `path` and renames when all of it is durable. Returns what went wrong, or nothing; then nothing is left
// behind, and what stood under the name still stands there.
std::string write_report(const std::string& path, std::string_view text);

}  // namespace holdfast::reports
