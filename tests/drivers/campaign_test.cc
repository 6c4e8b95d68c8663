#include "drivers/cli/campaign.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/base/check.h"
#include "drivers/cli/broken_rule.h"
#include "drivers/cli/tally.h"
#include "reports/merge.h"

namespace holdfast::drivers {
namespace {

constexpr const char* plain_text = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "d": {"model": "ssd", "size": "64KiB"} },
  "volume": { "type": "bare", "device": "d" },
  "workload": { "operations": 20 },
  "faults": { "power_cuts": 2 },
  "marks": ["world.power_cut"] })";

constexpr const char* array_text = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m3": {"model": "ssd", "size": "128KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "8KiB", "accept_dirty_degraded": true },
  "workload": { "operations": 40 },
  "faults": { "power_cuts": 3, "absent": 0.6, "device_loss": 0.3, "device_return": 0.7 },
  "marks": ["raid.degraded_read"] })";

constexpr const char* journaled_text = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m3": {"model": "ssd", "size": "128KiB"}, "log": {"model": "ssd", "size": "96KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "8KiB", "journal": "log" },
  "workload": { "operations": 30 },
  "faults": { "power_cuts": 3, "cut_during_recovery": 0.4, "device_loss": 0.3, "absent": 0.3, "settle": 1 },
  "marks": ["raid.journal_replayed", "raid.degraded_read", "world.write_refused", "world.refused_without_journal"] })";

scenarios::Scenario scenario_of(const char* text, const std::vector<std::string>& overrides = {},
                                const std::vector<std::string>& rules = {}) {
  auto scenario = scenarios::parse_scenario("test.json", text, overrides, rules);
  EXPECT_TRUE(scenario) << scenarios::text_of(scenario.error());
  return *scenario;
}

reports::Campaign campaign_of(const scenarios::Scenario& scenario, std::uint64_t seeds,
                              unsigned threads = 1, bool is_single_run = false) {
  CampaignOptions options;
  options.end_seed = seeds;
  options.threads = threads;
  options.is_single_run = is_single_run;
  options.repro = "./run sim test.json";
  return run_campaign(scenario, options, [](std::uint64_t, std::uint64_t, double) {});
}

void expect_same(const std::vector<reports::DistinctFinding>& one,
                 const std::vector<reports::DistinctFinding>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].finding.signature(), other[i].finding.signature());
    EXPECT_EQ(one[i].finding.story, other[i].finding.story);
    EXPECT_EQ(one[i].seed, other[i].seed);
    EXPECT_EQ(one[i].runs, other[i].runs);
    EXPECT_EQ(one[i].repro, other[i].repro);
  }
}

TEST(Campaign, IsTheSameWhateverTheNumberOfThreads) {
  scenarios::Scenario scenario = scenario_of(array_text, {}, {"refuse_stale_members=false"});
  reports::Campaign one = campaign_of(scenario, 150, 1), three = campaign_of(scenario, 150, 3);
  EXPECT_EQ(one.trace_hash, three.trace_hash);
  EXPECT_EQ(one.counts.power_cuts, three.counts.power_cuts);
  EXPECT_EQ(one.looked_at.blocks, three.looked_at.blocks);
  EXPECT_EQ(one.runs_compared, three.runs_compared);
  EXPECT_EQ(one.outcome, reports::Outcome::violated);
  EXPECT_FALSE(one.violations.empty());
  EXPECT_FALSE(one.declared.empty());
  expect_same(one.violations, three.violations);
  expect_same(one.declared, three.declared);
}

// All but what is a matter of time and machine.
std::string text_without_times(reports::RunReport report) {
  for (reports::Campaign& campaign : report.campaigns) {
    campaign.seconds = campaign.core_seconds = 0;
    campaign.threads = 1;
  }
  return json_of(report);
}

