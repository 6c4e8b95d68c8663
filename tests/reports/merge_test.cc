#include "reports/merge.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/reports/sample_report.h"

namespace holdfast::reports {
namespace {

NamedReport named(const std::string& file, std::vector<Campaign> campaigns) {
  return {file, {std::move(campaigns)}};
}

Campaign shard(unsigned number, unsigned of) {
  Campaign campaign = samples::held("x");
  campaign.shard = {number, of};
  campaign.trace_hash = 100 + number;
  campaign.marks = {{"raid.a", true, number == 2 ? 1u : 0u, 1}, {"raid.z", false, 1, 1}};
  if (number == 1) campaign.marks.push_back({"raid.b", false, 1, 1});
  return campaign;
}

std::string error_of(const std::vector<NamedReport>& reports) {
  auto merged = merge(reports);
  return merged ? "" : merged.error();
}

std::string text_of_merged(const std::vector<NamedReport>& reports) {
  auto merged = merge(reports);
  EXPECT_TRUE(merged) << merged.error();
  return merged ? json_of(*merged) : "";
}

TEST(Shard, ShardsOfARangeAreAPartition) {
  for (unsigned of : {1u, 2u, 3u, 7u, 64u})
    for (std::uint64_t seeds : {1u, 15u, 16u, 17u, 100u, 1000u}) {
      std::uint64_t sum = 0;
      for (unsigned number = 1; number <= of; ++number) {
        std::uint64_t mine = 0;
        for (std::uint64_t seed = 0; seed < seeds; ++seed)
          mine += Shard{number, of}.holds_batch(seed / batch_seeds) ? 1 : 0;
        EXPECT_EQ((Shard{number, of}.seeds_of(seeds)), mine)
            << number << "/" << of << " of " << seeds;
        sum += mine;
      }
      EXPECT_EQ(sum, seeds);
    }
}

TEST(Merge, AllShardsBecomeOneCampaign) {
  auto merged = merge({named("b", {shard(2, 2)}), named("a", {shard(1, 2)})});
  ASSERT_TRUE(merged) << merged.error();
  ASSERT_EQ(merged->campaigns.size(), 1u);
  const Campaign& whole = merged->campaigns[0];
  EXPECT_TRUE(whole.shard.is_whole());
  EXPECT_EQ(whole.runs(), 1000u);
  EXPECT_EQ(whole.trace_hash, 101u + 102);
  EXPECT_EQ(whole.counts.power_cuts, 6000u);
  EXPECT_EQ(whole.seconds, 2.5);
  EXPECT_EQ(whole.core_seconds, 10);
  ASSERT_EQ(whole.marks.size(), 3u);
  EXPECT_EQ(whole.marks[0].name, "raid.a");
  EXPECT_EQ(whole.marks[0].runs, 1u);
  EXPECT_EQ(whole.marks[1].name, "raid.b");
  EXPECT_EQ(whole.outcome, Outcome::held);
  EXPECT_TRUE(missing_shards(*merged).empty());
}

TEST(Merge, WhatShardsWereNotAskedForTheWholeIs) {
  Campaign one = shard(1, 2), two = shard(2, 2);
  one.marks[0].runs = two.marks[0].runs = 0;
  auto merged = merge({named("a", {one}), named("b", {two})});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->campaigns[0].outcome, Outcome::vacuous);
  EXPECT_EQ(merged->campaigns[0].why, "vacuous: the mark raid.a was never reached\n");
}

TEST(Merge, IsAssociativeCommutativeAndIdempotent) {
  std::vector<NamedReport> parts{named("1", {shard(1, 3)}), named("2", {shard(2, 3)}),
                                 named("3", {shard(3, 3)})};
  parts[1].report.campaigns.push_back(samples::violated());
  std::string whole = text_of_merged(parts);
  std::vector<std::size_t> order{0, 1, 2};
  do {
    NamedReport left{"l", *merge({parts[order[0]], parts[order[1]]})};
    NamedReport right{"r", *merge({parts[order[1]], parts[order[2]]})};
    EXPECT_EQ(text_of_merged({left, parts[order[2]]}), whole);
    EXPECT_EQ(text_of_merged({parts[order[0]], right}), whole);
    EXPECT_EQ(text_of_merged({left, right}), whole) << "a shard that is in both counts once";
    NamedReport all{"a", *merge({left, right})};
    EXPECT_EQ(text_of_merged({all, parts[order[0]], all}), whole);
    EXPECT_EQ(text_of_merged({all}), whole);
  } while (std::ranges::next_permutation(order).found);
}

TEST(Merge, SaysWhatIsMissing) {
  auto merged = merge({named("a", {shard(4, 4), samples::held()}), named("b", {shard(2, 4)})});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->campaigns.size(), 3u);
  EXPECT_EQ(missing_shards(*merged),
            std::vector<std::string>{"x, seeds 0x0..0x3e8: of 4 shards these are missing: 1, 3"});
}

