// A scope in parts: interrupted anywhere and gone on from, it adds up to the same.
#include "drivers/cli/exploration_run.h"

#include <gtest/gtest.h>

#include <set>

#include "core/base/check.h"
#include "drivers/cli/broken_rule.h"

namespace holdfast::drivers {
namespace {

constexpr const char* text = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m2": {"model": "ssd", "size": "64KiB", "logical_block": "4KiB"},
               "log": {"model": "ssd", "size": "128KiB", "logical_block": "4KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "4KiB", "journal": "log" },
  "workload": { "operations": 2, "depth": 2, "places": "random", "sizes": ["4KiB"],
                "reads": 0, "flushes": 0, "fua": 0, "preflush": 0, "swarm": false },
  "explore": { "depth": 1, "operations": [2], "arrivals": 2 } })";

scenarios::Scenario scenario_of(const std::vector<std::string>& rules = {}) {
  auto scenario = scenarios::parse_scenario("test.json", text, {}, rules);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenarios::text_of(scenario.error()));
  return std::move(*scenario);
}

struct Explored {
  reports::ExploredScenario report;
  reports::ExplorationSoFar so_far;
};

// Until it was asked so often whether it is over: before each part, and after each life.
Explored explored(const scenarios::Scenario& scenario, reports::ExplorationSoFar so_far,
                  std::size_t asks = SIZE_MAX, unsigned threads = 1, bool goes_on = false) {
  ExplorationOptions options;
  options.threads = threads;
  options.goes_on = goes_on;
  options.repro = "./run explore test.json";
  options.so_far = so_far;
  Explored explored{{}, std::move(so_far)};
  explored.report = run_exploration(
      scenario, *scenario.scope, options, [&] { return asks-- == 0; }, [](const auto&) {},
      [&](const reports::ExplorationSoFar& kept) { explored.so_far = kept; });
  return explored;
}

std::string tally_text(const reports::ExploredScenario& report) {
  reports::ExplorationSoFar of_all;
  of_all.parts = 1;
  of_all.done[0] = report.tally;
  return json_of(of_all);
}

class ExplorationRun : public testing::Test {
 protected:
  scenarios::Scenario scenario_ = scenario_of();
  reports::ExplorationSoFar nothing_ = exploration_of(scenario_, *scenario_.scope);
};

TEST_F(ExplorationRun, GoesOnFromAnyPartAndEndsWithTheSame) {
  Explored whole = explored(scenario_, nothing_);
  ASSERT_EQ(whole.report.outcome, reports::ExplorationOutcome::held);
  ASSERT_GT(whole.report.parts, 8u);
  EXPECT_EQ(whole.so_far.done.size(), whole.report.parts);
  std::set<std::size_t> interrupted_after;
  for (std::size_t asks = 0;; asks += 29) {
    Explored first = explored(scenario_, nothing_, asks);
    if (first.report.outcome == reports::ExplorationOutcome::held) break;
    EXPECT_EQ(first.report.outcome, reports::ExplorationOutcome::interrupted);
    EXPECT_LT(first.so_far.done.size(), whole.report.parts);
    interrupted_after.insert(first.so_far.done.size());
    Explored rest = explored(scenario_, first.so_far, SIZE_MAX, 1 + asks % 2);
    EXPECT_EQ(rest.report.outcome, reports::ExplorationOutcome::held);
    EXPECT_EQ(rest.report.parts_done, rest.report.parts);
    EXPECT_EQ(tally_text(rest.report), tally_text(whole.report));
    EXPECT_GE(rest.report.core_seconds, first.so_far.core_seconds);
  }
  EXPECT_GT(interrupted_after.size(), 3u);
}

TEST_F(ExplorationRun, PartsThatAreThereAreNotExploredAgain) {
  Explored whole = explored(scenario_, nothing_);
  whole.so_far.done.at(3).judged += 1000;
  Explored again = explored(scenario_, whole.so_far, 0);
  EXPECT_EQ(again.report.tally.judged, whole.report.tally.judged + 1000);
  EXPECT_EQ(again.report.outcome, reports::ExplorationOutcome::held);
}

TEST_F(ExplorationRun, AViolationThatWasKeptEndsItWhereItDid) {
  scenarios::Scenario broken = scenario_of({"flush_log_before_members=false"});
  Explored first = explored(broken, exploration_of(broken, *broken.scope));
  ASSERT_EQ(first.report.outcome, reports::ExplorationOutcome::violated);
  Explored again = explored(broken, first.so_far);
  EXPECT_EQ(again.report.outcome, reports::ExplorationOutcome::violated);
  EXPECT_EQ(tally_text(again.report), tally_text(first.report));
  EXPECT_EQ(again.so_far.done.size(), first.so_far.done.size());
}

// A part that its first violation ended is no whole part: who asks for all of them gets all of them.
TEST_F(ExplorationRun, APartThatAViolationEndedIsExploredAgainForAll) {
  scenarios::Scenario broken = scenario_of({"flush_log_before_members=false"});
  Explored first = explored(broken, exploration_of(broken, *broken.scope));
  Explored all = explored(broken, first.so_far, SIZE_MAX, 1, true);
  Explored at_once = explored(broken, exploration_of(broken, *broken.scope), SIZE_MAX, 1, true);
  EXPECT_EQ(tally_text(all.report), tally_text(at_once.report));
  EXPECT_EQ(all.report.parts_done, all.report.parts);
}

// What was found before an interruption is told, though the part does not count.
TEST_F(ExplorationRun, AnInterruptionHidesNoViolation) {
  scenarios::Scenario broken = scenario_of({"flush_log_before_members=false"});
  bool was_found = false;
  for (std::size_t asks = 1; asks < 300 && !was_found; ++asks) {
    Explored stopped = explored(broken, exploration_of(broken, *broken.scope), asks, 1, true);
    bool is_kept = false;
    for (const auto& [part, tally] : stopped.so_far.done) is_kept |= !tally.found.empty();
    was_found = !stopped.report.findings.empty() && !is_kept;
    if (was_found) {
      EXPECT_EQ(stopped.report.outcome, reports::ExplorationOutcome::violated);
    }
  }
  EXPECT_TRUE(was_found);
}

TEST_F(ExplorationRun, PartsOfSomethingElseAreRefused) {
  Explored whole = explored(scenario_, nothing_);
  whole.so_far.parts += 1;
  Explored again = explored(scenario_, whole.so_far);
  EXPECT_EQ(again.report.outcome, reports::ExplorationOutcome::failed);
  EXPECT_NE(again.report.why.find("parts"), std::string::npos);
}

void explore_until_open_breaks(int opens) {
  install_repro_on_broken_rule();
  scenarios::Scenario scenario = scenario_of();
  scenario.world.open = [opens, open = scenario.world.open](Devices devices, Ports ports) mutable {
    check(--opens >= 0, "X1: this can't be");
    return open(devices, ports);
  };
  explored(scenario, exploration_of(scenario, *scenario.scope));
}

TEST(ExplorationRunDeathTest, ABrokenRuleOfTheCoreSaysHowToSeeItAgainAndInWhichPart) {
  EXPECT_EXIT(explore_until_open_breaks(0), testing::ExitedWithCode(1),
              "X1: this can't be(.|\n)*repro: ./run explore test.json");
  EXPECT_EXIT(explore_until_open_breaks(20), testing::ExitedWithCode(1),
              "X1: this can't be(.|\n)*repro: ./run explore test.json\n  in schedule [01], behind "
              "crash points [0-9]+ to [0-9]+ of life 0");
}

}  // namespace
}  // namespace holdfast::drivers
