#include "scenarios/scenario.h"

#include <algorithm>
#include <filesystem>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/checksum.h"
#include "scenarios/device_section.h"
#include "scenarios/disk_section.h"
#include "scenarios/explore_section.h"
#include "scenarios/fault_section.h"
#include "scenarios/marks.h"
#include "scenarios/nearest.h"
#include "scenarios/promise.h"
#include "scenarios/sabotage_section.h"
#include "scenarios/schema.h"
#include "scenarios/volume_section.h"
#include "scenarios/workload_section.h"

namespace holdfast::scenarios {
namespace {

// Verdicts that a scenario may expect: those on a volume, not those on the run itself.
constexpr std::array<Choice<oracle::Verdict>, 12> expectable{{
    {"lost_durable", oracle::Verdict::lost_durable},
    {"garbage", oracle::Verdict::garbage},
    {"misdirected", oracle::Verdict::misdirected},
    {"stale_resurrected", oracle::Verdict::stale_resurrected},
    {"torn", oracle::Verdict::torn},
    {"unstable", oracle::Verdict::unstable},
    {"wrong_read", oracle::Verdict::wrong_read},
    {"write_hole", oracle::Verdict::write_hole},
    {"parity_mismatch", oracle::Verdict::parity_mismatch},
    {"unexpected_eio", oracle::Verdict::unexpected_eio},
    {"stuck", oracle::Verdict::stuck},
    {"refused", oracle::Verdict::refused},
}};

constexpr std::uint32_t any_budget = 16;

// One file on its way from a document to a world.
class Reading {
 public:
  explicit Reading(const Document& document)
      : document_(document), root_(document, "", problems_) {}

  Parsed<Scenario> run(const std::vector<std::string>& rules) {
    read_root();
    std::vector<DeviceEntry> entries = list_devices(document_, problems_);
    scenario_.volume = read_volume(document_, names_of(entries), problems_);
    bool is_sound_so_far = problems_.empty();
    Section fault_section(document_, "/faults", problems_);
    // Where the volume is wrong its own problems are enough.
    Endurance any{any_budget, true, false};
    Faults faults = read_faults(fault_section, is_sound_so_far ? endurance() : any);
    read_disks(entries, faults.tier);
    Section workload_section(document_, "/workload", problems_);
    WorkloadRead workload = read_workload(workload_section, document_, problems_);
    scenario_.world.workload = std::move(workload.spec);
    scenario_.source = std::move(workload.source);
    scenario_.world.faults = faults.spec;
    Section explore_section(document_, "/explore", problems_);
    if (explore_section.exists()) scenario_.scope = read_scope(explore_section);
    read_rules(rules);
    if (is_sound_so_far) read_sabotage();
    read_hash(rules);
    read_marks();
    if (problems_.empty()) build_world();
    if (problems_.empty()) problems_ = schema_problems(document_, SchemaKind::scenario);
    if (!problems_.empty()) return tl::unexpected(in_order(std::move(problems_)));
    scenario_.effective = effective(rules);
    return std::move(scenario_);
  }

 private:
  void read_root() {
    root_.require_schema(schema_id(SchemaKind::scenario));
    for (std::string_view key : {"devices", "workload", "faults", "explore", "rules", "sabotage"})
      root_.find(key);
    root_.require("volume");
    root_.read_strings("marks", scenario_.marks);
    oracle::Verdict expected{};
    if (root_.read_choice<oracle::Verdict>("expect", expected, expectable))
      scenario_.expected = expected;
    root_.refuse_unknown_keys();
    scenario_.path = document_.file();
    scenario_.name = std::filesystem::path(scenario_.path).stem().string();
  }

  void read_hash(const std::vector<std::string>& rules) {
    std::string text =
        document_.root().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    for (const std::string& rule : rules) text += "\n" + rule;
    if (has_trace_file())
      for (const std::string& request : texts_of(*scenario_.world.workload.requests))
        text += "\n" + request;
    scenario_.hash = crc64(std::as_bytes(std::span(text)));
  }

  bool has_trace_file() const {
    return scenario_.source && !scenario_.source->file.empty() && scenario_.world.workload.requests;
  }

  Endurance endurance() const {
    const auto* raid = std::get_if<RaidSpec>(&scenario_.volume.engine);
    return {failure_budget(scenario_.volume), raid && !raid->journal.empty(),
            raid && raid->accept_lost_journal};
  }

