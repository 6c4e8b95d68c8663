// Moments and the power cuts that aim at them, and devices that fall behind.

#include <gtest/gtest.h>

#include <set>

#include "scenarios/scenario.h"
#include "sim/priorities.h"

namespace holdfast::sim {
namespace {

constexpr const char* small_array = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m3": {"model": "ssd", "size": "256KiB"}, "log": {"model": "ssd", "size": "256KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "16KiB", "journal": "log" },
  "workload": { "operations": 30, "depth": 4, "sizes": ["4KiB"] },
  "faults": { "power_cuts": 2, "cut_during_recovery": 1, "recovery_cuts_in_a_row": 2 } })";

WorldSpec world_with(const std::vector<std::string>& settings) {
  auto scenario = scenarios::parse_scenario("pressure_test.json", small_array, settings);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().front().text());
  return scenario->world;
}

MomentCounts counted(const WorldSpec& world, std::uint64_t seeds) {
  MomentCounts counts;
  RunOptions options;
  options.counts_moments = true;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RunResult result = run(world, seed, options);
    EXPECT_TRUE(result.judgement.holds());
    counts += *result.moments;
  }
  return counts;
}

std::uint64_t cuts_in(Phase phase, const MomentCounts& counts) {
  std::uint64_t cuts = 0;
  for (std::size_t i = 0; i < moments_count; ++i)
    if (moment_at(i).phase == phase) cuts += counts.cut[i];
  return cuts;
}

TEST(Moment, IsReadAsItIsWritten) {
  std::set<std::string> texts;
  for (std::size_t i = 0; i < moments_count; ++i) {
    Moment moment = moment_at(i);
    EXPECT_EQ(number_of(moment), i);
    EXPECT_EQ(moment_of(text_of(moment)), moment) << text_of(moment);
    texts.insert(text_of(moment));
  }
  EXPECT_EQ(texts.size(), moments_count);
}

TEST(Moment, OtherTextsAreNone) {
  for (const char* text :
       {"", "log", "log/ended/work", "log/ended/work/none/", "log/ended/work/none/x",
        "log/ended/work/", "/ended/work/none", "Log/ended/work/none", "////"})
    EXPECT_EQ(moment_of(text), std::nullopt) << text;
}

TEST(Moment, CountsStopAtTheMostThereIs) {
  MomentCounts one, other;
  one.passed[3] = UINT32_MAX - 1;
  other.passed[3] = 2;
  one.cut[3] = 5;
  other.cut[3] = 2;
  one += other;
  EXPECT_EQ(one.passed[3], UINT32_MAX);
  EXPECT_EQ(one.cut[3], 7u);
}

TEST(Moment, RunsThatAreCountedAreTheSame) {
  WorldSpec world = world_with({});
  RunOptions options;
  options.counts_moments = true;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_EQ(run(world, seed).trace_hash, run(world, seed, options).trace_hash);
}

TEST(Moment, EveryPowerCutIsCountedWhereItFell) {
  WorldSpec world = world_with({});
  RunOptions options;
  options.counts_moments = true;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    RunResult result = run(world, seed, options);
    std::uint64_t cuts = 0;
    for (std::uint32_t count : result.moments->cut) cuts += count;
    EXPECT_LE(cuts, result.counts.power_cuts);
    EXPECT_GE(cuts + 1, result.counts.power_cuts) << "one may come before any device was asked";
  }
}

TEST(Aim, CutsComeInTheMomentThatWasAimedAt) {
  for (const char* text :
       {"log/submitted/work/none", "parity/ended/work/none", "log-flush/submitted/work/none",
        "superblock/submitted/recovery/none", "read/ended/again/none", "read/ended/resync/none"}) {
    Moment aim = *moment_of(text);
    MomentCounts counts = counted(world_with({std::string("faults.aim=") + text}), 20);
    EXPECT_GT(counts.passed[number_of(aim)], 0u) << text;
    std::uint64_t aimed = counts.cut[number_of(aim)], all = cuts_in(aim.phase, counts);
    EXPECT_GT(aimed, 0u) << text;
    EXPECT_GE(aimed * 2, all) << text << ": others only where it never came";
  }
}

TEST(Aim, WrongMomentsAreRefused) {
  for (const char* setting :
       {"faults.aim=log/ended/work", "faults.aim=\"\"", "faults.aim=log/ended/work/someone"})
    EXPECT_FALSE(scenarios::parse_scenario("pressure_test.json", small_array, {setting}))
        << setting;
  EXPECT_FALSE(scenarios::parse_scenario(
      "pressure_test.json", small_array,
      {"faults.aim=log/ended/again/none", "faults.cut_during_recovery=0"}));
}

// Of each device, how long its steps take: never shorter than before, and longer at three steps of all together at most.
TEST(Priorities, DevicesFallBehindAndStayThere) {
  unsigned demotions_seen = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SeededChoices choices(seed);
    Priorities priorities(4, 0, choices);
    std::vector<std::uint64_t> last(4);
    unsigned demotions = 0;
    for (unsigned step = 0; step < 4'000; ++step) {
      unsigned device = step % 4;
      std::uint64_t now = priorities.next(static_cast<std::uint16_t>(device)).value;
      EXPECT_GE(now, last[device]);
      if (last[device] != 0 && now > last[device]) {
        ++demotions;
        for (unsigned other = 0; other < 4; ++other)
          EXPECT_GE(now, last[other]) << "behind all others";
      }
      last[device] = now;
    }
    EXPECT_EQ(std::set(last.begin(), last.end()).size(), 4u) << "no two are equal";
    EXPECT_LE(demotions, 3u);
    demotions_seen += demotions;
  }
  EXPECT_GT(demotions_seen, 100u);
}

TEST(Priorities, RunsGoAnotherWayAndHold) {
  WorldSpec fair = world_with({}), unfair = world_with({"faults.demote_devices=true"});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RunResult result = run(unfair, seed);
    EXPECT_TRUE(result.judgement.holds());
    EXPECT_NE(result.trace_hash, run(fair, seed).trace_hash);
    EXPECT_EQ(result.trace_hash, run(unfair, seed).trace_hash);
  }
}

}  // namespace
}  // namespace holdfast::sim
