#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/render/annotations.h"
#include "reports/render/checks.h"
#include "reports/render/escape.h"
#include "reports/render/html.h"
#include "reports/render/junit.h"
#include "reports/render/ktap.h"
#include "reports/render/timeline_layout.h"
#include "reports/render/timeline_svg.h"
#include "reports/render/trace_events.h"
#include "tests/reports/sample_report.h"

namespace holdfast::reports {
namespace {

using nlohmann::json;

RunReport report_of(std::vector<Campaign> campaigns) { return {std::move(campaigns)}; }

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (std::size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) ++found;
  return found;
}

// Tags that open and close in order, and nothing that XML 1.0 forbids. tests/e2e/report_test.py asks a real parser.
void expect_well_formed(const std::string& text) {
  std::vector<std::string> open;
  std::regex tag("<(/?)([a-zA-Z0-9]+)((?:[^<>\"]|\"[^\"<]*\")*?)(/?)>");
  for (std::sregex_iterator it(text.begin(), text.end(), tag), end; it != end; ++it) {
    if ((*it)[1] == "/") {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*it)[2]);
      open.pop_back();
    } else if ((*it)[4] != "/") {
      open.push_back((*it)[2]);
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' ' && c != '\n'; }));
}

TEST(Escape, LeavesNoMarkupAndNoForbiddenCharacter) {
  EXPECT_EQ(xml_escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(xml_escaped("\x01\x1b\x7f"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(xml_escaped("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "\u00e4\u20ac\U0001f600");
  for (const char* bad : {"\xff", "\x80", "\xc0", "\xed", "\xe2"})
    EXPECT_EQ(xml_escaped(bad), "\ufffd");
  EXPECT_EQ(xml_escaped("\xed\xa0\x80"), "\ufffd\ufffd\ufffd") << "a surrogate";
  EXPECT_EQ(xml_escaped("\xc0\xaf"), "\ufffd\ufffd") << "longer than needed";
  EXPECT_EQ(xml_escaped("\xef\xbf\xbf"), "\ufffd\ufffd\ufffd") << "U+FFFF";
  EXPECT_EQ(xml_escaped("\xe2\x80\xae"), "\ufffd\ufffd\ufffd") << "turns the line around";
  EXPECT_EQ(xml_escaped("\xe2\x82"), "\ufffd\ufffd") << "cut off";
}

TEST(Checks, SomeCheckFailsIfAndOnlyIfTheCampaignDidNotHold) {
  Campaign odd = samples::violated();
  odd.violations[0].finding.rule = "";
  std::vector<Campaign> campaigns = samples::all().campaigns;
  campaigns.push_back(odd);
  for (const Campaign& campaign : campaigns) {
    std::vector<Check> checks = checks_of(campaign);
    bool has_failed = std::ranges::count(checks, CheckState::failed, &Check::state) > 0;
    EXPECT_EQ(has_failed, campaign.outcome != Outcome::held) << campaign.scenario;
  }
}

TEST(Junit, HasOneCaseForEachRuleAndTellsTheStory) {
  std::string text = junit_of(samples::all());
  expect_well_formed(text);
  EXPECT_EQ(count(text, "<testsuite "), 6u);
  EXPECT_EQ(count(text, "<testcase "), 6u * 11);
  EXPECT_EQ(count(text, "<failure "), 3u);
  EXPECT_EQ(count(text, "<skipped "), 1u);
  EXPECT_NE(text.find("tests=\"66\" failures=\"3\" errors=\"0\" skipped=\"1\""), text.npos) << text;
  EXPECT_NE(
      text.find("<failure message=\"R1 lost_durable: flushed\" type=\"lost_durable\">R1 "
                "lost_durable: flushed  seed 0x4d2, crash 2  (17 runs)\nblock 37 shows write 41"),
      text.npos)
      << text;
  EXPECT_NE(text.find("repro: ./run sim x.json --seed 0x4d2"), text.npos);
}

TEST(Ktap, NestsRulesInScenarios) {
  std::string text = ktap_of(report_of({samples::held(), samples::violated(), samples::shard()}));
  EXPECT_TRUE(
      text.starts_with("KTAP version 1\n1..3\n  KTAP version 1\n  # Subtest: held_one\n  1..11\n"
                       "  ok 1 R1 membership\n"))
      << text;
  EXPECT_NE(text.find("\n  not ok 1 R1 membership\n"), text.npos);
  EXPECT_NE(text.find("\n  # repro: ./run sim x.json --seed 0x4d2\n"), text.npos);
  EXPECT_NE(text.find("\nnot ok 2 violated_one\n"), text.npos);
  EXPECT_NE(
      text.find("\n  ok 11 vacuity # SKIP asked when the shards are merged\nok 3 shard_one\n"),
      text.npos);
  std::istringstream lines(text);
  std::regex known("( *)(KTAP version 1|1\\.\\.\\d+|# .*|(not )?ok \\d+ .*)");
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(std::regex_match(line, known)) << line;
}

TEST(Annotations, AreTenAtMostAndOneForEachSignature) {
  Campaign campaign = samples::held();
  campaign.outcome = Outcome::violated;
  for (int i = 0; i < 12; ++i)
    campaign.violations.push_back(samples::finding("kind " + std::to_string(i)));
  Campaign twin = samples::violated();
  twin.violations = {samples::finding("kind 0")};
  std::string text = annotations_of(report_of({campaign, twin}));
  EXPECT_EQ(
      count(text, "::error file=scenarios/raid/held_one.json,title=held_one%3A lost_durable::"),
      10u);
  EXPECT_EQ(count(text, "::notice "), 1u);
  EXPECT_NE(text.find("::3 more findings in the report"), text.npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 11) << "a newline in a story does not end a command";
  EXPECT_EQ(annotations_of(report_of({samples::held()})), "");
  EXPECT_EQ(count(annotations_of(samples::all()), "::error "), 3u)
      << "vacuous and nondeterministic too";
}

TEST(Html, IsOneFileThatNeedsNothingElse) {
  std::string text = html_of(samples::all());
  for (const char* outside :
       {"http:", "https:", "//cdn", "<script", "<link", "<img", "@import", "url(", "<iframe"})
    EXPECT_EQ(text.find(outside), text.npos) << outside;
  EXPECT_NE(text.find("prefers-color-scheme: dark"), text.npos);
  EXPECT_NE(text.find("name=\"viewport\""), text.npos);
  std::string body = text.substr(text.find("</style>"));
  expect_well_formed(body.substr(body.find("<body>"), body.rfind("</html>") - body.find("<body>")));
}

TEST(Html, TellsVerdictsFiguresAndFindings) {
  std::string text = html_of(samples::all());
  for (const char* words :
       {"R1 lost_durable: flushed", "class=\"badge violated\"", "block 37 shows write 41",
        "./run sim x.json --seed 0x4d2", "raid.a (required): 9 runs", "1,843,200",
        "vacuous: the mark raid.b was never reached", "shard 2 of 3", "class=\"badge expected\""})
    EXPECT_NE(text.find(words), text.npos) << words;
  EXPECT_EQ(count(text, "class=\"timeline\""), 2u);
}

TEST(Html, WordsFromTheReportStayWords) {
  Campaign campaign = samples::violated(samples::hostile);
  campaign.path = campaign.why = samples::hostile;
  campaign.marks = {{samples::hostile, true, 1, 1}};
  DistinctFinding& found = campaign.violations[0];
  found.finding.kind = found.repro = samples::hostile;
  found.timeline->devices[0] = found.timeline->places[0].device = samples::hostile;
  for (TimelineEvent& event : found.timeline->events) {
    if (event.device == "m0") event.device = samples::hostile;
    event.error = samples::hostile;
  }
  for (const std::string& text :
       {html_of(report_of({campaign})), junit_of(report_of({campaign}))}) {
    EXPECT_EQ(text.find("<b a="), text.npos);
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_EQ(text.find('\xff'), text.npos);
  }
  std::string commands = annotations_of(report_of({campaign}));
  EXPECT_EQ(std::ranges::count(commands, '\n'), 1) << commands;
}

TEST(Timeline, MarksTheJudgedBlockAndTheFatesOfWrites) {
  std::string svg = timeline_svg(samples::timeline());
  EXPECT_EQ(count(svg, "class=\"lane\""), 2u);
  EXPECT_NE(svg.find(">block 96<"), svg.npos);
  EXPECT_NE(svg.find(">parity 96<"), svg.npos);
  EXPECT_NE(svg.find("<g class=\"write judged\"><title>m0 write 96 + 4\nat the judged block"),
            svg.npos)
      << svg;
  EXPECT_NE(svg.find("lost by the crash"), svg.npos);
  EXPECT_NE(svg.find("durable 3.500000 ms"), svg.npos);
  EXPECT_NE(svg.find("class=\"write_zeroes unanswered\""), svg.npos);
  EXPECT_NE(svg.find("class=\"moment power_cut\""), svg.npos);
  EXPECT_NE(svg.find("class=\"recovery\""), svg.npos);
  EXPECT_NE(svg.find("class=\"fua\""), svg.npos);
  EXPECT_NE(svg.find("7 events not drawn"), svg.npos);
  for (const char* odd : {"\"nan", "\"-nan", "inf"}) EXPECT_EQ(svg.find(odd), svg.npos) << odd;
}

TEST(Timeline, DrawsTheLastRequestsAndAllAtTheJudgedBlock) {
  Timeline timeline = samples::timeline();
  for (int i = 0; i < 1900; ++i) {
    TimelineEvent other = samples::request(12'500'000, "m1", TimelineKind::write, 4000, 8);
    timeline.events.insert(timeline.events.end() - 1, other);
  }
  std::string svg = timeline_svg(timeline);
  EXPECT_EQ(count(svg, "<g class=\"write judged\""), 2u);
  EXPECT_EQ(count(svg, "<g class=\"write\""), 160u);
  EXPECT_LT(svg.size(), 150'000u);
}

TEST(Rows, NeverTouch) {
  Rows<int> rows(3);
  EXPECT_EQ(rows.take(0, 10), 0u);
  EXPECT_EQ(rows.take(5, 20), 1u);
  EXPECT_EQ(rows.take(10, 12), 0u);
  EXPECT_EQ(rows.take(11, 30), 2u);
  EXPECT_EQ(rows.take(11, 12), 3u) << "all are taken";
}

TEST(TraceEvents, HaveOneTrackForEachDeviceAndNothingThatOverlapsInOne) {
  json trace = json::parse(trace_events_of(samples::all()));
  std::set<std::string> tracks;
  std::map<std::pair<int, int>, double> free_from;
  for (const json& event : trace["traceEvents"]) {
    for (const char* key : {"ph", "ts", "dur", "pid", "tid", "name"})
      EXPECT_TRUE(event.contains(key)) << event;
    if (event["ph"] == "M" && event["name"] == "thread_name") tracks.insert(event["args"]["name"]);
    if (event["ph"] != "X") continue;
    double& end = free_from[{event["pid"], event["tid"]}];
    EXPECT_LE(end, event["ts"].get<double>()) << event;
    end = event["ts"].get<double>() + event["dur"].get<double>();
  }
  EXPECT_TRUE(tracks.contains("m0") && tracks.contains("m1") && tracks.contains("machine"));
  EXPECT_TRUE(json::parse(trace_events_of(RunReport()))["traceEvents"].empty());
}

TEST(Markdown, AStoryDoesNotEndItsFence) {
  Campaign campaign = samples::violated("a|b");
  campaign.violations[0].finding.story = "```\n# heading\n````";
  std::string text = markdown_of(report_of({campaign}));
  EXPECT_NE(text.find("`````\n```\n# heading\n````\nrepro:"), text.npos) << text;
  EXPECT_NE(text.find("| a\\|b | **VIOLATED** |"), text.npos) << text;
}

}  // namespace
}  // namespace holdfast::reports
