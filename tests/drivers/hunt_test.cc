#include "drivers/cli/mutants/hunt.h"

#include <csignal>

#include <gtest/gtest.h>

#include "core/base/check.h"

namespace holdfast::drivers {
namespace {

constexpr const char* array_text = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m2": {"model": "ssd", "size": "128KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "8KiB" },
  "workload": { "operations": 20, "flushes": 0.2 },
  "faults": { "power_cuts": 2 } })";

scenarios::Scenario scenario_of(const std::vector<std::string>& rules) {
  auto scenario = scenarios::parse_scenario("test.json", array_text, {}, rules);
  EXPECT_TRUE(scenario) << scenarios::text_of(scenario.error());
  return *scenario;
}

// What happens in the process of the hunt when the volume is opened for the n-th time.
scenarios::Scenario scenario_that(const std::function<void(int)>& happens, int opens_before) {
  scenarios::Scenario scenario = scenario_of({});
  OpenVolume open = scenario.world.open;
  scenario.world.open = [open, happens, opens_before, opens = 0](Devices devices,
                                                                 Ports ports) mutable {
    if (++opens > opens_before) happens(opens);
    return open(devices, ports);
  };
  return scenario;
}

reports::Hunt hunt_one(const scenarios::Scenario& scenario, std::uint64_t first, std::uint64_t end,
                       double hang_seconds = 60) {
  return hunt_all({{&scenario, first, end}}, 1, hang_seconds, [](std::size_t) {}).front();
}

TEST(Hunt, TriesEverySeedWhereNothingIsWrong) {
  reports::Hunt hunt = hunt_one(scenario_of({}), 30, 70);
  EXPECT_FALSE(hunt.has_killed()) << hunt.verdict;
  EXPECT_EQ(hunt.seeds, 40u);
  EXPECT_GT(hunt.core_seconds, 0);
}

TEST(Hunt, EndsAtTheFirstSeedThatNotices) {
  scenarios::Scenario broken = scenario_of({"flush_every_member=false"});
  reports::Hunt hunt = hunt_one(broken, 0, 10'000);
  ASSERT_EQ(hunt.verdict, "lost_durable");
  reports::Hunt again = hunt_one(broken, hunt.last_seed(), hunt.last_seed() + 1);
  EXPECT_EQ(again.verdict, "lost_durable");
  EXPECT_EQ(again.seeds, 1u);
  if (hunt.seeds > 1) {
    EXPECT_FALSE(hunt_one(broken, 0, hunt.last_seed()).has_killed());
  }
}

TEST(Hunt, AnExpectedVerdictIsNoKill) {
  scenarios::Scenario broken = scenario_of({"flush_every_member=false"});
  reports::Hunt hunt = hunt_one(broken, 0, 10'000);
  scenarios::Scenario expecting = broken;
  expecting.expected = oracle::Verdict::lost_durable;
  expecting.world.profile.raid.reset();  // parity is not looked at
  EXPECT_FALSE(hunt_one(expecting, hunt.last_seed(), hunt.last_seed() + 1).has_killed());
}

TEST(Hunt, ABrokenCheckIsAVerdictAndNamesTheRule) {
  auto hunt =
      hunt_one(scenario_that([](int) { check(false, "T1: one and one are three"); }, 60), 0, 1000);
  EXPECT_EQ(hunt.verdict, "check: T1: one and one are three");
  EXPECT_GT(hunt.seeds, 1u);
  EXPECT_LT(hunt.seeds, 60u);
}

TEST(Hunt, ACrashIsAVerdict) {
  auto hunt = hunt_one(scenario_that([](int) { kill(getpid(), SIGKILL); }, 3), 0, 1000);
  EXPECT_EQ(hunt.verdict, "crash: Killed");
  auto left = hunt_one(scenario_that([](int) { _exit(7); }, 3), 0, 1000);
  EXPECT_EQ(left.verdict, "crash: exit code 7");
}

TEST(Hunt, AnEndlessLoopIsAVerdict) {
  auto hunt = hunt_one(scenario_that(
                           [](int) {
                             for (;;) pause();
                           },
                           3),
                       0, 1000, 0.5);
  EXPECT_EQ(hunt.verdict, "hang");
}

TEST(Hunt, RunsThatDifferAreAVerdict) {
  scenarios::Scenario scenario = scenario_of({});
  OpenVolume open = scenario.world.open;
  scenarios::Scenario broken = scenario_of({"flush_every_member=false"});
  scenario.world.open = [open, other = broken.world.open, opens = 0](Devices devices,
                                                                     Ports ports) mutable {
    return ++opens % 2 == 0 ? open(devices, ports) : other(devices, ports);
  };
  EXPECT_EQ(hunt_one(scenario, 0, 1000).verdict, "nondeterministic");
}

TEST(Hunt, ManyRunAtOnceAndAnswerInTheirOrder) {
  scenarios::Scenario sound = scenario_of({}), broken = scenario_of({"flush_every_member=false"});
  std::vector<HuntTask> tasks;
  for (std::uint64_t i = 0; i < 7; ++i)
    tasks.push_back({i % 2 == 0 ? &sound : &broken, i * 1000, i * 1000 + (i % 2 == 0 ? 5 : 1000)});
  std::size_t told = 0;
  auto hunts = hunt_all(tasks, 3, 60, [&](std::size_t ended) { told = ended; });
  EXPECT_EQ(told, 7u);
  for (std::uint64_t i = 0; i < 7; ++i) {
    EXPECT_EQ(hunts[i].first_seed, i * 1000);
    EXPECT_EQ(hunts[i].has_killed(), i % 2 == 1) << i;
  }
}

}  // namespace
}  // namespace holdfast::drivers
