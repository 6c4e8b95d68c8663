#include "drivers/cli/scenario_choice.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "scenarios/sabotage_section.h"

namespace holdfast::drivers {
namespace {

std::vector<std::string> scenario_files(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      std::string name = entry.path().string();
      if (name.ends_with(".json") && !name.ends_with(".schema.json")) found.push_back(name);
    }
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace

std::vector<std::string> ScenarioChoice::all_overrides() const {
  std::vector<std::string> all = overrides;
  for (const std::string& sabotage : sabotages) all.push_back("sabotage." + sabotage);
  return all;
}

std::string ScenarioChoice::repro(const std::string& command, const std::string& path,
                                  const std::vector<std::string>& further) const {
  std::string line = "./run " + command + " " + quoted(path);
  for (const std::string& rule : rules) line += " --rule " + quoted(rule);
  for (const std::string& sabotage : sabotages) line += " --sabotage " + quoted(sabotage);
  for (const std::string& override : overrides) line += " --set " + quoted(override);
  for (const std::string& override : further) line += " --set " + quoted(override);
  return line;
}

std::vector<scenarios::Scenario> ScenarioChoice::read_all(Console& console) const {
  std::vector<scenarios::Scenario> read;
  std::vector<std::string> files;
  try {
    files = scenario_files(paths);
    if (files.empty()) console.error("no scenario file there");
  } catch (const std::filesystem::filesystem_error& wrong) {
    files.clear();
    console.error(fmt::format("{}: {}", wrong.path1().string(), wrong.code().message()));
  }
  bool is_sound = true;
  for (const std::string& file : files) {
    auto scenario = scenarios::read_scenario(file, all_overrides(), rules);
    if (scenario) {
      read.push_back(std::move(*scenario));
      continue;
    }
    is_sound = false;
    for (const scenarios::Problem& problem : scenario.error()) console.error(problem.text());
  }
  if (!is_sound) read.clear();
  return read;
}

void add_scenario_choice(CLI::App& command, ScenarioChoice& choice) {
  command.add_option("scenario", choice.paths, "scenario files, or folders of them")->required();
  command.add_option("--set", choice.overrides, "a.b=v: changes the scenario before it is read")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--rule", choice.rules, "name=value: breaks a rule of the engine")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option(
          "--sabotage", choice.sabotages,
          "DEVICE=WHAT[:EVERY]: this device breaks its promises, or the volume if DEVICE is "
          "volume; WHAT is one of\n" +
              scenarios::names_of_sabotages())
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace holdfast::drivers