TEST(Campaign, ShardsThatAreMergedInAnyOrderAreTheWhole) {
  for (const char* rule : {"refuse_stale_members=false", "refuse_stale_members=true"}) {
    scenarios::Scenario scenario = scenario_of(array_text, {"expect=write_hole"}, {rule});
    CampaignOptions options;
    options.first_seed = 7;
    options.end_seed = 157;
    options.repro = "./run sim test.json";
    auto no_progress = [](std::uint64_t, std::uint64_t, double) {};
    reports::RunReport whole{{run_campaign(scenario, options, no_progress)}};
    std::vector<reports::NamedReport> shards;
    for (unsigned number : {3u, 1u, 2u, 1u}) {
      options.shard = {number, 3};
      options.threads = number;
      shards.push_back({"shard", {{run_campaign(scenario, options, no_progress)}}});
      EXPECT_NE(shards.back().report.campaigns[0].outcome, reports::Outcome::vacuous);
    }
    auto merged = reports::merge(shards);
    ASSERT_TRUE(merged) << merged.error();
    EXPECT_FALSE(whole.campaigns[0].declared.empty());
    EXPECT_EQ(text_without_times(*merged), text_without_times(whole));
  }
}

TEST(Campaign, DrawsTheFirstFindings) {
  scenarios::Scenario scenario = scenario_of(array_text, {}, {"flush_every_member=false"});
  reports::Campaign campaign = campaign_of(scenario, 150);
  ASSERT_FALSE(campaign.violations.empty());
  for (std::size_t i = 0; i < campaign.violations.size(); ++i)
    EXPECT_EQ(campaign.violations[i].timeline.has_value(), i < reports::timelines_max);
  for (const reports::DistinctFinding& found : campaign.declared)
    EXPECT_FALSE(found.timeline) << "what is excused is not drawn";
}

TEST(Campaign, TellsEachDistinctFindingOnceByItsLowestSeed) {
  scenarios::Scenario scenario = scenario_of(array_text, {}, {"refuse_stale_members=false"});
  reports::Campaign campaign = campaign_of(scenario, 150);
  ASSERT_FALSE(campaign.violations.empty());
  const reports::DistinctFinding& first = campaign.violations.front();
  EXPECT_GT(first.runs, 1u);
  for (std::size_t i = 1; i < campaign.violations.size(); ++i)
    EXPECT_NE(campaign.violations[i].finding.signature(), first.finding.signature());
  sim::RunResult again = sim::run(scenario.world, first.seed);
  EXPECT_EQ(again.judgement.findings.front().story, first.finding.story);
  for (std::uint64_t seed = 0; seed < first.seed; ++seed)
    EXPECT_TRUE(sim::run(scenario.world, seed).judgement.holds());
}

TEST(Campaign, MakesAtLeastOneRunInTwentyTwice) {
  EXPECT_EQ(campaign_of(scenario_of(plain_text), 1).runs_compared, 1u);
  EXPECT_EQ(campaign_of(scenario_of(plain_text), 101).runs_compared, 6u);
}

// A volume whose behaviour depends on more than seed and spec.
TEST(Campaign, TwoDifferentRunsOfOneSeedAreTheHarnesssFault) {
  scenarios::Scenario scenario = scenario_of(plain_text);
  OpenVolume open = scenario.world.open;
  std::size_t opened = 0;
  scenario.world.open = [&](Devices devices, Ports ports) {
    std::byte noise[8];
    if (++opened % 7 == 3) ports.entropy.fill(noise);
    return open(devices, ports);
  };
  reports::Campaign campaign = campaign_of(scenario, 20);
  EXPECT_EQ(campaign.outcome, reports::Outcome::nondeterministic);
  EXPECT_LT(campaign.runs_equal, campaign.runs_compared);
  EXPECT_NE(campaign.why.find("nondeterministic: two runs of seed 0x0 differ"), std::string::npos)
      << campaign.why;
  EXPECT_NE(campaign.why.find("repro: ./run sim test.json --seed 0x0"), std::string::npos)
      << campaign.why;
}

