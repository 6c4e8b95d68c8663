#include "scenarios/failure_file.h"

#include <gtest/gtest.h>

#include "reports/failure_json.h"

namespace holdfast::scenarios {
namespace {

constexpr const char* plain = R"({ "schema": "holdfast.scenario/1",
  "devices": { "m0..m3": {"model": "ssd", "size": "256KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "16KiB" },
  "workload": { "operations": 60 } })";

sim::Failure some_failure() {
  auto scenario =
      parse_scenario("x.json", plain, {"workload.depth=3"}, {"flush_every_member=false"});
  EXPECT_TRUE(scenario);
  sim::Failure failure;
  failure.name = "x";
  failure.scenario = scenario->effective;
  failure.run_number = ~std::uint64_t{0};
  failure.signature = "R1 lost_durable: flushed, power cut";
  failure.crash = 2;
  failure.where = Extent(Lba(8), Sectors(3));
  failure.story = {"first \"line\"", "second"};
  failure.cycles = 2;
  failure.kept = {{}, {3, 17}};
  failure.choices = {{sim::Key(sim::Family::lands, 2, 37, 4, 0), 1},
                     {sim::Key(sim::Family::entropy, 7), ~std::uint64_t{0}}};
  return failure;
}

TEST(FailureFile, WhatIsWrittenIsReadAgain) {
  sim::Failure failure = some_failure();
  auto file = parse_failure("f.json", reports::json_of(failure));
  ASSERT_TRUE(file) << text_of(file.error());
  const sim::Failure& read = file->failure;
  EXPECT_EQ(read.name, failure.name);
  EXPECT_EQ(read.run_number, failure.run_number);
  EXPECT_EQ(read.signature, failure.signature);
  EXPECT_EQ(read.crash, failure.crash);
  EXPECT_EQ(read.where.first, failure.where.first);
  EXPECT_EQ(read.where.count, failure.where.count);
  EXPECT_EQ(read.story, failure.story);
  EXPECT_EQ(read.cycles, failure.cycles);
  EXPECT_EQ(read.kept, failure.kept);
  EXPECT_EQ(read.choices, failure.choices);
  EXPECT_EQ(read.scenario, failure.scenario);
  EXPECT_EQ(reports::json_of(read), reports::json_of(failure));
}

TEST(FailureFile, OverridesAndBrokenRulesAreInIt) {
  auto file = parse_failure("f.json", reports::json_of(some_failure()));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->scenario.world.workload.depth, 3u);
  EXPECT_FALSE(std::get<RaidSpec>(file->scenario.volume.engine).rules.flush_every_member);
}

TEST(FailureFile, EveryCutOfItIsRefused) {
  std::string text = reports::json_of(some_failure());
  for (std::size_t bytes = 0; bytes + 2 < text.size(); ++bytes) {
    auto file = parse_failure("f.json", text.substr(0, bytes));
    ASSERT_FALSE(file) << bytes;
    EXPECT_NE(text_of(file.error()).find("is it cut off?"), std::string::npos) << bytes;
  }
}

TEST(FailureFile, NamesOfFilesTellSignaturesApart) {
  sim::Failure one = some_failure(), other = one;
  other.signature += "!";
  EXPECT_EQ(reports::file_name_of(one, "lost_durable"), reports::file_name_of(one, "lost_durable"));
  EXPECT_NE(reports::file_name_of(one, "lost_durable"),
            reports::file_name_of(other, "lost_durable"));
}

}  // namespace
}  // namespace holdfast::scenarios
