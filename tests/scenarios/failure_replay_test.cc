// Every shipped scenario: the choices that a seeded run made, given back by key, make the same run.

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "scenarios/scenario.h"
#include "sim/failure.h"
#include "tests/scenarios/source_root.h"

namespace holdfast::scenarios {
namespace {

constexpr std::uint64_t seeds = 6;

std::vector<std::string> shipped_scenarios() {
  std::vector<std::string> files;
  for (const char* folder : {"/scenarios/disk", "/scenarios/raid"})
    for (const auto& entry : std::filesystem::directory_iterator(source_root + std::string(folder)))
      files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

TEST(FailureReplay, RecordedChoicesMakeTheSameRunInEveryScenario) {
  std::uint64_t runs = 0;
  for (const std::string& file : shipped_scenarios()) {
    auto scenario = read_scenario(file);
    ASSERT_TRUE(scenario) << text_of(scenario.error());
    for (std::uint64_t seed = 0; seed < seeds; ++seed, ++runs) {
      SCOPED_TRACE(scenario->name + " " + std::to_string(seed));
      sim::Recorded recorded = sim::record(scenario->world, seed);
      for (const sim::Key& key : recorded.ambiguous) ADD_FAILURE() << sim::text_of(key);
      EXPECT_EQ(recorded.result.trace_hash, sim::run(scenario->world, seed).trace_hash);
      sim::RecordedChoices again(recorded.choices);
      EXPECT_EQ(sim::run(scenario->world, again, seed).trace_hash, recorded.result.trace_hash);
      EXPECT_EQ(again.matched(), recorded.choices.size());
      EXPECT_TRUE(again.unmatched().empty());
    }
  }
  EXPECT_GE(runs, 40 * seeds);
}

// O1 of sim/onlooker.h.
TEST(FailureReplay, ARunThatIsWatchedIsTheSameRun) {
  sim::Onlooker nobody;
  for (const std::string& file : shipped_scenarios()) {
    auto scenario = read_scenario(file);
    ASSERT_TRUE(scenario) << text_of(scenario.error());
    sim::RunOptions watched;
    watched.onlooker = &nobody;
    EXPECT_EQ(sim::run(scenario->world, 1, watched).trace_hash,
              sim::run(scenario->world, 1).trace_hash)
        << scenario->name;
  }
}

}  // namespace
}  // namespace holdfast::scenarios
