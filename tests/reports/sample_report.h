// A report with all that a report can hold, and words in it that mean something in the languages it is rendered in.
#pragma once

#include <string>

#include "reports/campaign.h"

namespace holdfast::reports::samples {

inline constexpr const char* hostile = "<b a='1'>&amp;\"]]>\x01\x1b[31m\xff|`#::%\n,:\xe2\x80\xae";

inline Campaign held(const std::string& name = "held_one") {
  Campaign campaign;
  campaign.scenario = name;
  campaign.path = "scenarios/raid/" + name + ".json";
  campaign.scenario_hash = 0xfeed;
  campaign.end_seed = 1000;
  campaign.seconds = 2.5;
  campaign.core_seconds = 5;
  campaign.threads = 2;
  campaign.counts.power_cuts = 3000;
  campaign.counts.virtual_nanoseconds = 123'456'789;
  campaign.looked_at.blocks = 1'843'200;
  campaign.marks = {{"raid.a", true, 9, 12}, {"raid.c", false, 7, 7}};
  campaign.runs_compared = campaign.runs_equal = 50;
  campaign.trace_hash = 0xfedcba9876543210;
  return campaign;
}

inline TimelineEvent request(std::uint64_t begin, const std::string& device, TimelineKind kind,
                             std::uint64_t lba = 0, std::uint64_t sectors = 0) {
  TimelineEvent event;
  event.begin = begin;
  event.end = begin + 1'000'000;
  event.device = device;
  event.kind = kind;
  event.lba = lba;
  event.sectors = sectors;
  return event;
}

inline TimelineEvent moment(std::uint64_t begin, TimelineKind kind) {
  TimelineEvent event;
  event.begin = begin;
  event.kind = kind;
  return event;
}

inline Timeline timeline() {
  Timeline timeline;
  timeline.devices = {"m0", "m1"};
  timeline.places = {{"m0", 96, 4, false}, {"m1", 96, 8, true}};
  timeline.skipped = 7;
  TimelineEvent lost = request(2'000'000, "m0", TimelineKind::write, 96, 4);
  lost.fate = TimelineFate::lost;
  TimelineEvent durable = request(2'000'000, "m1", TimelineKind::write, 96, 8);
  durable.fate = TimelineFate::durable;
  durable.durable = 3'500'000;
  durable.is_fua = durable.has_preflush = true;
  TimelineEvent flying = request(4'000'000, "m1", TimelineKind::write_zeroes, 8, 8);
  flying.end.reset();
  flying.fate = TimelineFate::torn;
  TimelineEvent failed = request(12'000'000, "m0", TimelineKind::flush);
  failed.error = "I/O error";
  timeline.events = {moment(1'000'000, TimelineKind::boot),
                     lost,
                     durable,
                     flying,
                     moment(4'100'000, TimelineKind::power_cut),
                     moment(11'000'000, TimelineKind::boot),
                     moment(11'000'000, TimelineKind::open),
                     failed,
                     moment(13'000'000, TimelineKind::judged)};
  return timeline;
}

inline DistinctFinding finding(const std::string& kind = "flushed", std::uint64_t seed = 0x4d2,
                               std::string_view rule = "R1",
                               oracle::Verdict verdict = oracle::Verdict::lost_durable) {
  DistinctFinding found;
  found.finding.verdict = verdict;
  found.finding.rule = rule;
  found.finding.where = Extent(Lba(37), Sectors(1));
  found.finding.writes = {41, 7};
  found.finding.kind = kind;
  found.finding.story = "block 37 shows write 41\nand " + std::string(hostile);
  found.finding.crash = 2;
  found.seed = seed;
  found.runs = 17;
  found.repro = "./run sim x.json --seed 0x4d2";
  found.notes = {hostile};
  found.events = {"1.0 ms m0 write"};
  found.timeline = timeline();
  return found;
}

inline Campaign violated(const std::string& name = "violated_one") {
  Campaign campaign = held(name);
  campaign.outcome = Outcome::violated;
  campaign.violations = {finding()};
  campaign.declared = {finding("of a member", 0x4d3, "R5", oracle::Verdict::write_hole)};
  campaign.declared[0].is_expected = true;
  campaign.expected = "write_hole";
  return campaign;
}

inline Campaign vacuous() {
  Campaign campaign = held("vacuous_one");
  campaign.outcome = Outcome::vacuous;
  campaign.why = "vacuous: the mark raid.b was never reached\n";
  campaign.first_seed = UINT64_MAX - 40;
  campaign.end_seed = UINT64_MAX;
  return campaign;
}

inline Campaign nondeterministic() {
  Campaign campaign = held("nondeterministic_one");
  campaign.outcome = Outcome::nondeterministic;
  campaign.runs_equal = 49;
  campaign.why = "nondeterministic: two runs of seed 0x0 differ";
  return campaign;
}

inline Campaign shard() {
  Campaign campaign = held("shard_one");
  campaign.shard = {2, 3};
  return campaign;
}

inline Campaign single_run() {
  Campaign campaign = held("single_one");
  campaign.first_seed = 9;
  campaign.end_seed = 10;
  campaign.is_single_run = true;
  return campaign;
}

inline RunReport all() {
  RunReport report;
  report.campaigns = {held(), violated(), vacuous(), nondeterministic(), shard(), single_run()};
  return report;
}

}  // namespace holdfast::reports::samples
