#include "drivers/cli/timeline.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "drivers/cli/write_fates.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {
namespace {

using reports::TimelineFate;
using reports::TimelineKind;

scenarios::Scenario array(const std::vector<std::string>& rules = {}) {
  auto scenario = scenarios::parse_scenario("array.json", R"({
    "schema": "holdfast.scenario/1",
    "devices": { "m0..m3": {"model": "ssd", "size": "128KiB"} },
    "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "8KiB", "accept_dirty_degraded": true },
    "workload": { "operations": 40 },
    "faults": { "power_cuts": 3, "absent": 0.4, "device_loss": 0.3, "device_return": 0.7 } })",
                                            {}, rules);
  EXPECT_TRUE(scenario) << scenarios::text_of(scenario.error());
  return *scenario;
}

sim::RunOptions all_events() {
  sim::RunOptions options;
  options.keep_all_events = true;
  return options;
}

TEST(FlightRecorder, ARecordedRunIsTheSameRun) {
  scenarios::Scenario scenario = array();
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    FlightRecorder recorder;
    sim::WorldSpec world = recorder.recorded(scenario.world);
    EXPECT_EQ(sim::run(world, seed, all_events()).trace_hash,
              sim::run(scenario.world, seed).trace_hash);
    EXPECT_GT(recorder.requests().size(), 100u);
  }
}

// In each boot a device's requests are those of the trace.
TEST(FlightRecorder, MissesNothing) {
  scenarios::Scenario scenario = array();
  scenario.world.open_view = [](Devices, Ports) -> Task<OpenResult> {
    co_return tl::unexpected<OpenError>(OpenError(OpenError::Kind::refused, "no view"));
  };
  FlightRecorder recorder;
  sim::WorldSpec world = recorder.recorded(scenario.world);
  sim::RunResult run = sim::run(world, 3, all_events());
  auto is_submit = [](const sim::TraceEvent& event) {
    return event.kind <= sim::EventKind::submit_zeroes;
  };
  auto submits = static_cast<std::size_t>(std::ranges::count_if(run.last_events, is_submit));
  auto is_refused = [](const RecordedRequest& request) {
    return request.error && request.end == request.begin;  // by a device that is gone
  };
  auto refused = static_cast<std::size_t>(std::ranges::count_if(recorder.requests(), is_refused));
  EXPECT_GT(submits, 500u);
  EXPECT_GE(recorder.requests().size(), submits);
  EXPECT_LE(recorder.requests().size() - refused, submits);
}

RecordedRequest request(std::uint64_t begin, Command command, std::uint64_t lba = 0,
                        std::uint64_t sectors = 0) {
  RecordedRequest made;
  made.begin = begin;
  made.end = begin + 5;
  made.command = command;
  made.extent = Extent(Lba(lba), Sectors(sectors));
  made.ended_as = begin + 5;
  return made;
}

sim::Fate fate(std::uint64_t lba, std::uint64_t sectors, bool landed, bool was_completed = true) {
  return {Extent(Lba(lba), Sectors(sectors)), was_completed, landed, false};
}

std::vector<TimelineFate> fates_of(const std::vector<RecordedRequest>& requests,
                                   const sim::Fates& fates,
                                   sim::EventKind how = sim::EventKind::power_cut) {
  std::vector<TimelineFate> told;
  for (const WriteState& state : write_states(requests, 0, true, {{1000, how, {fates}}}))
    told.push_back(state.fate);
  return told;
}

TEST(WriteFates, AFlushMakesDurableWhatHadEndedBefore) {
  RecordedRequest fua = request(40, Command::write, 32, 8);
  fua.flags.fua = true;
  std::vector<RecordedRequest> requests{request(10, Command::write, 0, 8),
                                        request(18, Command::write, 8, 8),
                                        request(20, Command::flush), fua};
  auto states =
      write_states(requests, 0, true, {{1000, sim::EventKind::power_cut, {{fate(8, 8, false)}}}});
  EXPECT_EQ(states[0].fate, TimelineFate::durable);
  EXPECT_EQ(states[0].durable, 25u);
  EXPECT_EQ(states[1].fate, TimelineFate::lost) << "it ended after the flush had begun";
  EXPECT_EQ(states[3].durable, 45u);
}

