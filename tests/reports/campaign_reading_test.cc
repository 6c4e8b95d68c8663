#include "reports/campaign_reading.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/render/annotations.h"
#include "reports/render/html.h"
#include "reports/render/junit.h"
#include "reports/render/ktap.h"
#include "reports/render/trace_events.h"
#include "scenarios/schema.h"
#include "tests/reports/sample_report.h"

namespace holdfast::reports {
namespace {

using nlohmann::json;

json whole_report() { return json::parse(json_of(samples::all())); }

std::string problem_of(const json& document) {
  auto report = read_report(document);
  return report ? "" : report.error().pointer + ": " + report.error().message;
}

TEST(CampaignReading, GivesBackWhatWasWritten) {
  std::string text = json_of(samples::all());
  auto report = read_report(json::parse(text));
  ASSERT_TRUE(report) << report.error().pointer << ": " << report.error().message;
  EXPECT_EQ(json_of(*report), text);
  EXPECT_EQ(text_of(*report), text_of(*read_report(json::parse(json_of(*report)))));
}

TEST(CampaignReading, EverythingThatIsWrittenFitsTheSchema) {
  auto document = scenarios::Document::parse("r.json", json_of(samples::all()));
  ASSERT_TRUE(document);
  EXPECT_EQ(
      scenarios::text_of(scenarios::schema_problems(*document, scenarios::SchemaKind::report)), "");
}

struct Bad {
  const char* pointer;
  json value;
  const char* words;
};

TEST(CampaignReading, SaysWhereItIsWrongAndWhatWasExpected) {
  const Bad table[] = {
      {"/schema", "holdfast.report/2",
       "/schema: found \"holdfast.report/2\", expected \"holdfast.report/1\""},
      {"/kind", "exercise",
       "/kind: found \"exercise\", expected \"simulation\": a report that `sim` wrote"},
      {"/outcome", "held", "/outcome: found \"held\", expected \"violated\", as the campaigns say"},
      {"/campaigns", 5, "/campaigns: found 5, expected an array"},
      {"/campaigns/0", nullptr, "/campaigns/0: found null, expected an object"},
      {"/campaigns/0/outcome", "fine",
       "/campaigns/0/outcome: found \"fine\", expected one of the names that the schema lists"},
      {"/campaigns/0/trace_hash", 7, "/campaigns/0/trace_hash: found 7, expected text"},
      {"/campaigns/0/trace_hash", "0x7", "expected 64 bits as text: \"0x\" and 16 digits"},
      {"/campaigns/0/seeds/end", "0x0000000000000000",
       "/campaigns/0/seeds/end: found \"0x0000000000000000\", expected a seed above the first"},
      {"/campaigns/0/seeds/count", 999,
       "/campaigns/0/seeds/count: found 999, expected 1000, which the seeds amount to"},
      {"/campaigns/4/seeds/shard/number", 4, "expected a number from 1 to 3"},
      {"/campaigns/0/threads", 0, "expected a number from 1 to"},
      {"/campaigns/0/seconds", -1, "expected a number, not negative"},
      {"/campaigns/0/counts/power_cuts", 1.5, "expected a whole number, not negative"},
      {"/campaigns/0/counts/power_cuts", -1, "expected a whole number, not negative"},
      {"/campaigns/0/determinism/equal", 51, "expected a number from 0 to 50"},
      {"/campaigns/0/marks/0/required", "yes",
       "/campaigns/0/marks/0/required: found \"yes\", expected true or false"},
      {"/campaigns/1/violations/0/verdict", "odd", "expected a verdict such as \"lost_durable\""},
      {"/campaigns/1/violations/0/rule", "R10", "expected one of the names"},
      {"/campaigns/1/violations/0/signature", "R2 torn",
       "expected \"R1 lost_durable\" or \"R1 lost_durable: …\""},
      {"/campaigns/1/violations/0/writes/0", 1ull << 32, "expected a number from 0 to 4294967295"},
      {"/campaigns/1/violations/0/timeline/events/1/kind", "jump", "expected one of the names"},
      {"/campaigns/1/violations/0/timeline/events/1/end", 0, "expected a number from 2000000 to"},
  };
  for (const Bad& bad : table) {
    json document = whole_report();
    document[json::json_pointer(bad.pointer)] = bad.value;
    std::string problem = problem_of(document);
    EXPECT_NE(problem.find(bad.words), std::string::npos) << bad.pointer << "\n" << problem;
    EXPECT_TRUE(problem.starts_with(bad.pointer)) << problem;
  }
}

void render_all(const RunReport& report) {
  EXPECT_FALSE(text_of(report).empty() && !report.campaigns.empty());
  EXPECT_FALSE(markdown_of(report).empty());
  EXPECT_FALSE(html_of(report).empty());
  EXPECT_FALSE(junit_of(report).empty());
  EXPECT_FALSE(ktap_of(report).empty());
  EXPECT_FALSE(trace_events_of(report).empty());
  annotations_of(report);
}

void collect_pointers(const json& value, const std::string& pointer,
                      std::vector<std::string>& into) {
  into.push_back(pointer);
  for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
    collect_pointers(value[i], pointer + "/" + std::to_string(i), into);
  if (value.is_object())
    for (const auto& [key, member] : value.items())
      collect_pointers(member, pointer + "/" + key, into);
}

// Each value of a report in turn: of every other type, and away.
TEST(CampaignReading, AWrongTypeAnywhereIsRefusedOrReadWhole) {
  RunReport sample;
  sample.campaigns = {samples::violated(), samples::shard()};
  const json good = json::parse(json_of(sample));
  std::vector<std::string> pointers;
  collect_pointers(good, "", pointers);
  const json others[] = {nullptr, -1, 0, 1e300, ~0ull, "x", true, json::array(), json::object()};
  std::size_t refused = 0, read = 0;
  for (const std::string& pointer : pointers) {
    for (const json& other : others) {
      json document = good;
      document[json::json_pointer(pointer)] = other;
      auto report = read_report(document);
      if (!report) {
        EXPECT_FALSE(report.error().message.empty());
      }
      if (report) render_all(*report);
      ++(report ? read : refused);
    }
    if (pointer.empty()) continue;
    json document = good;
    json::json_pointer place(pointer);
    json& around = document[place.parent_pointer()];
    if (around.is_object()) around.erase(place.back());
    if (auto report = read_report(document)) render_all(*report);
  }
  EXPECT_GT(refused, 5 * read) << refused << " refused, " << read << " read";
}

}  // namespace
}  // namespace holdfast::reports
