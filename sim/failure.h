// A run that failed, as a value: nothing of it hangs on a seed, so it can be made again after the code has changed, and be made
// smaller.
//
//   F1  `choices` holds what was not benign, by key, each once; what is missing is benign.
//   F2  `kept` and `cycles` leave operations and the last cycles out; what is left keeps its numbers, so its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oracle/verdict.h"
#include "sim/choices.h"
#include "sim/world.h"

namespace holdfast::sim {

struct Failure {
  std::string name;  // of its scenario
  std::string scenario;  // the whole of it, as JSON, overrides and broken rules included
  std::uint64_t run_number = 0;  // in the payload
  std::string signature;  // of the finding: what it is known by
  bool is_declared = false;  // the volume does not promise otherwise; the scenario may expect it
  std::uint64_t crash = 0;
  Extent where;
  std::vector<std::string> story;  // lines for people
  std::optional<std::uint32_t> cycles;  // fewer than the scenario's
  std::optional<KeptOperations> kept;
  std::vector<RecordedChoices::Entry> choices;

  // The world that it happened in; `of_scenario` is the one that its scenario describes.
  WorldSpec world(WorldSpec of_scenario) const;
  // The finding that it is known by; null if there is none.
  const oracle::Finding* find_in(const oracle::Judgement& judgement) const;
};

// Makes the run of a seed once more and keeps its choices. The finding and the texts are still to be filled in.
struct Recorded {
  RunResult result;
  std::vector<RecordedChoices::Entry> choices;
  std::vector<Key> ambiguous;
};
Recorded record(const WorldSpec& world, std::uint64_t seed);

}  // namespace holdfast::sim
