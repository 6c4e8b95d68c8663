// The exploration against itself made plain: every image decided in advance, every moment a crash point. And what it must find.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scenarios/scenario.h"
#include "sim/explore/exploration.h"

namespace holdfast::sim {
namespace {

constexpr const char* with_journal = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m2": {"model": "ssd", "size": "64KiB", "logical_block": "4KiB"},
               "log": {"model": "ssd", "size": "128KiB", "logical_block": "4KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "4KiB", "journal": "log" },
  "workload": { "operations": 2, "depth": 2, "places": "random", "sizes": ["4KiB"],
                "reads": 0, "flushes": 0, "fua": 0, "preflush": 0, "swarm": false } })";

constexpr const char* without_journal = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m2": {"model": "ssd", "size": "32KiB", "logical_block": "4KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "4KiB" },
  "workload": { "operations": 2, "depth": 1, "places": "random", "sizes": ["4KiB"],
                "reads": 0, "flushes": 0, "fua": 0, "preflush": 0, "flush_every": 1, "swarm": false } })";

constexpr const char* bare = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "d": {"model": "ssd", "size": "32KiB", "logical_block": "4KiB"} },
  "volume": { "type": "bare", "device": "d" },
  "workload": { "operations": 4, "depth": 2, "places": "random", "sizes": ["4KiB", "8KiB"],
                "reads": 0, "flushes": 0.3, "fua": 0.2, "preflush": 0, "swarm": false } })";

ExplorationTally explored(const char* text, const Scope& scope,
                          const std::vector<std::string>& rules = {}) {
  auto scenario = scenarios::parse_scenario("explore_test.json", text, {}, rules);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().front().text());
  ExplorationTally tally;
  for (std::uint32_t schedule = 0; schedule < scope.schedules(); ++schedule) {
    Exploration exploration(scenario->world, scope, schedule);
    EXPECT_EQ(exploration.begin(), "");
    exploration.explore(0, exploration.crash_points(), tally);
  }
  return tally;
}

std::vector<std::string> signatures_of(const ExplorationTally& tally) {
  std::vector<std::string> signatures;
  for (const auto& [signature, found] : tally.found) signatures.push_back(signature);
  return signatures;
}

Scope scope_of(std::uint32_t depth, std::vector<std::uint32_t> operations,
               std::uint32_t arrivals = 1) {
  Scope scope;
  scope.depth = depth;
  scope.operations = std::move(operations);
  scope.arrivals = arrivals;
  return scope;
}

// Broken rules, or none: each must be found, or not, whichever way the states are visited.
const std::vector<std::vector<std::string>> journal_rules{{},
                                                          {"flush_log_before_members=false"},
                                                          {"verify_page_checksums=false"},
                                                          {"flush_members_before_tail=false"},
                                                          {"log_units_in_order=false"},
                                                          {"gap_after_short_logs=false"}};

TEST(Explore, PagesDecidedWhenTheyAreReadAreAsGoodAsImagesOneByOne) {
  for (const auto& rules : journal_rules) {
    Scope scope = scope_of(1, {2}, 4);
    ExplorationTally lazy = explored(with_journal, scope, rules);
    scope.decides_in_advance = true;
    ExplorationTally plain = explored(with_journal, scope, rules);
    EXPECT_EQ(signatures_of(lazy), signatures_of(plain)) << fmt::format("{}", rules.size());
    EXPECT_EQ(lazy.states, plain.states);
    EXPECT_EQ(lazy.crash_points, plain.crash_points);
    EXPECT_LE(lazy.lives_lived + lazy.lives_remembered, plain.lives_lived + plain.lives_remembered);
    EXPECT_GT(lazy.judged, 100u);
  }
}

