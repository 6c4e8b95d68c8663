#include "sim/failure.h"

#include <algorithm>

namespace holdfast::sim {

WorldSpec Failure::world(WorldSpec of_scenario) const {
  if (cycles) of_scenario.faults.cycles = *cycles;
  of_scenario.workload.kept = kept;
  return of_scenario;
}

const oracle::Finding* Failure::find_in(const oracle::Judgement& judgement) const {
  const auto& list = is_declared ? judgement.declared : judgement.findings;
  auto is_it = [this](const oracle::Finding& found) { return found.signature() == signature; };
  auto found = std::find_if(list.begin(), list.end(), is_it);
  return found == list.end() ? nullptr : &*found;
}

Recorded record(const WorldSpec& world, std::uint64_t seed) {
  SeededChoices seeded(seed);
  RecordingChoices recording(seeded);
  RunResult result = run(world, recording, seed);
  return {std::move(result), recording.resolved(), recording.ambiguous()};
}

}  // namespace holdfast::sim
