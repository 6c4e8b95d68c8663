#include "scenarios/device_section.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace holdfast::scenarios {
namespace {

// Numbers inside names count as numbers: by length first where the text before them is equal.
bool comes_before(const DeviceEntry& one, const DeviceEntry& other) {
  auto stem = [](const std::string& name) {
    return name.substr(0, name.find_last_not_of("0123456789") + 1);
  };
  std::string left = stem(one.name), right = stem(other.name);
  if (left != right) return left < right;
  if (one.name.size() != other.name.size()) return one.name.size() < other.name.size();
  return one.name < other.name;
}

}  // namespace

std::vector<DeviceEntry> list_devices(const Document& document, Problems& problems) {
  Section section(document, "/devices", problems);
  std::vector<DeviceEntry> entries;
  std::set<std::string> seen;
  for (const std::string& key : section.keys()) {
    std::vector<std::string> names = expand_names(key);
    std::string pointer = pointer_to("/devices", key);
    if (names.empty())
      problems.push_back(document.problem(
          pointer, fmt::format("this names no device: expected {}", names_expected)));
    for (std::string& name : names) {
      if (!seen.insert(name).second)
        problems.push_back(
            document.problem(pointer, fmt::format("device \"{}\" is described twice", name)));
      else
        entries.emplace_back(std::move(name), pointer);
    }
  }
  if (!section.exists())
    problems.push_back(document.problem("", "\"devices\" is missing"));
  else if (section.keys().empty())
    problems.push_back(document.problem("/devices", "no device is described"));
  std::ranges::sort(entries, comes_before);
  return entries;
}

std::vector<std::string> names_of(const std::vector<DeviceEntry>& entries) {
  std::vector<std::string> names;
  for (const DeviceEntry& entry : entries) names.push_back(entry.name);
  return names;
}

}  // namespace holdfast::scenarios
