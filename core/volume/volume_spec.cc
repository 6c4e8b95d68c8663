#include "core/volume/volume_spec.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/raid/geometry.h"
#include "core/raid/superblock.h"

namespace holdfast {
namespace {

void append_contradictions(const RaidSpec& raid, std::vector<std::string>& out) {
  if (!raid::metadata_version(raid.metadata))
    out.push_back(fmt::format("metadata is {}: expected 1.0, 1.1 or 1.2", raid.metadata));
  if (raid.name.size() > 32)
    out.push_back(fmt::format("name has {} bytes: a superblock has room for 32", raid.name.size()));
  std::vector<std::string> names = raid.members;
  names.insert(names.end(), raid.spares.begin(), raid.spares.end());
  if (!raid.journal.empty()) names.push_back(raid.journal);
  std::sort(names.begin(), names.end());
  if (auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    out.push_back(fmt::format("device {} stands twice in members, spares and journal", *twice));
  if (raid.geometry_as_found) return;

  if (raid.level < 4 || raid.level > 6) {
    out.push_back(fmt::format("level is {}: expected 4, 5 or 6", raid.level));
    return;
  }
  auto level = static_cast<raid::Level>(raid.level);
  bool is_fixed = level == raid::Level::raid4;  // one layout, whatever it is called
  std::optional<int> layout = raid::layout_number(level, raid.layout);
  if (!layout && !is_fixed)
    out.push_back(
        fmt::format("layout is {}: not a layout of {}", raid.layout, raid::name_of(level)));
  Sectors chunk = Sectors::of_bytes(raid.chunk_bytes);
  if (chunk.bytes() != raid.chunk_bytes)
    out.push_back(fmt::format("chunk is {} bytes: not a multiple of 512", raid.chunk_bytes));
  auto geometry = raid::Geometry::make(raid.level, static_cast<std::uint64_t>(layout.value_or(0)),
                                       raid.members.size(), chunk, chunk);
  if (!geometry) out.push_back(geometry.error().field + ": " + geometry.error().message);
}

bool set_flag(bool& flag, std::string_view value) {
  if (value != "true" && value != "false") return false;
  flag = value == "true";
  return true;
}

bool set_number(std::uint64_t& number, std::string_view value) {
  std::uint64_t parsed = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size()) return false;
  number = parsed;
  return true;
}

}  // namespace

std::vector<std::string> device_names(const VolumeSpec& spec) {
  if (auto* bare = std::get_if<BareSpec>(&spec.engine)) return {bare->device};
  const auto& raid = std::get<RaidSpec>(spec.engine);
  std::vector<std::string> names = raid.members;
  names.insert(names.end(), raid.spares.begin(), raid.spares.end());
  if (!raid.journal.empty()) names.push_back(raid.journal);
  return names;
}

std::vector<std::string> contradictions_of(const VolumeSpec& spec) {
  std::vector<std::string> out;
  if (auto* raid = std::get_if<RaidSpec>(&spec.engine)) append_contradictions(*raid, out);
  return out;
}

bool set_rule(VolumeSpec& spec, std::string_view rule, std::string_view value) {
  auto* raid = std::get_if<RaidSpec>(&spec.engine);
  if (!raid) return false;
  for (const raid::RaidRule& known : raid::raid_rules)
    if (known.name == rule) return set_flag(raid->rules.*known.field, value);
  for (const raid::journal::JournalRule& known : raid::journal::journal_rules) {
    if (known.name != rule) continue;
    if (auto* flag = std::get_if<bool raid::journal::JournalRules::*>(&known.field))
      return set_flag(raid->journal_rules.**flag, value);
    auto number = std::get<std::uint64_t raid::journal::JournalRules::*>(known.field);
    return set_number(raid->journal_rules.*number, value);
  }
  return false;
}

std::vector<std::string_view> rule_names(const VolumeSpec& spec) {
  std::vector<std::string_view> names;
  auto* raid = std::get_if<RaidSpec>(&spec.engine);
  if (!raid) return names;
  for (const raid::RaidRule& rule : raid::raid_rules) names.push_back(rule.name);
  if (raid->journal.empty()) return names;
  for (const raid::journal::JournalRule& rule : raid::journal::journal_rules)
    names.push_back(rule.name);
  return names;
}

VolumeSpec volume_with_every_rule() {
  RaidSpec raid;
  raid.journal = "log";
  return {raid};
}

bool has_broken_rules(const VolumeSpec& spec) {
  auto* raid = std::get_if<RaidSpec>(&spec.engine);
  return raid &&
         (raid->rules != raid::RaidRules{} || raid->journal_rules != raid::journal::JournalRules{});
}

}  // namespace holdfast
