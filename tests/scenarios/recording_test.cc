// A run that was lived elsewhere: written and read as it was, refused when damaged, and explored as what it was.
#include "scenarios/recording_reader.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/checksum.h"
#include "scenarios/recording_format.h"
#include "scenarios/recording_writer.h"
#include "sim/explore/exploration.h"
#include "sim/explore/recorded_life.h"

namespace holdfast::scenarios {
namespace {

using oracle::HistoryEvent;
using sim::RecordedStep;

constexpr const char* bare = R"({"schema":"holdfast.scenario/1",
  "devices":{"d":{"model":"ssd","size":"32KiB","logical_block":"4KiB"}},
  "volume":{"type":"bare","device":"d"},
  "explore":{"depth":1,"operations":[0]}})";
constexpr std::uint64_t run = 77;
constexpr Extent page_2(Lba(16), Sectors(8));
constexpr Extent page_3(Lba(24), Sectors(8));

RecordedStep told(HistoryEvent::Kind kind, std::uint32_t id, Extent extent = {}) {
  HistoryEvent event(kind, id);
  event.ok = true;
  event.extent = extent;
  RecordedStep step;
  step.told.emplace(event);
  return step;
}

std::vector<std::byte> payload(oracle::WriteId write, Extent extent) {
  std::vector<std::byte> bytes(extent.count.bytes());
  for (std::uint64_t i = 0; i < extent.count.value; ++i)
    oracle::Payload(run).encode(write, 0, extent.first + Sectors(i),
                                MutableBytes(bytes).subspan(i * sector_bytes, sector_bytes));
  return bytes;
}

RecordedStep begun(std::uint64_t request, Command command, Extent extent = {},
                   std::vector<std::byte> data = {}, WriteFlags flags = {}) {
  RecordedStep step;
  step.kind = RecordedStep::Kind::begun;
  step.request = request;
  step.command = command;
  step.extent = extent;
  step.data = std::move(data);
  step.flags = flags;
  return step;
}

RecordedStep ended(std::uint64_t request) {
  RecordedStep step;
  step.kind = RecordedStep::Kind::ended;
  step.request = request;
  return step;
}

// A client writes, flushes and writes elsewhere; its device does so too, or keeps the flush to itself.
Recording recording(bool passes_flush_on = true) {
  Recording made;
  made.scenario = bare;
  made.run.run = run;
  made.run.base.push_back({0, 5, std::vector<std::byte>(page_bytes, std::byte{0x5a})});
  auto& steps = made.run.steps;
  steps.push_back(told(HistoryEvent::Kind::write, 1, page_2));
  steps.push_back(begun(0, Command::write, page_2, payload(1, page_2)));
  steps.push_back(ended(0));
  steps.push_back(told(HistoryEvent::Kind::write_ended, 1));
  steps.push_back(told(HistoryEvent::Kind::flush, 0));
  if (passes_flush_on) {
    steps.push_back(begun(1, Command::flush));
    steps.push_back(ended(1));
  }
  steps.push_back(told(HistoryEvent::Kind::flush_ended, 0));
  steps.push_back(told(HistoryEvent::Kind::write, 2, page_3));
  steps.push_back(begun(2, Command::write, page_3, payload(2, page_3)));
  return made;
}

Parsed<RecordingFile> read(const std::string& bytes) {
  return parse_recording("a.recording", std::as_bytes(std::span(bytes)));
}

std::string refusal(const std::string& bytes) {
  auto file = read(bytes);
  return file ? "" : file.error().front().text();
}

// The same steps without a file between.
std::string contradiction(const Recording& recording) {
  auto scenario = parse_scenario("a.json", recording.scenario);
  return recording.run.contradiction(scenario->world.devices);
}

sim::ExplorationTally explored(const RecordingFile& file, const sim::RecordedRun& lived) {
  sim::ExplorationTally tally;
  sim::Exploration exploration(file.scenario.world, *file.scenario.scope, 0, &lived);
  EXPECT_EQ(exploration.begin(), "");
  exploration.explore(0, exploration.crash_points(), tally);
  return tally;
}

sim::ExplorationTally explored(const Recording& recording) {
  auto file = read(bytes_of(recording));
  EXPECT_TRUE(file) << (file ? "" : text_of(file.error()));
  return explored(*file, file->run);
}

TEST(RecordingTest, IsReadAsItWasWritten) {
  const Recording written = recording();
  const std::string bytes = bytes_of(written);
  auto file = read(bytes);
  ASSERT_TRUE(file) << text_of(file.error());
  EXPECT_EQ(bytes_of({bare, std::nullopt, file->run}), bytes);
  ASSERT_EQ(file->run.steps.size(), written.run.steps.size());
  EXPECT_EQ(file->run.steps[1].data, payload(1, page_2));
  EXPECT_EQ(file->run.steps.back().extent, page_3);
  EXPECT_EQ(file->scenario.world.devices.size(), 1u);
}

