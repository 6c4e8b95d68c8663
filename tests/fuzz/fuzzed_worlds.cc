#include "tests/fuzz/fuzzed_worlds.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/check.h"

namespace holdfast::tests {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 2> worlds{{
    {"raid5_with_journal", R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m2": {"model": "ssd", "size": "64KiB"}, "log": {"model": "ssd", "size": "64KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "4KiB", "journal": "log" },
  "workload": { "operations": 6, "depth": 3, "sizes": ["4KiB", "512B", "8KiB"], "reads": 0.1, "flushes": 0.1, "fua": 0.2 },
  "faults": { "power_cuts": 2, "host_crashes": 1, "cut_during_recovery": 0.3, "settle": 0.5, "device_loss": 0.2,
              "skew": 0.2, "absent": 0.2, "device_return": 0.5, "read_errors": 0.01, "write_errors": 0.01,
              "flush_errors": 0.01 } })"},
    {"raid5_without_journal", R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m2": {"model": "ssd", "size": "64KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "4KiB" },
  "workload": { "operations": 6, "depth": 3, "sizes": ["4KiB", "512B", "8KiB"], "reads": 0.1, "flushes": 0.2, "fua": 0.2 },
  "faults": { "power_cuts": 2, "host_crashes": 1, "cut_during_recovery": 0.3, "settle": 0.5, "device_loss": 0.2,
              "skew": 0.2, "absent": 0.2, "device_return": 0.5, "read_errors": 0.01, "write_errors": 0.01,
              "flush_errors": 0.01, "bad_sectors": 0.2 } })"},
}};

}  // namespace

std::vector<scenarios::Scenario> fuzzed_worlds(const std::vector<std::string>& rules) {
  std::vector<scenarios::Scenario> scenarios;
  std::vector<std::string> known;
  for (const auto& [name, text] : worlds) {
    std::vector<std::string> of_world;
    for (const std::string& rule : rules)
      if (scenarios::parse_scenario(name, text, {}, {rule})) of_world.push_back(rule);
    auto scenario = scenarios::parse_scenario(std::string(name) + ".json", text, {}, of_world);
    check(scenario.has_value(), "the worlds of the fuzzer are sound");
    scenarios.push_back(std::move(*scenario));
    known.insert(known.end(), of_world.begin(), of_world.end());
  }
  auto is_known = [&](const std::string& rule) { return std::ranges::count(known, rule) > 0; };
  if (!std::ranges::all_of(rules, is_known)) scenarios.clear();
  return scenarios;
}

}  // namespace holdfast::tests