TEST(Campaign, AMarkThatIsNeverReachedMakesItVacuous) {
  scenarios::Scenario scenario =
      scenario_of(plain_text, {"marks=[\"world.power_cut\", \"raid.resync_finished\"]"});
  reports::Campaign campaign = campaign_of(scenario, 20);
  EXPECT_EQ(campaign.outcome, reports::Outcome::vacuous);
  EXPECT_EQ(campaign.why, "vacuous: the mark raid.resync_finished was never reached\n");
  EXPECT_EQ(campaign_of(scenario, 1, 1, true).outcome, reports::Outcome::held)
      << "one run need not reach all marks";
}

TEST(Campaign, WhatIsExpectedMustBeFoundAndNothingElse) {
  reports::Campaign found = campaign_of(scenario_of(array_text, {"expect=write_hole"}), 200);
  EXPECT_EQ(found.outcome, reports::Outcome::held) << found.why;
  EXPECT_FALSE(found.declared.empty());
  reports::Campaign missed = campaign_of(scenario_of(plain_text, {"expect=write_hole"}), 20);
  EXPECT_EQ(missed.outcome, reports::Outcome::vacuous);
  EXPECT_EQ(missed.why, "vacuous: the scenario expects write_hole, which was never found\n");
  reports::Campaign other = campaign_of(
      scenario_of(array_text, {"expect=write_hole"}, {"refuse_stale_members=false"}), 150);
  EXPECT_EQ(other.outcome, reports::Outcome::violated) << "another verdict than the expected one";
}

// Shows other bytes in one block than stand there.
class LyingVolume final : public Volume, public BlockDevice {
 public:
  explicit LyingVolume(std::unique_ptr<Volume> below) : below_(std::move(below)) {}
  BlockDevice& device() override { return *this; }
  Task<IoResult> settled() override { return below_->settled(); }
  Task<IoResult> stop() override { return below_->stop(); }
  std::vector<std::size_t> missing_devices() const override { return below_->missing_devices(); }

  const DeviceLimits& limits() const override { return below_->device().limits(); }
  Task<IoResult> read(Lba first, MutablePages into) override {
    auto read = co_await below_->device().read(first, into);
    if (first == Lba(0)) *into[0].data() ^= std::byte{1};
    co_return read;
  }
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override {
    return below_->device().write(first, from, flags);
  }
  Task<IoResult> flush() override { return below_->device().flush(); }
  Task<IoResult> discard(Extent extent) override { return below_->device().discard(extent); }
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override {
    return below_->device().write_zeroes(extent, flags);
  }

 private:
  std::unique_ptr<Volume> below_;
};

Task<OpenResult> open_lying(Task<OpenResult> opening) {
  auto opened = co_await std::move(opening);
  if (!opened) co_return opened;
  std::unique_ptr<Volume> lying = std::make_unique<LyingVolume>(std::move(*opened));
  co_return OpenResult(std::move(lying));
}

// A degraded view that differs has the verdict write_hole too, but no volume declares it.
TEST(Campaign, AWriteHoleWhereNoneIsDeclaredIsNeverWhatWasExpected) {
  scenarios::Scenario scenario = scenario_of(array_text, {"expect=write_hole"});
  OpenVolume open = scenario.world.open;
  scenario.world.open_view = [open](Devices devices, Ports ports) {
    return open_lying(open(devices, ports));
  };
  reports::Campaign campaign = campaign_of(scenario, 200);
  EXPECT_EQ(campaign.outcome, reports::Outcome::violated);
  ASSERT_EQ(campaign.violations.size(), 1u);
  EXPECT_EQ(campaign.violations[0].finding.signature(), "R5 write_hole: degraded view");
  EXPECT_FALSE(campaign.violations[0].is_expected);
}