TEST(WriteFates, ACutIsToldSectorBySectorFromTheLastWriteBack) {
  std::vector<RecordedRequest> requests{request(10, Command::write, 0, 8),
                                        request(20, Command::write, 0, 8),
                                        request(30, Command::write, 4, 8)};
  sim::Fates fates{fate(0, 8, true), fate(0, 8, false), fate(4, 4, true), fate(8, 4, false)};
  EXPECT_EQ(fates_of(requests, fates),
            (std::vector{TimelineFate::landed, TimelineFate::lost, TimelineFate::in_part}));
}

TEST(WriteFates, WhatWasOnItsWayIsToldApart) {
  RecordedRequest flying = request(20, Command::write, 0, 8),
                  behind = request(30, Command::write, 64, 8);
  flying.end.reset();
  behind.end.reset();
  sim::Fates fates{fate(0, 8, true), fate(0, 8, false, false)};
  EXPECT_EQ(fates_of({request(10, Command::write, 0, 8), flying, behind}, fates),
            (std::vector{TimelineFate::landed, TimelineFate::lost, TimelineFate::lost}));
}

TEST(WriteFates, AFailedFlushLeavesItOpen) {
  RecordedRequest flush = request(20, Command::flush);
  flush.error = IoErrorKind::io;
  EXPECT_EQ(fates_of({request(10, Command::write, 0, 8), flush}, {}).front(), TimelineFate::none);
}

TEST(WriteFates, TheCacheOutlivesACrashOfTheHost) {
  std::vector<RecordedRequest> requests{request(10, Command::write, 0, 8)};
  sim::PowerOff host{1000, sim::EventKind::host_crash, {{}}},
      power{2000, sim::EventKind::power_cut, {{fate(0, 8, false)}}};
  EXPECT_EQ(write_states(requests, 0, true, {host})[0].fate, TimelineFate::cached);
  EXPECT_EQ(write_states(requests, 0, true, {host, power})[0].fate, TimelineFate::lost);
  EXPECT_EQ(write_states(requests, 0, false, {host})[0].fate, TimelineFate::durable) << "no cache";
}

// The rule that is broken lets one member's cache unflushed: the picture must show it.
TEST(Timeline, ShowsHowADurableWriteWasLost) {
  scenarios::Scenario scenario = array({"flush_every_member=false"});
  std::size_t shown = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    FlightRecorder recorder;
    sim::WorldSpec world = recorder.recorded(scenario.world);
    sim::RunResult run = sim::run(world, seed, all_events());
    for (const oracle::Finding& finding : run.judgement.findings) {
      if (finding.verdict != oracle::Verdict::lost_durable) continue;
      auto timeline = timeline_of(world, recorder, run, finding.signature());
      ASSERT_TRUE(timeline);
      EXPECT_EQ(timeline->events.back().kind, TimelineKind::judged);
      EXPECT_LE(timeline->events.size(), reports::timeline_events_max);
      EXPECT_EQ(timeline->places.size(), 2u);
      auto is_lost_there = [&](const reports::TimelineEvent& event) {
        return event.writes() && timeline->is_judged_place(event) &&
               event.fate != TimelineFate::durable;
      };
      shown += std::ranges::any_of(timeline->events, is_lost_there) ? 1 : 0;
      EXPECT_TRUE(std::ranges::is_sorted(timeline->events, {}, &reports::TimelineEvent::begin));
      break;
    }
  }
  EXPECT_GT(shown, 5u);
}

TEST(Timeline, IsNotThereForWhatTheRunDidNotShow) {
  scenarios::Scenario scenario = array();
  FlightRecorder recorder;
  sim::WorldSpec world = recorder.recorded(scenario.world);
  EXPECT_FALSE(timeline_of(world, recorder, sim::run(world, 0, all_events()), "R2 torn"));
}

}  // namespace
}  // namespace holdfast::drivers
