#include "scenarios/mutant_catalogue.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/schema.h"
#include "tests/scenarios/source_root.h"

namespace holdfast::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path shipped = fs::path(source_root) / "mutants/catalogue.json";

// The shipped catalogue, changed, in a folder of its own beside nothing: paths become absolute.
class ChangedCatalogue : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(shipped);
    catalogue = json::parse(file, nullptr, true, true);
    for (json& mutant : catalogue["mutants"])
      if (mutant.contains("scenario"))
        mutant["scenario"] = (shipped.parent_path() / mutant["scenario"].get<std::string>())
                                 .lexically_normal()
                                 .string();
  }

  json& mutant(std::string_view id) {
    for (json& one : catalogue["mutants"])
      if (one["id"] == id) return one;
    ADD_FAILURE() << "no mutant " << id;
    return catalogue;
  }

  std::string problems() const {
    fs::path path = fs::path(testing::TempDir()) / "holdfast-catalogue.json";
    std::ofstream(path) << catalogue.dump();
    auto read = read_mutant_catalogue(path.string());
    fs::remove(path);
    return read ? "" : text_of(read.error());
  }

  void expect_problem(std::string_view words) const {
    EXPECT_NE(problems().find(words), std::string::npos) << words << "\n  said: " << problems();
  }

  json catalogue;
};

TEST(MutantCatalogue, TheShippedOneIsReadAndItsPathsAreThoseOfTheTree) {
  auto read = read_mutant_catalogue(shipped.string());
  ASSERT_TRUE(read) << text_of(read.error());
  EXPECT_GT(read->mutants.size(), 50u);
  EXPECT_GT(read->bugs.size(), 40u);
  for (const Mutant& mutant : read->mutants) {
    if (!mutant.harmless.empty()) continue;
    ASSERT_TRUE(mutant.broken && mutant.sound) << mutant.id;
    EXPECT_TRUE(mutant.path.starts_with(std::string(source_root) + "/scenarios/")) << mutant.path;
    EXPECT_FALSE(has_broken_rules(mutant.sound->volume)) << mutant.id;
    EXPECT_EQ(has_broken_rules(mutant.broken->volume), !mutant.rules.empty()) << mutant.id;
  }
}

TEST_F(ChangedCatalogue, UnchangedItIsFine) { EXPECT_EQ(problems(), ""); }

TEST_F(ChangedCatalogue, ARuleThatNobodyBreaksIsAProblem) {
  mutant("flush_every_member")["rules"] = {{"flush_before_clean", false}};
  expect_problem("nobody breaks the rule \"flush_every_member\"");
}

TEST_F(ChangedCatalogue, ARuleThatThereIsNotIsAProblem) {
  mutant("flush_replayed_before_tail")["rules"]["flush_replayed_before_tai"] = false;
  expect_problem("there is no rule \"flush_replayed_before_tai\"; did you mean");
}

TEST_F(ChangedCatalogue, ARuleSetToItsDefaultBreaksNothing) {
  mutant("flush_every_member")["rules"]["flush_every_member"] = true;
  expect_problem("flush_every_member=true breaks nothing");
  mutant("flush_every_member")["rules"]["flush_every_member"] = false;
  mutant("no_recovery_gap")["rules"]["recovery_gap"] = 10'000;
  expect_problem("recovery_gap=10000 breaks nothing");
}

TEST_F(ChangedCatalogue, AKnownBugMustBeBackOrSayWhyNot) {
  mutant("refuse_stale_members")["bugs"] = json::array();
  expect_problem("no mutant brings \"md-stale-member\" back");
}

TEST_F(ChangedCatalogue, AHarmlessMutantBringsNoBugBack) {
  json& stale = mutant("refuse_stale_members");
  stale.erase("scenario");
  stale["harmless"] = "it is said";
  expect_problem("no mutant brings \"md-stale-member\" back");
}

TEST_F(ChangedCatalogue, ABugThatIsBackIsNotStillToCome) {
  mutant("refuse_stale_members")["bugs"].push_back("ppl-overwrite");
  expect_problem("\"ppl-overwrite\" is brought back: not_yet is wrong");
}

TEST_F(ChangedCatalogue, NamesThatNobodyKnowsAreProblems) {
  mutant("flush_every_member")["bugs"] = {"md-flush-one-membre"};
  expect_problem("nobody knows the bug \"md-flush-one-membre\"; did you mean");
  mutant("flush_every_member")["bugs"] = {"md-flush-one-member"};
  mutant("disk_drops_fua")["sabotage"] = {{"volume", "arson"}};
  expect_problem("nobody knows the sabotage \"arson\"");
}

TEST_F(ChangedCatalogue, WhatBreaksNothingOrStandsTwiceIsAProblem) {
  mutant("disk_drops_fua").erase("sabotage");
  expect_problem("breaks nothing: neither rules nor sabotage");
  mutant("disk_drops_fua")["sabotage"] = {{"volume", "drop_fua"}};
  mutant("disk_drops_fua")["id"] = "disk_acks_early";
  expect_problem("\"disk_acks_early\" stands here twice");
}

TEST_F(ChangedCatalogue, AMutantHasAScenarioThatCanBeRead) {
  mutant("flush_every_member")["scenario"] = "nowhere.json";
  expect_problem("nowhere.json");
  mutant("flush_every_member").erase("scenario");
  expect_problem("\"scenario\" is missing");
}

TEST_F(ChangedCatalogue, UnknownKeysAreProblems) {
  mutant("flush_every_member")["senario"] = "x.json";
  expect_problem("senario");
  EXPECT_FALSE(
      schema_problems(*Document::parse("c.json", catalogue.dump()), SchemaKind::mutants).empty());
}

}  // namespace
}  // namespace holdfast::scenarios