TEST(RecordingTest, WhatIsCutOffOrDamagedIsRefused) {
  const std::string bytes = bytes_of(recording());
  for (std::size_t kept = 0; kept < bytes.size(); kept += 61) {
    std::string text = refusal(bytes.substr(0, kept));
    EXPECT_NE(text.find("byte "), text.npos) << kept;
    EXPECT_NE(text.find("record it anew"), text.npos) << text;
  }
  for (std::size_t at = 0; at < bytes.size(); at += 53) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_NE(refusal(damaged), "") << at;
  }
  EXPECT_NE(refusal(bytes + "x").find("behind its end"), std::string::npos);
  EXPECT_NE(refusal("holdfast.recording/2\n").find("another version"), std::string::npos);
}

TEST(RecordingTest, AnotherFileIsAnotherScenario) {
  Recording other = recording();
  other.run.steps.pop_back();
  EXPECT_NE(read(bytes_of(recording()))->scenario.hash, read(bytes_of(other))->scenario.hash);
}

TEST(RecordingTest, ContradictionsAreRefused) {
  auto with = [](auto change) {
    Recording changed = recording();
    change(changed.run);
    EXPECT_EQ(contradiction(changed).empty(), refusal(bytes_of(changed)).empty());
    return contradiction(changed);
  };
  EXPECT_EQ(with([](auto&) {}), "");
  EXPECT_NE(with([](auto& of) { of.steps[2].request = 9; }).find("never began"), std::string::npos);
  EXPECT_NE(with([](auto& of) { of.steps[1].device = 1; }).find("device 1"), std::string::npos);
  EXPECT_NE(with([](auto& of) { of.steps[1].data.pop_back(); }).find("data"), std::string::npos);
  EXPECT_NE(with([](auto& of) { of.steps[1].extent.first = Lba(64); }).find("sectors"),
            std::string::npos);
  EXPECT_NE(with([](auto& of) { of.steps.push_back(of.steps.back()); }).find("overlaps"),
            std::string::npos);
  EXPECT_NE(with([](auto& of) { of.steps[3].told->event.id = 5; }).find("client"),
            std::string::npos);
  EXPECT_NE(with([](auto& of) { of.steps[8].told->event.id = 3; }).find("client"),
            std::string::npos);
  EXPECT_NE(with([](auto& of) { of.base[0].page = 8; }).find("page 8"), std::string::npos);
  EXPECT_NE(with([](auto& of) {
              of.steps.push_back(begun(7, Command::discard, page_2));
            }).find("discard"),
            std::string::npos);
}

// Crash points: before the flush ends, with page 2 open; and at the end, with page 3 open.
TEST(RecordingTest, EveryStateOfItIsExplored) {
  sim::ExplorationTally tally = explored(recording());
  EXPECT_EQ(tally.crash_points, 2u);
  EXPECT_EQ(tally.states, 4u);
  EXPECT_EQ(tally.judged, 4u);
  EXPECT_TRUE(tally.found.empty());
}

TEST(RecordingTest, AFlushThatNeverReachedTheDeviceIsFound) {
  sim::ExplorationTally tally = explored(recording(false));
  ASSERT_EQ(tally.found.size(), 1u);
  EXPECT_EQ(tally.found.begin()->second.finding.verdict, oracle::Verdict::lost_durable);
}

// With preflush the write lands after what was flushed, so never alone; without, it may.
TEST(RecordingTest, APreflushComesFirst) {
  auto written_with = [](WriteFlags flags) {
    Recording made = recording(false);
    auto& steps = made.run.steps;
    steps.resize(4);
    HistoryEvent write(HistoryEvent::Kind::write, 2);
    write.extent = page_3;
    write.flags = flags;
    steps.emplace_back().told.emplace(write);
    steps.push_back(begun(2, Command::write, page_3, payload(2, page_3), flags));
    steps.push_back(ended(2));
    steps.push_back(told(HistoryEvent::Kind::write_ended, 2));
    return explored(made).states;
  };
  // Page 2 open; page 3 open; neither. Or both at once; page 2 open and page 3 there.
  EXPECT_EQ(written_with(WriteFlags(true, true)), 2u + 2u + 1u);
  EXPECT_EQ(written_with(WriteFlags(true, false)), 4u + 2u);
}

TEST(RecordingTest, TellsItselfFromOtherFiles) {
  std::string path = testing::TempDir() + "recording_test.recording";
  std::ofstream(path, std::ios::binary) << bytes_of(recording());
  EXPECT_TRUE(is_recording(path));
  EXPECT_TRUE(read_recording(path));
  std::ofstream(path, std::ios::binary) << bare;
  EXPECT_FALSE(is_recording(path));
  EXPECT_FALSE(is_recording(path + ".gone"));
  EXPECT_FALSE(read_recording(path + ".gone"));
}

}  // namespace
}  // namespace holdfast::scenarios
