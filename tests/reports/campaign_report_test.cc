#include "reports/campaign.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/file_check.h"
#include "scenarios/schema.h"

namespace holdfast::reports {
namespace {

using nlohmann::json;

Campaign held_campaign() {
  Campaign campaign;
  campaign.scenario = "power_cut_while_journal_wraps";
  campaign.path = "scenarios/raid/power_cut_while_journal_wraps.json";
  campaign.end_seed = 10'000;
  campaign.seconds = 41.2;
  campaign.core_seconds = 41.2;
  campaign.counts.virtual_nanoseconds = 1'030'000'000'000;
  campaign.counts.power_cuts = 30'114;
  campaign.counts.power_cuts_in_recovery = 9'870;
  campaign.looked_at.blocks = 1'843'200;
  campaign.looked_at.recoveries = 20'244;
  campaign.looked_at.views = 101'220;
  campaign.marks = {{"raid.a", true, 9, 12}, {"raid.b", true, 1, 1}, {"raid.c", false, 7, 7}};
  campaign.runs_compared = campaign.runs_equal = 500;
  return campaign;
}

DistinctFinding lost_write() {
  DistinctFinding found;
  found.finding.verdict = oracle::Verdict::stale_resurrected;
  found.finding.rule = "R1";
  found.finding.where = Extent(Lba(37), Sectors(1));
  found.finding.writes = {41};
  found.finding.kind = "dropped";
  found.finding.story =
      "block 37 shows write 41, which recovery 1 had dropped\nrecovery 2 found seq 224 valid again";
  found.seed = 0x4d2;
  found.finding.crash = 2;
  found.runs = 17;
  found.repro = "./run sim x.json --rule recovery_gap=10 --seed 0x4d2";
  return found;
}

RunReport report_of(Campaign campaign) {
  RunReport report;
  report.campaigns.push_back(std::move(campaign));
  return report;
}

std::string schema_problems_of(const std::string& text) {
  auto document = scenarios::Document::parse("report.json", text);
  if (!document) return scenarios::text_of(document.error());
  return scenarios::text_of(scenarios::schema_problems(*document, scenarios::SchemaKind::report));
}

TEST(CampaignReport, SaysInTwoLinesThatItHeld) {
  EXPECT_EQ(text_of(report_of(held_campaign())),
            "power_cut_while_journal_wraps   10,000 seeds   30,114 power cuts (9,870 inside "
            "recovery)   41.2 s   held\n"
            "  judged 1,843,200 blocks, 101,220 views of 20,244 recoveries   marks 2/2   "
            "determinism 500/500   "
            "731 cuts/s per core, 25 times real time\n");
}

TEST(CampaignReport, TellsAFailureOnOneScreenAndEndsWithItsRepro) {
  Campaign campaign = held_campaign();
  campaign.outcome = Outcome::violated;
  campaign.is_single_run = true;
  DistinctFinding found = lost_write();
  for (int i = 0; i < 100; ++i) {
    found.notes.push_back("cut 2: note " + std::to_string(i));
    found.events.push_back("event " + std::to_string(i));
  }
  campaign.violations = {found};
  std::string text = text_of(report_of(campaign));
  EXPECT_NE(text.find("41.2 s   VIOLATED\n"), text.npos) << text;
  EXPECT_NE(text.find("VIOLATED  stale_resurrected  seed 0x00000000000004d2, crash 2   (R1; 17 of "
                      "10,000 runs)\n"
                      "  block 37 shows write 41, which recovery 1 had dropped\n"
                      "  recovery 2 found seq 224 valid again\n"),
            text.npos)
      << text;
  EXPECT_NE(text.find("note 99"), text.npos) << "the last notes are the ones that matter";
  EXPECT_TRUE(text.ends_with("\n  repro: ./run sim x.json --rule recovery_gap=10 --seed 0x4d2\n"))
      << text;
  EXPECT_LE(std::ranges::count(text, '\n'), 32) << "one screen";
}

TEST(CampaignReport, BreaksALongStoryBetweenWords) {
  Campaign campaign = held_campaign();
  campaign.outcome = Outcome::violated;
  campaign.violations = {lost_write()};
  std::string& story = campaign.violations[0].finding.story;
  story.clear();
  for (int i = 0; i < 60; ++i) story += "word" + std::to_string(i) + " ";
  story += "end";
  std::string text = text_of(report_of(campaign)), joined;
  std::istringstream lines(text.substr(text.find("  word0")));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 116u);
    joined += line.substr(1);
  }
  EXPECT_TRUE(joined.starts_with(" " + story)) << text;
}

TEST(CampaignReport, KeepsExcusesInSight) {
  Campaign campaign = held_campaign();
  campaign.counts.refusals = 3;
  campaign.counts.refusals_without_journal = 1;
  campaign.counts.writes_refused = 1'200;
  campaign.declared = {lost_write()};
  std::string text = text_of(report_of(campaign));
  EXPECT_NE(text.find("excused: 3 volumes refused to open: degraded and not stopped cleanly"),
            text.npos)
      << text;
  EXPECT_NE(text.find("refused: 1 volume without the journal, opened again when it was back"),
            text.npos)
      << text;
  EXPECT_NE(text.find("refused: 1,200 writes after the loss of the journal"), text.npos) << text;
  EXPECT_NE(text.find("excused: stale_resurrected in 17 runs, not promised: dropped (seed 0x4d2)"),
            text.npos)
      << text;
  EXPECT_EQ(text.find("VIOLATED"), text.npos);
}

