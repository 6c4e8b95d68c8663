// What an exploration keeps: given back as it was, and refused if anything of it was changed.
#include "reports/exploration_so_far.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/schema.h"

namespace holdfast::reports {
namespace {

using nlohmann::json;

sim::Found sample_finding() {
  sim::Found found;
  found.finding.verdict = oracle::Verdict::lost_durable;
  found.finding.rule = "R1";
  found.finding.where = Extent(Lba(8), Sectors(3));
  found.finding.blocks = 3;
  found.finding.writes = {7, 4};
  found.finding.crash = 2;
  found.finding.kind = "flushed, power cut";
  found.finding.story = "block 8 shows \xff and \"zeros\"";
  found.times = 12;
  found.route = "life 0, power cut at its crash point 3; life 1";
  found.notes = {"member m1 is stale"};
  return found;
}

ExplorationSoFar sample() {
  ExplorationSoFar so_far;
  so_far.program = 0x1234;
  so_far.scenario = "three_writes";
  so_far.scenario_hash = ~std::uint64_t{0};
  so_far.scope.depth = 2;
  so_far.scope.operations = {3, 1};
  so_far.scope.arrivals = 16;
  so_far.scope.sampled = 2;
  so_far.scope.absent = true;
  so_far.scope.seed = 0x5eed;
  so_far.parts = 5;
  so_far.seconds = 0.1;
  so_far.core_seconds = 1.0 / 3;
  sim::ExplorationTally& first = so_far.done[0];
  first.crash_points = 1;
  first.states = ~std::uint64_t{0};
  first.lives_lived = 2;
  first.lives_remembered = 3;
  first.judged = 4;
  first.refusals = 5;
  first.write_hole_blocks = 6;
  first.hash = sim::StateHash(0xfedcba9876543210, 0x0123456789abcdef);
  first.marks["raid.journal_replayed"] = 9;
  first.found[sample_finding().finding.signature()] = sample_finding();
  so_far.done[3].judged = 11;
  return so_far;
}

std::string problem_of(const json& document) {
  auto so_far = read_exploration(document);
  return so_far ? "" : so_far.error().pointer + ": " + so_far.error().message;
}

TEST(ExplorationSoFar, GivesBackWhatWasWritten) {
  std::string text = json_of(sample());
  auto so_far = read_exploration(json::parse(text));
  ASSERT_TRUE(so_far) << so_far.error().pointer << ": " << so_far.error().message;
  EXPECT_EQ(json_of(*so_far), text);
  const sim::ExplorationTally& first = so_far->done.at(0);
  EXPECT_EQ(first.hash, sample().done.at(0).hash);
  EXPECT_EQ(first.states, ~std::uint64_t{0});
  EXPECT_EQ(first.found.begin()->second.finding.kind, "flushed, power cut");
  EXPECT_EQ(so_far->done.at(3).judged, 11u);
  EXPECT_EQ(difference(*so_far, sample()).message, "");
}

TEST(ExplorationSoFar, WhatIsWrittenFitsTheSchema) {
  auto document = scenarios::Document::parse("kept.json", json_of(sample()));
  ASSERT_TRUE(document);
  EXPECT_EQ(
      scenarios::text_of(scenarios::schema_problems(*document, scenarios::SchemaKind::exploration)),
      "");
}

// Each value, one at a time, nudged to another of its kind.
TEST(ExplorationSoFar, NoValueCanBeChangedUnnoticed) {
  json whole = json::parse(json_of(sample()));
  json flat = whole.flatten();
  ASSERT_GT(flat.size(), 40u);
  for (const auto& [pointer, value] : flat.items()) {
    json changed = whole;
    json& at = changed[json::json_pointer(pointer)];
    if (at.is_boolean()) {
      at = !at.get<bool>();
    } else if (at.is_number_float()) {
      at = at.get<double>() + 0.5;
    } else if (at.is_number()) {
      at = at.get<std::uint64_t>() ^ 1;
    } else if (at.is_string()) {
      std::string text = at.get<std::string>();
      text.back() = text.back() == '0' ? '1' : '0';
      at = text;
    }
    EXPECT_TRUE(changed == whole || !problem_of(changed).empty()) << pointer;
  }
}

struct Bad {
  const char* pointer;
  json value;
  const char* words;
};

TEST(ExplorationSoFar, SaysWhereItIsWrongAndWhatWasExpected) {
  const Bad table[] = {
      {"/schema", "holdfast.exploration/2",
       "/schema: found \"holdfast.exploration/2\", expected \"holdfast.exploration/1\""},
      {"/scope/operations/0", -1, "/scope/operations/0: found -1, expected a whole number"},
      {"/parts", 2, "/done/1/part: found 3, expected a number from 1 to 1"},
      {"/parts", 1, "/done/1: found an object, expected no more parts than there are"},
      {"/done/1/part", 0, "/done/1/part: found 0, expected a number from 1 to 4"},
      {"/done/0/hash", "0x0123", "/done/0/hash: found \"0x0123\", expected 128 bits as text"},
      {"/done/0/marks", 7, "/done/0/marks: found 7, expected an object"},
      {"/done/0/marks/a.b", "x", "/done/0/marks/a.b: found \"x\", expected a whole number"},
      {"/done/0/findings/1", json::object(), "/done/0/findings/1/verdict: missing"},
      {"/checksum", "0x0000000000000000", "something was changed"},
  };
  for (const Bad& bad : table) {
    json document = json::parse(json_of(sample()));
    document[json::json_pointer(bad.pointer)] = bad.value;
    EXPECT_NE(problem_of(document).find(bad.words), std::string::npos) << problem_of(document);
  }
  json twice = json::parse(json_of(sample()));
  twice["/done/0/findings/1"_json_pointer] = twice["/done/0/findings/0"_json_pointer];
  EXPECT_NE(problem_of(twice).find("this one stands twice"), std::string::npos);
}

TEST(ExplorationSoFar, TellsWhoseItIs) {
  auto differs_at = [](auto change) {
    ExplorationSoFar other = sample();
    change(other);
    return difference(sample(), other).pointer;
  };
  EXPECT_EQ(differs_at([](auto& other) { other.scenario = "x"; }), "/scenario");
  EXPECT_EQ(differs_at([](auto& other) { other.scenario_hash = 1; }), "/scenario_hash");
  EXPECT_EQ(differs_at([](auto& other) { other.program = 1; }), "/program");
  EXPECT_EQ(differs_at([](auto& other) { other.scope.depth = 1; }), "/scope");
  EXPECT_EQ(differs_at([](auto& other) { other.scope.operations = {3, 2}; }), "/scope");
  EXPECT_EQ(differs_at([](auto& other) { other.scope.arrivals = 1; }), "/scope");
  EXPECT_EQ(differs_at([](auto& other) { other.scope.sampled = 1; }), "/scope");
  EXPECT_EQ(differs_at([](auto& other) { other.scope.absent = false; }), "/scope");
  EXPECT_EQ(differs_at([](auto& other) { other.scope.seed = 1; }), "/scope");
  EXPECT_EQ(differs_at([](auto& other) { other.done.clear(); }), "");
}

}  // namespace
}  // namespace holdfast::reports
