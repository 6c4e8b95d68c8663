#include "reports/exercise.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/schema.h"

namespace holdfast::reports {
namespace {

Exercise held() {
  Exercise exercise;
  exercise.volume = "array.json";
  exercise.devices = {"/dev/sdb", "/dev/sdc"};
  exercise.io = "uring";
  exercise.seed = 0x5eed;
  exercise.repro = "./run exercise array.json --overwrite --kill-after 2s --seed 0x5eed";
  exercise.span = Sectors::of_bytes(64 << 20);
  exercise.size = Sectors::of_bytes(std::uint64_t{8} << 30);
  exercise.kills = 50;
  exercise.kills_in_recovery = 12;
  exercise.clean_stops = 2;
  ExercisedOpen fast, slow, cut;
  fast.open_seconds = 0.25;
  slow.open_seconds = 1.5;
  cut.open_seconds = 9;
  cut.was_killed_in_it = true;
  exercise.opens = {slow, cut, fast};
  exercise.rounds = 3;
  exercise.writes = 12'000;
  exercise.bytes_written = 96 << 20;
  exercise.reads = 1;
  exercise.bytes_read = 1 << 19;
  exercise.flushes = 2'000;
  exercise.unanswered = 600;
  exercise.work_seconds = 7;
  exercise.seconds = 41.2;
  exercise.looked_at.blocks = 5'111'808;
  exercise.looked_at.recoveries = 39;
  exercise.looked_at.views = 195;
  exercise.marks = {{"raid.journal_replayed", 38}, {"raid.journal_wrapped", 2}};
  return exercise;
}

Exercise violated() {
  Exercise exercise = held();
  exercise.outcome = ExerciseOutcome::violated;
  oracle::Finding finding;
  finding.verdict = oracle::Verdict::lost_durable;
  finding.rule = "R1";
  finding.where = Extent(Lba(37), Sectors(8));
  finding.blocks = 8;
  finding.crash = 3;
  finding.story = "block 37 shows zeros; write 41 (sectors 37..44, acked) must be there";
  exercise.findings.push_back(finding);
  exercise.notes = {"kill 3: resync begins"};
  return exercise;
}

std::string schema_problems_of(const std::string& text) {
  auto document = scenarios::Document::parse("report.json", text);
  if (!document) return scenarios::text_of(document.error());
  return scenarios::text_of(scenarios::schema_problems(*document, scenarios::SchemaKind::report));
}

TEST(ExerciseReport, SaysInAFewLinesWhatHeld) {
  EXPECT_EQ(text_of(held()),
            "array.json   50 kills (12 inside recovery)   41.2 s   held\n"
            "  judged 5,111,808 blocks of 39 recoveries, 195 views; exercised 64.0 of 8192.0 MiB\n"
            "  12,000 writes (96.0 MiB), 1 read (0.5 MiB), 2,000 flushes, 600 cut off by kills   "
            "2000 requests/s\n"
            "  opened 2 times, 1.500 s in the middle, 1.500 s at most\n"
            "  marks: raid.journal_replayed (38), raid.journal_wrapped (2)\n"
            "  repro: ./run exercise array.json --overwrite --kill-after 2s --seed 0x5eed\n");
}

TEST(ExerciseReport, TellsWhatWasBrokenAndAfterWhichKill) {
  std::string text = text_of(violated());
  EXPECT_NE(text.find("41.2 s   VIOLATED\n"), text.npos) << text;
  EXPECT_NE(text.find("VIOLATED  lost_durable  kill 3   (R1)\n  block 37 shows zeros; write 41"),
            text.npos)
      << text;
  EXPECT_NE(text.find("kill 3: resync begins"), text.npos) << text;
  std::string markdown = markdown_of(violated());
  EXPECT_NE(markdown.find("| **VIOLATED** | 50 | 12 | 5,111,808 |"), markdown.npos) << markdown;
}

TEST(ExerciseReport, WhatFailedSaysWhy) {
  Exercise exercise = held();
  exercise.outcome = ExerciseOutcome::failed;
  exercise.error = "the engine's process ended by itself by signal 6 (Aborted)";
  exercise.opens.clear();
  std::string text = text_of(exercise);
  EXPECT_NE(text.find("   failed\n"), text.npos) << text;
  EXPECT_NE(text.find("  never opened\n"), text.npos) << text;
  EXPECT_NE(text.find("  the engine's process ended by itself by signal 6"), text.npos) << text;
  EXPECT_EQ(schema_problems_of(json_of(exercise)), "");
}

TEST(ExerciseReport, IsJsonAsItsSchemaSays) {
  EXPECT_EQ(schema_problems_of(json_of(held())), "");
  EXPECT_EQ(schema_problems_of(json_of(violated())), "");
  nlohmann::json read = nlohmann::json::parse(json_of(violated()));
  EXPECT_EQ(read["seed"], "0x0000000000005eed");
  EXPECT_EQ(read["counts"]["kills_in_recovery"], 12);
  EXPECT_EQ(read["violations"][0]["kills"], 3);
  EXPECT_EQ(read["opens"][1]["killed_in_it"], true);
  EXPECT_NE(schema_problems_of(R"({"schema": "holdfast.report/1", "kind": "exercise"})"), "");
}

}  // namespace
}  // namespace holdfast::reports