TEST(CampaignReport, TellsAnExpectedFindingWithItsStory) {
  Campaign campaign = held_campaign();
  campaign.expected = "stale_resurrected";
  campaign.declared = {lost_write()};
  campaign.declared[0].is_expected = true;
  std::string text = text_of(report_of(campaign));
  EXPECT_NE(text.find("EXPECTED  stale_resurrected  seed"), text.npos) << text;
  EXPECT_NE(text.find("  block 37 shows"), text.npos) << text;
  EXPECT_EQ(text.find("excused"), text.npos);
}

TEST(CampaignReport, TheWorstOutcomeCounts) {
  RunReport report;
  EXPECT_EQ(report.outcome(), Outcome::held);
  for (Outcome outcome :
       {Outcome::held, Outcome::vacuous, Outcome::nondeterministic, Outcome::violated}) {
    report.campaigns.insert(report.campaigns.begin(), held_campaign());
    report.campaigns.front().outcome = outcome;
    EXPECT_EQ(report.outcome(), outcome) << name_of(outcome);
    std::ranges::rotate(report.campaigns, report.campaigns.begin() + 1);
    EXPECT_EQ(report.outcome(), outcome) << name_of(outcome);
  }
}

TEST(CampaignReport, JsonFitsItsSchemaAndKeeps64Bits) {
  Campaign campaign = held_campaign();
  campaign.outcome = Outcome::violated;
  campaign.expected = "write_hole";
  campaign.why = "a reason";
  campaign.first_seed = UINT64_MAX - 5;
  campaign.end_seed = UINT64_MAX;
  campaign.trace_hash = 0xfedcba9876543210;
  campaign.violations = campaign.declared = {lost_write()};
  std::string text = json_of(report_of(campaign));
  EXPECT_EQ(schema_problems_of(text), "");
  json report = json::parse(text);
  const json& told = report["campaigns"][0];
  EXPECT_EQ(told["seeds"]["first"], "0xfffffffffffffffa");
  EXPECT_EQ(told["seeds"]["count"], 5);
  EXPECT_EQ(told["trace_hash"], "0xfedcba9876543210");
  EXPECT_EQ(told["violations"][0]["seed"], "0x00000000000004d2");
  EXPECT_EQ(told["violations"][0]["signature"], "R1 stale_resurrected: dropped");
  EXPECT_EQ(told["counts"]["power_cuts"], 30'114);
  EXPECT_EQ(report["outcome"], "violated");
}

TEST(CampaignReport, TheSchemaIsStrict) {
  json report = json::parse(json_of(report_of(held_campaign())));
  const json campaign = report["campaigns"][0];
  for (const auto& [key, value] : campaign.items()) {
    json lacking = report;
    lacking["campaigns"][0].erase(key);
    EXPECT_NE(schema_problems_of(lacking.dump()), "") << key;
  }
  json more = report;
  more["campaigns"][0]["oddity"] = 1;
  EXPECT_NE(schema_problems_of(more.dump()), "");
  json rounded = report;
  rounded["campaigns"][0]["trace_hash"] = 12345;
  EXPECT_NE(schema_problems_of(rounded.dump()), "");
}

TEST(CampaignReport, PathsThatAreNoTextDoNotBreakTheJson) {
  Campaign campaign = held_campaign();
  campaign.path = "scen\xff\xfe.json";
  EXPECT_EQ(schema_problems_of(json_of(report_of(campaign))), "");
}

TEST(CampaignReport, MarkdownHasOneRowForEachCampaign) {
  RunReport report = report_of(held_campaign());
  report.campaigns.push_back(held_campaign());
  report.campaigns[1].outcome = Outcome::violated;
  report.campaigns[1].violations = {lost_write()};
  std::string text = markdown_of(report);
  EXPECT_NE(text.find("| power_cut_while_journal_wraps | held | 10,000 | 30,114 | 9,870 | "
                      "1,843,200 | 2/2 | 500/500 |"),
            text.npos)
      << text;
  EXPECT_NE(text.find("| **VIOLATED** |"), text.npos) << text;
  EXPECT_NE(text.find("repro: ./run sim x.json"), text.npos) << text;
}

TEST(FileCheckReport, NamesEachProblemAndFitsItsSchema) {
  std::vector<FileChecked> files{{"good.json", {}},
                                 {"bad.json", {{7, "/a", "wrong"}, {0, "", "odd"}}}};
  EXPECT_EQ(text_of(files), "good.json: fine\nbad.json:7: /a: wrong\nbad.json: odd\n");
  EXPECT_EQ(schema_problems_of(json_of(files)), "");
}

}  // namespace
}  // namespace holdfast::reports