TEST(Merge, FindingsAreToldByTheirLowestSeedAndOnlyTheFirstAreDrawn) {
  Campaign one = shard(1, 2), two = shard(2, 2);
  for (std::uint64_t i = 0; i < timelines_max; ++i) {
    one.violations.push_back(samples::finding("one " + std::to_string(i), 10 + i));
    two.violations.push_back(samples::finding("two " + std::to_string(i), 12 + i));
  }
  one.violations.push_back(samples::finding("both", 20));
  two.violations.push_back(samples::finding("both", 19));
  one.violations.back().finding.story = "later";
  two.violations.back().finding.story = "earlier";
  one.runs_compared = one.runs_equal = 25 + one.violations.size();
  two.runs_compared = two.runs_equal = 25 + two.violations.size();
  one.outcome = two.outcome = Outcome::violated;
  auto merged = merge({named("a", {one}), named("b", {two})});
  ASSERT_TRUE(merged);
  const Campaign& whole = merged->campaigns[0];
  ASSERT_EQ(whole.violations.size(), 9u);
  EXPECT_EQ(whole.violations.back().finding.story, "earlier");
  EXPECT_EQ(whole.violations.back().runs, 34u);
  for (std::size_t i = 0; i < 9; ++i)
    EXPECT_EQ(whole.violations[i].timeline.has_value(), i < timelines_max);
  EXPECT_EQ(whole.runs_compared, 50u + 9) << "each distinct finding is made again once";
  EXPECT_EQ(whole.runs_equal, 59u);
  EXPECT_EQ(whole.outcome, Outcome::violated);
}

TEST(Merge, OneShardThatCanNotBeBelievedSpoilsTheWhole) {
  Campaign two = shard(2, 2);
  two.runs_equal -= 1;
  two.outcome = Outcome::nondeterministic;
  two.why = "two runs differ";
  auto merged = merge({named("a", {shard(1, 2)}), named("b", {two})});
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->campaigns[0].outcome, Outcome::nondeterministic);
  EXPECT_EQ(merged->campaigns[0].why, "two runs differ");
  EXPECT_EQ(merged->campaigns[0].runs_equal, 99u);
}

TEST(Merge, RefusesWhatDoesNotFitAndNamesBothFiles) {
  Campaign changed = shard(2, 2);
  changed.scenario_hash ^= 1;
  EXPECT_EQ(error_of({named("a.json", {shard(1, 2)}), named("b.json", {changed})}),
            "a.json and b.json: scenarios/raid/x.json is not the same scenario in both "
            "(hash 0x000000000000feed and 0x000000000000feec)");

  Campaign longer = shard(2, 2);
  longer.end_seed = 1001;
  EXPECT_EQ(error_of({named("a", {shard(1, 2)}), named("b", {longer})}),
            "a and b: the seeds of x overlap and are not the same: 0x0..0x3e8, shard 1 of 2 and "
            "0x0..0x3e9, shard 2 of 2");
  EXPECT_NE(error_of({named("a", {shard(1, 2)}), named("b", {shard(2, 3)})}), "");

  Campaign other = shard(1, 2);
  other.trace_hash ^= 1;
  EXPECT_EQ(error_of({named("a", {shard(1, 2)}), named("b", {other})}),
            "a and b: x, seeds 0x0..0x3e8, shard 1 of 2: other results for the same seeds; was it "
            "the same build?");

  Campaign next = shard(1, 2);
  next.first_seed = 1000;
  next.end_seed = 2000;
  EXPECT_EQ(error_of({named("a", {shard(1, 2)}), named("b", {next})}), "") << "beside each other";
}

}  // namespace
}  // namespace holdfast::reports