  void read_disks(const std::vector<DeviceEntry>& entries, sim::Tier tier) {
    for (const DeviceEntry& entry : entries) {
      Section section(document_, entry.pointer, problems_);
      disks_.push_back(read_disk(section, entry.name, tier));
      auto& sizes = scenario_.device_bytes;
      std::string key = key_of(entry);
      if (sizes.empty() || sizes.back().first != key)
        sizes.emplace_back(key, disks_.back().limits.sectors.bytes());
    }
  }

  static std::string key_of(const DeviceEntry& entry) {
    return entry.pointer.substr(std::string_view("/devices/").size());
  }

  void read_rules(const std::vector<std::string>& from_command_line) {
    Section section(document_, "/rules", problems_);
    for (const std::string& name : section.keys()) {
      const nlohmann::json& value = *section.find(name);
      std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      if (std::string wrong = break_rule(scenario_.volume, name + "=" + text); !wrong.empty())
        section.problem(name, wrong);
    }
    for (const std::string& assignment : from_command_line)
      if (std::string wrong = break_rule(scenario_.volume, assignment); !wrong.empty())
        problems_.emplace_back("--rule " + assignment, 0, "", wrong);
  }

  void read_sabotage() {
    Section section(document_, "/sabotage", problems_);
    sabotages_ = read_sabotages(section, device_names(scenario_.volume));
  }

  void read_marks() {
    for (std::size_t i = 0; i < scenario_.marks.size(); ++i) {
      const std::string& mark = scenario_.marks[i];
      if (std::ranges::find(known_marks(), mark) == known_marks().end())
        root_.problem(fmt::format("marks/{}", i),
                      fmt::format("nobody emits \"{}\"; {}", mark, hint_for(mark, known_marks())));
    }
  }

  void build_world() {
    sim::WorldSpec& world = scenario_.world;
    for (const std::string& name : device_names(scenario_.volume))
      world.devices.push_back(*std::ranges::find(disks_, name, &sim::DiskSpec::name));
    for (std::string& sentence : misfits(scenario_.volume, world.devices))
      problems_.push_back(document_.problem("/volume", std::move(sentence)));
    if (!problems_.empty()) return;
    world.create = creator_of(scenario_.volume, {});
    world.open = opener_of(scenario_.volume);
    for (const sim::SabotageSpec& sabotage : sabotages_)
      world.open = sim::sabotaged(std::move(world.open), sabotage);
    world.profile = promise_of(scenario_.volume, world.devices);
    world.content = content_of(scenario_.volume, world.devices);
    const auto* raid = std::get_if<RaidSpec>(&scenario_.volume.engine);
    world.may_refuse_dirty_degraded = raid && !raid->accept_dirty_degraded;
    if (raid && !raid->journal.empty()) world.journal = world.devices.size() - 1;
    world.workload.may_overlap = raid != nullptr;  // a plain device puts nothing in order
  }

  // Values of rules as JSON where they are numbers, true or false; requests instead of the file that they stand in.
  std::string effective(const std::vector<std::string>& from_command_line) const {
    nlohmann::json root = document_.root();
    for (const std::string& assignment : from_command_line) {
      std::size_t equals = assignment.find('=');
      std::string text = assignment.substr(equals + 1);
      nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
      bool is_plain = value.is_boolean() || value.is_number_unsigned();
      root["rules"][assignment.substr(0, equals)] = is_plain ? value : nlohmann::json(text);
    }
    if (has_trace_file()) {
      root["workload"].erase("trace");
      root["workload"]["requests"] = texts_of(*scenario_.world.workload.requests);
    }
    return root.dump();
  }

  const Document& document_;
  Problems problems_;
  Section root_;
  Scenario scenario_;
  std::vector<sim::DiskSpec> disks_;
  std::vector<sim::SabotageSpec> sabotages_;
};

}  // namespace

Parsed<Scenario> read_scenario(const std::string& path, const std::vector<std::string>& overrides,
                               const std::vector<std::string>& rules) {
  auto document = Document::read(path, overrides);
  if (!document) return tl::unexpected(document.error());
  return scenario_in(*document, rules);
}

Parsed<Scenario> parse_scenario(const std::string& path, const std::string& text,
                                const std::vector<std::string>& overrides,
                                const std::vector<std::string>& rules) {
  auto document = Document::parse(path, text, overrides);
  if (!document) return tl::unexpected(document.error());
  return scenario_in(*document, rules);
}

Parsed<Scenario> scenario_in(const Document& document, const std::vector<std::string>& rules) {
  return Reading(document).run(rules);
}

}  // namespace holdfast::scenarios
