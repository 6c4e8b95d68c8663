// Which scenarios a command runs, and how each is changed before it is run: files, --set, --rule, --sabotage.
#pragma once

#include <string>
#include <vector>

#include "drivers/cli/command.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {

struct ScenarioChoice {
  std::vector<std::string> paths;  // files, or folders of them
  std::vector<std::string> overrides;
  std::vector<std::string> rules;
  std::vector<std::string> sabotages;

  // A sabotage is a value of the scenario, as others are.
  std::vector<std::string> all_overrides() const;
  // "./run COMMAND PATH --rule … --set …", to which a seed may be added. `further` are overrides beside the chosen ones.
  std::string repro(const std::string& command, const std::string& path,
                    const std::vector<std::string>& further = {}) const;
  // Folders stand for the scenario files in them, in the order of their names. Empty: something was wrong, and was said.
  std::vector<scenarios::Scenario> read_all(Console& console) const;
};

// The options; `choice` outlives the command line.
void add_scenario_choice(CLI::App& command, ScenarioChoice& choice);

}  // namespace holdfast::drivers
