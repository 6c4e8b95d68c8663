#include "drivers/cli/fuzzing/settings.h"

#include <fmt/format.h>

namespace holdfast::drivers {

ScenarioText::ScenarioText(const scenarios::Scenario& base)
    : path_(base.path), text_(base.effective) {
  knobs_ = {
      {"workload.depth", {"1", "64"}},
      {"workload.operations", {"20", "200"}},
      {"workload.places", {"random", "sequential", "hot-spots"}},
      {"workload.sizes",
       {R"(["512B"])", R"(["4KiB"])", R"(["64KiB","256KiB"])", R"(["512B","4KiB","1MiB"])"}},
      {"workload.reads", {"0", "0.4"}},
      {"workload.flushes", {"0", "0.3"}},
      {"workload.flush_every", {"0", "1"}},
      {"workload.fua", {"0", "1"}},
      {"workload.preflush", {"0", "0.5"}},
      {"workload.discards", {"0", "0.2"}},
      {"workload.write_zeroes", {"0", "0.2"}},
      {"faults.power_cuts", {"1", "6"}},
      {"faults.cut_during_recovery", {"0", "1"}},
      {"faults.recovery_cuts_in_a_row", {"1", "6"}},
      {"faults.settle", {"0", "1"}},
      {"faults.device_loss", {"0", "1"}},
      {"faults.skew", {"0", "1"}},
      {"faults.absent", {"0", "0.5"}},
      {"faults.device_return", {"0", "1"}},
      {"faults.read_errors", {"0", "0.05"}},
      {"faults.write_errors", {"0", "0.05"}},
      {"faults.flush_errors", {"0", "0.05"}},
      {"faults.bad_sectors", {"0", "0.5"}},
      {"faults.stalls", {"0", "0.02"}},
      {"volume.chunk", {"4KiB", "64KiB"}},
  };
  for (const auto& [devices, bytes] : base.device_bytes)
    knobs_.push_back({fmt::format("devices.{}.model", devices), {"ssd", "hdd", "any-order"}});
  const auto* raid = std::get_if<RaidSpec>(&base.volume.engine);
  if (raid && !raid->journal.empty())
    knobs_.push_back(
        {fmt::format("devices.{}.size", raid->journal), {"48KiB", "64KiB", "96KiB", "1MiB"}});
}

std::optional<scenarios::Scenario> ScenarioText::with(const Settings& settings) const {
  auto scenario = scenarios::parse_scenario(path_, text_, settings);
  if (!scenario) return std::nullopt;
  return std::move(*scenario);
}

Settings ScenarioText::wild(const sim::SeededChoices& choices, std::uint64_t number) const {
  using sim::Family;
  using sim::Key;
  Settings settings;
  std::uint32_t part = 0;
  for (const Knob& knob : knobs_) {
    bool is_turned = choices.draw(Key(Family::swarm, number, part++)) % 4 == 0;
    std::uint64_t drawn = choices.draw(Key(Family::swarm, number, part++));
    if (!is_turned) continue;
    settings.push_back(fmt::format("{}={}", knob.key, knob.values[drawn % knob.values.size()]));
    if (!with(settings)) settings.pop_back();
  }
  return settings;
}

}  // namespace holdfast::drivers
