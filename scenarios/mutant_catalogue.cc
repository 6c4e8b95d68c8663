#include "scenarios/mutant_catalogue.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/nearest.h"
#include "scenarios/schema.h"
#include "scenarios/section.h"

namespace holdfast::scenarios {
namespace {

// A rule's value as --rule has it is what its engine does anyway.
bool changes_nothing(const std::string& assignment) {
  std::size_t equals = assignment.find('=');
  VolumeSpec sound = volume_with_every_rule();
  return set_rule(sound, assignment.substr(0, equals), assignment.substr(equals + 1)) &&
         !has_broken_rules(sound);
}

class CatalogueReading {
 public:
  CatalogueReading(const Document& document, ReadScenario read_scenario)
      : document_(document),
        read_scenario_(std::move(read_scenario)),
        root_(document, "", problems_) {}

  Parsed<MutantCatalogue> run() {
    root_.require_schema(schema_id(SchemaKind::mutants));
    read_each("mutants", [this](Section& section) { read_mutant(section); });
    read_each("bugs", [this](Section& section) { read_bug(section); });
    root_.refuse_unknown_keys();
    if (problems_.empty()) problems_ = schema_problems(document_, SchemaKind::mutants);
    if (problems_.empty()) demand_every_rule();
    if (problems_.empty()) demand_every_bug();
    if (!problems_.empty()) return tl::unexpected(in_order(std::move(problems_)));
    return std::move(catalogue_);
  }

 private:
  template <class Read>
  void read_each(std::string_view key, Read read) {
    root_.require(key);
    const nlohmann::json* list = root_.find(key);
    if (!list) return;
    if (!list->is_array()) return root_.problem(key, "expected an array");
    for (std::size_t i = 0; i < list->size(); ++i) {
      Section section(document_, fmt::format("/{}/{}", key, i), problems_);
      read(section);
      section.refuse_unknown_keys();
    }
  }

  void read_id(Section& section, std::string& id, std::set<std::string>& seen) {
    section.require("id");
    if (section.read("id", id) && !seen.insert(id).second)
      section.problem("id", fmt::format("\"{}\" stands here twice", id));
  }

  // {"name": value} as "name=value".
  std::vector<std::string> read_assignments(Section& section, std::string_view key) {
    std::vector<std::string> assignments;
    section.find(key);
    Section object(document_, pointer_to(section.pointer(), key), problems_);
    for (const std::string& name : object.keys()) {
      const nlohmann::json& value = *object.find(name);
      assignments.push_back(name + "=" +
                            (value.is_string() ? value.get<std::string>() : value.dump()));
    }
    return assignments;
  }

  void read_mutant(Section& section) {
    Mutant mutant;
    read_id(section, mutant.id, mutant_ids_);
    mutant.rules = read_assignments(section, "rules");
    mutant.sabotages = read_assignments(section, "sabotage");
    section.read_strings("set", mutant.overrides);
    section.read_strings("bugs", mutant.bugs);
    section.read("harmless", mutant.harmless);
    if (mutant.rules.empty() && mutant.sabotages.empty())
      section.problem("breaks nothing: neither rules nor sabotage");
    for (const std::string& rule : mutant.rules)
      if (changes_nothing(rule))
        section.problem("rules", fmt::format("{} breaks nothing: that is its default", rule));
    if (mutant.harmless.empty()) section.require("scenario");
    std::string scenario;
    if (section.read("scenario", scenario)) read_scenarios(section, scenario, mutant);
    catalogue_.mutants.push_back(std::move(mutant));
  }

  void read_scenarios(Section& section, const std::string& name, Mutant& mutant) {
    auto folder = std::filesystem::path(document_.file()).parent_path();
    mutant.path = (folder / name).lexically_normal().string();
    std::vector<std::string> with_sabotage = mutant.overrides;
    for (const std::string& sabotage : mutant.sabotages)
      with_sabotage.push_back("sabotage." + sabotage);
    auto read = [&](const std::vector<std::string>& overrides,
                    const std::vector<std::string>& rules) -> std::optional<Scenario> {
      auto scenario = read_scenario_(mutant.path, overrides, rules);
      if (scenario) return std::move(*scenario);
      for (const Problem& problem : scenario.error()) section.problem("scenario", problem.text());
      return std::nullopt;
    };
    mutant.sound = read(mutant.overrides, {});
    if (mutant.sound) mutant.broken = read(with_sabotage, mutant.rules);
  }

  void read_bug(Section& section) {
    KnownBug bug;
    read_id(section, bug.id, bug_ids_);
    for (std::string_view key : {"engine", "what"}) section.require(key);
    section.read("engine", bug.engine);
    section.read("what", bug.what);
    section.read("not_yet", bug.not_yet);
    catalogue_.bugs.push_back(std::move(bug));
  }

  // G1.
  void demand_every_rule() {
    std::set<std::string> broken;
    for (const Mutant& mutant : catalogue_.mutants)
      for (const std::string& rule : mutant.rules) broken.insert(rule.substr(0, rule.find('=')));
    std::vector<std::string_view> known = rule_names(volume_with_every_rule());
    for (std::string_view rule : known)
      if (!broken.contains(std::string(rule)))
        root_.problem("mutants", fmt::format("nobody breaks the rule \"{}\"", rule));
    for (const std::string& rule : broken)
      if (std::ranges::find(known, rule) == known.end())
        root_.problem("mutants",
                      fmt::format("there is no rule \"{}\"; {}", rule, hint_for(rule, known)));
  }

  // G2.
  void demand_every_bug() {
    std::set<std::string> back;
    std::vector<std::string_view> known(bug_ids_.begin(), bug_ids_.end());
    for (const Mutant& mutant : catalogue_.mutants) {
      for (const std::string& bug : mutant.bugs) {
        if (!bug_ids_.contains(bug))
          root_.problem("mutants", fmt::format("{}: nobody knows the bug \"{}\"; {}", mutant.id,
                                               bug, hint_for(bug, known)));
        if (mutant.harmless.empty()) back.insert(bug);
      }
    }
    for (const KnownBug& bug : catalogue_.bugs)
      if (bug.not_yet.empty() != back.contains(bug.id))
        root_.problem("bugs",
                      bug.not_yet.empty()
                          ? fmt::format("no mutant brings \"{}\" back", bug.id)
                          : fmt::format("\"{}\" is brought back: not_yet is wrong", bug.id));
  }

  const Document& document_;
  ReadScenario read_scenario_;
  Problems problems_;
  Section root_;
  MutantCatalogue catalogue_;
  std::set<std::string> mutant_ids_, bug_ids_;
};

}  // namespace

Parsed<MutantCatalogue> read_mutant_catalogue(const std::string& path) {
  auto document = Document::read(path);
  if (!document) return tl::unexpected(document.error());
  return CatalogueReading(*document, read_scenario).run();
}

Parsed<MutantCatalogue> parse_mutant_catalogue(const std::string& name, const std::string& text,
                                               ReadScenario read) {
  auto document = Document::parse(name, text);
  if (!document) return tl::unexpected(document.error());
  return CatalogueReading(*document, std::move(read)).run();
}

}  // namespace holdfast::scenarios