TEST(JournaledCampaign, HoldsWhoeverIsLostAndExcusesNothing) {
  reports::Campaign campaign = campaign_of(scenario_of(journaled_text), 200);
  EXPECT_EQ(campaign.outcome, reports::Outcome::held) << campaign.why;
  EXPECT_TRUE(campaign.violations.empty());
  EXPECT_TRUE(campaign.declared.empty());
  EXPECT_EQ(campaign.counts.refusals, 0u);
  EXPECT_EQ(campaign.looked_at.stripes_dirty, 0u);
  EXPECT_EQ(campaign.runs_equal, campaign.runs_compared);
}

TEST(JournaledCampaign, IsTheSameWhateverTheNumberOfThreads) {
  scenarios::Scenario scenario =
      scenario_of(journaled_text, {}, {"flush_log_before_members=false"});
  reports::Campaign one = campaign_of(scenario, 80, 1), three = campaign_of(scenario, 80, 3);
  EXPECT_EQ(one.trace_hash, three.trace_hash);
  EXPECT_EQ(one.counts.writes_refused, three.counts.writes_refused);
  EXPECT_EQ(one.counts.refusals_without_journal, three.counts.refusals_without_journal);
  EXPECT_EQ(one.outcome, reports::Outcome::violated);
  expect_same(one.violations, three.violations);
}

// The write hole has the same name behind a journal; but there it is no excuse.
TEST(JournaledCampaign, TheWriteHoleIsAViolationByName) {
  reports::Campaign campaign = campaign_of(
      scenario_of(journaled_text, {"faults.victims=members"}, {"flush_log_before_members=false"}),
      100);
  auto is_hole = [](const reports::DistinctFinding& found) {
    return found.finding.verdict == oracle::Verdict::write_hole;
  };
  EXPECT_TRUE(std::ranges::any_of(campaign.violations, is_hole));
  EXPECT_TRUE(campaign.declared.empty());
}

TEST(Campaign, NothingJudgedIsNothingShown) {
  scenarios::Scenario scenario = scenario_of(plain_text);
  scenario.world.may_refuse_dirty_degraded = true;
  scenario.world.open = [](Devices, Ports) -> Task<OpenResult> {
    co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::refused, "no"));
  };
  EXPECT_NE(campaign_of(scenario, 5).outcome, reports::Outcome::held);
}

TEST(Campaign, ABrokenRuleOfTheCoreGivesItsReproAndEndsWithOne) {
  scenarios::Scenario scenario = scenario_of(plain_text);
  scenario.world.open = [](Devices, Ports) -> Task<OpenResult> {
    check(false, "X1: this can't be");
    co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::io, ""));
  };
  EXPECT_EXIT(
      {
        install_repro_on_broken_rule();
        campaign_of(scenario, 5);
      },
      testing::ExitedWithCode(1), "X1: this can't be(.|\n)*repro: ./run sim test.json --seed 0x0");
}

TEST(Tally, DoesNotDependOnTheOrderOfRuns) {
  scenarios::Scenario scenario = scenario_of(array_text);
  std::vector<std::string> names{"m0", "m1", "m2", "m3"};
  Tally upwards, downwards, halves[2];
  for (std::uint64_t i = 0; i < 40; ++i) {
    upwards.add(i, sim::run(scenario.world, i), names);
    downwards.add(39 - i, sim::run(scenario.world, 39 - i), names);
    halves[i % 2].add(i, sim::run(scenario.world, i), names);
  }
  halves[1].merge(halves[0]);
  for (const Tally* other : {&downwards, &halves[1]}) {
    EXPECT_EQ(upwards.runs, other->runs);
    EXPECT_EQ(upwards.trace_hash, other->trace_hash);
    EXPECT_EQ(upwards.counts.events, other->counts.events);
    ASSERT_EQ(upwards.declared.size(), other->declared.size());
    for (const auto& [signature, found] : upwards.declared) {
      EXPECT_EQ(other->declared.at(signature).seed, found.seed);
      EXPECT_EQ(other->declared.at(signature).runs, found.runs);
    }
  }
}

}  // namespace
}  // namespace holdfast::drivers
