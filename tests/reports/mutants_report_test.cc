#include "reports/mutants.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/schema.h"

namespace holdfast::reports {
namespace {

Hunt hunt(std::uint64_t first, std::uint64_t seeds, double seconds, std::string verdict) {
  Hunt made;
  made.first_seed = first;
  made.end_seed = first + 1000;
  made.seeds = seeds;
  made.core_seconds = seconds;
  made.verdict = std::move(verdict);
  return made;
}

MutantsReport report() {
  MutantsReport made;
  made.catalogue = "mutants/catalogue.json";
  made.seeds_max = 1000;
  made.seconds = 12.5;
  MutantTried killed, survived, unproved, harmless;
  killed.id = "flush_every_member";
  killed.rules = {"flush_every_member=false"};
  killed.bugs = {"md-flush-one-member"};
  killed.scenario = "power_cuts";
  killed.path = "scenarios/power_cuts.json";
  killed.outcome = MutantOutcome::killed;
  killed.hunts = {hunt(0, 9, 0.9, "lost_durable"), hunt(1000, 1, 0.1, "torn"),
                  hunt(2000, 4, 0.4, "torn")};
  killed.sound_runs = 17;
  killed.repro = "./run sim scenarios/power_cuts.json --rule flush_every_member=false --seed 0x8";
  survived.id = "log_lies";
  survived.sabotages = {"log=stale_read"};
  survived.scenario = "wrap";
  survived.path = "scenarios/wrap.json";
  survived.hunts = {hunt(0, 1000, 31, "")};
  unproved = killed;
  unproved.id = "no_proof";
  unproved.outcome = MutantOutcome::unproved;
  unproved.hunts.back() = hunt(2000, 1000, 99, "");
  unproved.why_unproved = "without the mutant the scenario does not hold either";
  harmless.id = "belt";
  harmless.rules = {"belt=false"};
  harmless.outcome = MutantOutcome::harmless;
  harmless.argument = "there are braces";
  made.mutants = {killed, survived, unproved, harmless};
  made.bugs = {{"md-flush-one-member", "md", "one member was not flushed", ""},
               {"bc-no-fua", "bcache", "no flush", "there is no bcache"}};
  return made;
}

std::string schema_problems_of(const std::string& text) {
  auto document = scenarios::Document::parse("report.json", text);
  if (!document) return scenarios::text_of(document.error());
  return scenarios::text_of(scenarios::schema_problems(*document, scenarios::SchemaKind::report));
}

TEST(MutantsReport, MediansAreOfAllHunts) {
  MutantsReport made = report();
  EXPECT_EQ(made.mutants[0].median_seeds(), 4u);
  EXPECT_DOUBLE_EQ(made.mutants[0].median_seconds(), 0.4);
  EXPECT_EQ(made.mutants[0].verdict(), "lost_durable");
  EXPECT_EQ(made.mutants[1].median_seeds(), 1000u);
  EXPECT_EQ(made.mutants[1].verdict(), "");
  EXPECT_EQ(made.mutants[2].median_seeds(), 9u) << "what found nothing counts with what it tried";
  EXPECT_EQ(made.mutants[3].median_seeds(), 0u);
}

TEST(MutantsReport, HarmlessOnesAreNotApplicable) {
  MutantsReport made = report();
  EXPECT_EQ(made.applicable(), 3u);
  EXPECT_EQ(made.count(MutantOutcome::killed), 1u);
}

TEST(MutantsReport, SaysOneLineOfEachAndTheScore) {
  EXPECT_EQ(
      text_of(report()),
      "mutant               scenario     outcome      verdict          seeds   seconds   bugs\n"
      "flush_every_member   power_cuts   killed       lost_durable         4      0.40   "
      "md-flush-one-member\n"
      "  repro: ./run sim scenarios/power_cuts.json --rule flush_every_member=false --seed "
      "0x8\n"
      "log_lies             wrap         SURVIVED                      1,000     31.00   -\n"
      "no_proof             power_cuts   UNPROVED 2/3   lost_durable         9      0.90   "
      "md-flush-one-member\n"
      "  without the mutant the scenario does not hold either\n"
      "  repro: ./run sim scenarios/power_cuts.json --rule flush_every_member=false --seed "
      "0x8\n"
      "  harmless: belt: there are braces\n"
      "1 of 3 mutants killed (33.3 %), 1 survived, 1 unproved, 1 harmless   12.5 s\n"
      "1 of 2 known bugs brought back and found, 1 can't be brought back yet\n");
}

TEST(MutantsReport, MarkdownHasATableAndTheReasons) {
  std::string text = markdown_of(report());
  EXPECT_NE(text.find("| flush_every_member | md-flush-one-member | power_cuts | killed | "
                      "lost_durable | 4 | 0.40 | `./run sim"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("**belt** is harmless: there are braces"), std::string::npos);
  EXPECT_NE(text.find("| bc-no-fua | bcache | there is no bcache |"), std::string::npos);
}

TEST(MutantsReport, JsonFitsItsSchemaAndSchemaRefusesWhatIsOdd) {
  EXPECT_EQ(schema_problems_of(json_of(report())), "");
  auto json = nlohmann::json::parse(json_of(report()));
  EXPECT_EQ(json["mutants"][0]["hunts"][0]["seed"], "0x0000000000000008");
  EXPECT_FALSE(json["mutants"][1].contains("repro"));
  EXPECT_EQ(json["score"]["applicable"], 3);
  EXPECT_EQ(json["bugs"][0]["found_by"], nlohmann::json::array({"flush_every_member"}))
      << "what is not proved is not found";
  EXPECT_EQ(json["bugs"][1]["found_by"].size(), 0u);
  auto odd = json;
  odd["mutants"][0]["outcome"] = "dead";
  EXPECT_NE(schema_problems_of(odd.dump()), "");
  odd = json;
  odd["mutants"][0]["oddity"] = 1;
  EXPECT_NE(schema_problems_of(odd.dump()), "");
}

}  // namespace
}  // namespace holdfast::reports
