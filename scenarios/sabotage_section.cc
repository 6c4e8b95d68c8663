#include "scenarios/sabotage_section.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "scenarios/nearest.h"

namespace holdfast::scenarios {
namespace {

constexpr std::string_view itself = "volume";

// From 1 on; false if the text is no such number.
bool read_every(std::string_view text, std::uint64_t& into) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && into > 0;
}

std::vector<std::string_view> kinds() {
  std::vector<std::string_view> names;
  for (Sabotage what : sabotages)
    if (what != Sabotage::nothing) names.push_back(name_of(what));
  return names;
}

}  // namespace

std::string parse_sabotage(std::string_view device, std::string_view text,
                           const std::vector<std::string>& devices, sim::SabotageSpec& into) {
  auto found = std::ranges::find(devices, device);
  if (found == devices.end() && device != itself)
    return fmt::format("\"{}\" is no device of the volume, nor \"{}\" for all of it", device,
                       itself);
  into.device.reset();
  if (found != devices.end()) into.device = static_cast<std::size_t>(found - devices.begin());
  std::size_t colon = text.find(':');
  std::string_view kind = text.substr(0, colon);
  std::vector<std::string_view> known = kinds();
  if (std::ranges::find(known, kind) == known.end())
    return fmt::format("nobody knows the sabotage \"{}\"; {}", kind, hint_for(kind, known));
  into.what = *std::ranges::find(sabotages, kind, [](Sabotage what) { return name_of(what); });
  into.every = 1;
  if (colon != text.npos && !read_every(text.substr(colon + 1), into.every))
    return fmt::format("found \"{}\", expected {}:N, each N-th request", text, kind);
  return "";
}

std::vector<sim::SabotageSpec> read_sabotages(Section& section,
                                              const std::vector<std::string>& devices) {
  std::vector<sim::SabotageSpec> read;
  for (const std::string& device : section.keys()) {
    std::string text;
    if (!section.read(device, text)) continue;
    sim::SabotageSpec sabotage;
    if (std::string wrong = parse_sabotage(device, text, devices, sabotage); !wrong.empty())
      section.problem(device, wrong);
    else
      read.push_back(sabotage);
  }
  return read;
}

std::string names_of_sabotages() {
  std::vector<std::string_view> known = kinds();
  return fmt::format("{}", fmt::join(known, ", "));
}

}  // namespace holdfast::scenarios