TEST(Explore, ImagesOneByOneAgreeWithoutAJournalAndOnAPlainDevice) {
  for (const auto& rules :
       std::vector<std::vector<std::string>>{{}, {"resync_after_unclean_stop=false"}}) {
    Scope scope = scope_of(1, {2});
    ExplorationTally lazy = explored(without_journal, scope, rules);
    scope.decides_in_advance = true;
    ExplorationTally plain = explored(without_journal, scope, rules);
    EXPECT_EQ(signatures_of(lazy), signatures_of(plain));
    EXPECT_EQ(lazy.states, plain.states);
  }
  Scope scope = scope_of(1, {4}, 6);
  ExplorationTally lazy = explored(bare, scope);
  scope.decides_in_advance = true;
  ExplorationTally plain = explored(bare, scope);
  EXPECT_EQ(signatures_of(lazy), signatures_of(plain));
  EXPECT_TRUE(lazy.found.empty());
  EXPECT_LT(lazy.lives_lived, plain.lives_lived);
}

TEST(Explore, CrashPointsBeforeWhatMakesDurableAreEnough) {
  for (const auto& rules : journal_rules) {
    Scope scope = scope_of(1, {2}, 6);
    ExplorationTally reduced = explored(with_journal, scope, rules);
    scope.every_crash_point = true;
    ExplorationTally every = explored(with_journal, scope, rules);
    EXPECT_EQ(signatures_of(reduced), signatures_of(every));
    EXPECT_LT(reduced.crash_points, every.crash_points);
  }
  Scope scope = scope_of(2, {2, 1});
  ExplorationTally reduced = explored(with_journal, scope);
  scope.every_crash_point = true;
  EXPECT_EQ(signatures_of(reduced), signatures_of(explored(with_journal, scope)));
}

TEST(Explore, WhatAJournalMustDoIsFoundWhereItIsNotDone) {
  Scope scope = scope_of(1, {2}, 4);
  EXPECT_TRUE(explored(with_journal, scope).found.empty());
  EXPECT_FALSE(explored(with_journal, scope, {"flush_log_before_members=false"}).found.empty());
  EXPECT_FALSE(explored(with_journal, scope, {"verify_page_checksums=false"}).found.empty());
}

TEST(Explore, BugsOfLinux4_8AreFoundBehindTheSecondPowerCut) {
  Scope scope = scope_of(2, {2, 1}, 8);
  EXPECT_TRUE(explored(with_journal, scope).found.empty());
  EXPECT_FALSE(explored(with_journal, scope, {"gap_after_short_logs=false"}).found.empty());
  EXPECT_FALSE(
      explored(with_journal, scope, {"empty_block_in_new_log=false", "gap_after_short_logs=false"})
          .found.empty());
}

TEST(Explore, TheWriteHoleOfAnArrayWithoutAJournalIsSeenWithAMemberAbsent) {
  Scope scope = scope_of(1, {2});
  scope.absent = true;
  ExplorationTally tally = explored(without_journal, scope);
  EXPECT_TRUE(tally.found.empty());
  EXPECT_GT(tally.refusals + tally.write_hole_blocks, 0u);
}

TEST(Explore, PartsAddUpToTheWhole) {
  auto scenario = scenarios::parse_scenario("explore_test.json", with_journal, {}, {});
  ASSERT_TRUE(scenario);
  Scope scope = scope_of(2, {2, 1});
  Exploration exploration(scenario->world, scope, 0);
  ASSERT_EQ(exploration.begin(), "");
  ExplorationTally forward, backward;
  std::size_t points = exploration.crash_points();
  for (std::size_t i = 0; i < points; i += 3) {
    ExplorationTally part;
    exploration.explore(i, std::min(i + 3, points), part);
    forward.add(part);
  }
  Exploration other(scenario->world, scope, 0);
  ASSERT_EQ(other.begin(), "");
  for (std::size_t i = (points - 1) / 3 * 3 + 3; i >= 3; i -= 3) {
    ExplorationTally part;
    other.explore(i - 3, std::min(i, points), part);
    backward.add(part);
  }
  EXPECT_EQ(forward.hash, backward.hash);
  EXPECT_EQ(forward.crash_points, backward.crash_points);
  EXPECT_EQ(forward.lives_lived, backward.lives_lived);
  EXPECT_EQ(forward.judged, backward.judged);
}

}  // namespace
}  // namespace holdfast::sim
