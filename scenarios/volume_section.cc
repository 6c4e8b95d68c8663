#include "scenarios/volume_section.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/nearest.h"

namespace holdfast::scenarios {
namespace {

constexpr std::array<Choice<int>, 2> types{{{"bare", 0}, {"raid", 1}}};
constexpr std::array<Choice<std::string_view>, 3> metadata_versions{
    {{"1.0", "1.0"}, {"1.1", "1.1"}, {"1.2", "1.2"}}};

// md's names.
constexpr std::array<Choice<bool>, 2> journal_modes{
    {{"write-through", false}, {"write-back", true}}};

RaidSpec read_raid(Section& section) {
  RaidSpec raid;
  section.require("members");
  section.read_names("members", raid.members);
  section.read_names("spares", raid.spares);
  if (section.read("journal", raid.journal) && raid.journal.empty())
    section.problem("journal", "is empty: expected the name of a device, or no journal at all");
  section.read_choice<bool>("journal_mode", raid.writes_back, journal_modes);
  if (raid.writes_back && raid.journal.empty())
    section.problem("journal_mode", "is \"write-back\", which needs a journal");
  if (section.read_size("cache", raid.cache_bytes) && !raid.writes_back)
    section.problem("cache", "says nothing: expected journal_mode: \"write-back\" beside it");
  section.read("geometry_as_found", raid.geometry_as_found);
  if (!raid.geometry_as_found) section.require("level");
  section.read_integer("level", raid.level, 4, 6);
  section.read("layout", raid.layout);
  section.read_size("chunk", raid.chunk_bytes);
  std::string_view metadata = raid.metadata;
  section.read_choice<std::string_view>("metadata", metadata, metadata_versions);
  raid.metadata = metadata;
  section.read("name", raid.name);
  section.read("accept_dirty_degraded", raid.accept_dirty_degraded);
  section.read("accept_lost_journal", raid.accept_lost_journal);
  for (std::string_view key : {"level", "layout", "chunk", "metadata"})
    if (raid.geometry_as_found && section.has(key))
      section.problem(key, "contradicts geometry_as_found, which takes it from the superblocks");
  if (raid.level == 4 && !section.has("layout")) raid.layout = "parity-last";
  return raid;
}

void require_known(const VolumeSpec& spec, std::span<const std::string> devices, Section& section) {
  std::vector<std::string_view> known(devices.begin(), devices.end());
  std::set<std::string> seen;
  for (const std::string& name : device_names(spec)) {
    if (std::ranges::find(known, name) == known.end())
      section.problem(
          fmt::format("device \"{}\" is not among the devices; {}", name, hint_for(name, known)));
    if (!seen.insert(name).second)
      section.problem(fmt::format("device \"{}\" is named twice", name));
  }
  for (const std::string& name : devices)
    if (!seen.contains(name))
      section.problem(fmt::format("device \"{}\" belongs to no volume", name));
}

}  // namespace

VolumeSpec read_volume(const Document& document, std::span<const std::string> devices,
                       Problems& problems) {
  std::size_t problems_before = problems.size();
  Section section(document, "/volume", problems);
  VolumeSpec spec;
  section.require("type");
  int type = 0;
  if (!section.read_choice<int>("type", type, types)) return spec;
  if (type == 1) {
    spec.engine = read_raid(section);
  } else {
    BareSpec bare;
    section.require("device");
    section.read("device", bare.device);
    spec.engine = bare;
  }
  section.refuse_unknown_keys();
  if (problems.size() > problems_before) return spec;
  require_known(spec, devices, section);
  for (std::string& sentence : contradictions_of(spec)) section.problem(std::move(sentence));
  return spec;
}

std::string break_rule(VolumeSpec& spec, const std::string& assignment) {
  std::size_t equals = assignment.find('=');
  if (equals == assignment.npos) return fmt::format("rule {}: expected name=value", assignment);
  std::string name = assignment.substr(0, equals), value = assignment.substr(equals + 1);
  std::vector<std::string_view> known = rule_names(spec);
  if (std::ranges::find(known, name) == known.end())
    return fmt::format("this volume has no rule \"{}\"; {}", name, hint_for(name, known));
  if (set_rule(spec, name, value)) return "";
  VolumeSpec probe = spec;
  bool is_number = set_rule(probe, name, "0");
  return fmt::format("rule {} takes no value \"{}\": expected {}", name, value,
                     is_number ? "a whole number" : "true or false");
}

}  // namespace holdfast::scenarios
