// Settings that put a scenario under pressure: whole kinds of requests and faults off or wild, one client or 64, the smallest
// journal, devices of another make. What the scenario promises stays, and so does what its volume may lose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "sim/choices.h"

namespace holdfast::drivers {

using Settings = std::vector<std::string>;  // "a.b=v", as --set takes them

// Reads a scenario with further settings; nothing if they contradict it.
class ScenarioText {
 public:
  // As it was read, whatever becomes of its file.
  explicit ScenarioText(const scenarios::Scenario& base);

  const std::string& path() const { return path_; }
  std::optional<scenarios::Scenario> with(const Settings& settings) const;
  // Some of all there are, drawn for this number; those that contradict the scenario or each other are left out.
  Settings wild(const sim::SeededChoices& choices, std::uint64_t number) const;

 private:
  struct Knob {
    std::string key;
    std::vector<std::string> values;
  };

  std::string path_;
  std::string text_;
  std::vector<Knob> knobs_;
};

}  // namespace holdfast::drivers
