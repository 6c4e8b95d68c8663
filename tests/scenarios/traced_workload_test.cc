// The requests of a trace, made by the clients of a scenario.

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/scenario.h"
#include "sim/onlooker.h"
#include "tests/scenarios/source_root.h"

namespace holdfast::scenarios {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What the clients of a run asked for, each as "kind first+sectors", and when.
class Listener final : public sim::Onlooker {
 public:
  std::vector<std::string> requests;
  std::vector<std::uint64_t> instants;

  void operation_begins(std::uint64_t cycle, std::uint32_t) override { cycle_ = cycle; }
  void client_request(const sim::TracePoint& at, const oracle::HistoryEvent& event) override {
    using Kind = oracle::HistoryEvent::Kind;
    std::string name = event.kind == Kind::write          ? "write"
                       : event.kind == Kind::read         ? "read"
                       : event.kind == Kind::write_zeroes ? "zeroes"
                       : event.kind == Kind::discard      ? "discard"
                       : event.kind == Kind::flush        ? "flush"
                                                          : "";
    if (name.empty()) return;
    std::string text = std::to_string(cycle_) + " " + name;
    if (event.kind != Kind::flush)
      text += " " + std::to_string(event.extent.first.value) + "+" +
              std::to_string(event.extent.count.value);
    if (event.flags.fua) text += " fua";
    if (event.flags.preflush) text += " preflush";
    requests.push_back(text);
    instants.push_back(at.instant.value);
  }

 private:
  std::uint64_t cycle_ = 0;
};

Parsed<Scenario> scenario_with(const std::string& workload,
                               const std::string& disk = R"("size": "64KiB")") {
  return parse_scenario(
      source_root + std::string("/tests/scenarios/x.json"),
      R"({ "schema": "holdfast.scenario/1", "devices": {"d": {"model": "ssd", )" + disk +
          R"(}}, "volume": {"type": "bare", "device": "d"}, "faults": {"power_cuts": 0, "clean_stops": 2},
                            "workload": )" +
          workload + "}");
}

Listener heard(const Scenario& scenario, std::uint64_t seed = 0) {
  Listener listener;
  sim::RunOptions options;
  options.onlooker = &listener;
  sim::run(scenario.world, seed, options);
  return listener;
}

TEST(TracedWorkload, CyclesGoOnWhereTheOneBeforeWouldHaveEnded) {
  auto scenario = scenario_with(
      R"({"depth": 1, "operations": 3, "requests": ["write 0+512", "read 512+1024", "flush", "zeroes 4096+512 fua"]})");
  ASSERT_TRUE(scenario) << text_of(scenario.error());
  EXPECT_THAT(heard(*scenario).requests,
              ElementsAre("0 write 0+1", "0 read 1+2", "0 flush", "1 zeroes 8+1 fua", "1 write 0+1",
                          "1 read 1+2"));
}

TEST(TracedWorkload, OperationsAreAllOfThemUnlessFewerAreSaid) {
  EXPECT_EQ(scenario_with(R"({"requests": ["flush", "flush"]})")->world.workload.operations, 2u);
  EXPECT_EQ(scenario_with(R"({"requests": ["flush", "flush"], "operations": 1})")
                ->world.workload.operations,
            1u);
  EXPECT_EQ(scenario_with(R"({"requests": ["flush", "flush"], "operations": 9})")
                ->world.workload.operations,
            2u);
}

TEST(TracedWorkload, RequestsAreFittedToTheVolume) {
  auto scenario = scenario_with(
      R"({"depth": 1, "requests": ["write 65536+512 preflush", "write 61440+8192", "discard 0+4096", "read 100+1"]})");
  ASSERT_TRUE(scenario);
  Listener listener = heard(*scenario);
  listener.requests.resize(3);
  EXPECT_THAT(listener.requests,
              ElementsAre("0 write 0+1 preflush", "0 write 120+8", "0 read 0+1"));
  auto with_discard = scenario_with(R"({"depth": 1, "requests": ["discard 4096+4096"]})",
                                    R"("size": "64KiB", "discard": "4KiB")");
  EXPECT_EQ(heard(*with_discard).requests.at(0), "0 discard 8+8");
}

TEST(TracedWorkload, LargeRequestsAreMadeInPieces) {
  auto scenario = scenario_with(R"({"depth": 4, "requests": ["write 0+2098176 fua", "flush"]})",
                                R"("size": "4MiB")");
  ASSERT_TRUE(scenario);
  Listener listener = heard(*scenario);
  EXPECT_THAT(
      listener.requests,
      testing::IsSupersetOf({"0 write 0+2048 fua", "0 write 2048+2048 fua", "0 write 4096+2 fua"}));
}

TEST(TracedWorkload, SpeedLetsRequestsWaitUntilTheyAreDue) {
  const std::string requests =
      R"("depth": 1, "requests": ["write 0+512 @1s", "write 512+512 @3s", "flush @5s"])";
  auto instants = [&](const std::string& speed) {
    auto scenario = scenario_with("{" + speed + requests + "}");
    EXPECT_TRUE(scenario) << text_of(scenario.error());
    std::vector<std::uint64_t> at = heard(*scenario).instants;
    return std::pair(at.at(1) - at.at(0), at.at(2) - at.at(0));
  };
  constexpr std::uint64_t second = 1'000'000'000;
  EXPECT_LT(instants("").second, second / 10);
  EXPECT_EQ(instants(R"("speed": 1, )"), std::pair(2 * second, 4 * second));
  EXPECT_EQ(instants(R"("speed": 4, )"), std::pair(second / 2, second));
}

TEST(TracedWorkload, SwarmMakesItOneClientInSomeSeeds) {
  auto scenario = scenario_with(R"({"depth": 8, "requests": ["flush"]})");
  std::set<std::uint32_t> depths;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    sim::SeededChoices choices(seed);
    sim::WorkloadSpec spec = sim::swarmed(scenario->world.workload, choices);
    depths.insert(spec.depth);
    EXPECT_EQ(spec.flush_every, 0u);
  }
  EXPECT_EQ(depths, (std::set<std::uint32_t>{1, 8}));
}

class TracedFile : public testing::Test {
 public:
  TracedFile() { std::filesystem::create_directories(folder_); }
  ~TracedFile() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  Parsed<Scenario> read() {
    write("x.json",
          R"({ "schema": "holdfast.scenario/1", "devices": {"d": {"model": "ssd", "size": "64KiB"}},
      "volume": {"type": "bare", "device": "d"}, "workload": {"trace": {"file": "t/a.iolog"}}})");
    return read_scenario((folder_ / "x.json").string());
  }
  std::filesystem::path folder_ = testing::TempDir() + "holdfast_traced_file";
};

TEST_F(TracedFile, StandsBesideTheScenarioAndIsSpelledOutInWhatItAmountsTo) {
  std::filesystem::create_directories(folder_ / "t");
  write("t/a.iolog", "fio version 3 iolog\n5 f write 0 512\n9 f sync 0 0\n11 f read 512 4096\n");
  auto scenario = read();
  ASSERT_TRUE(scenario) << text_of(scenario.error());
  ASSERT_TRUE(scenario->source);
  EXPECT_EQ(scenario->source->file, "t/a.iolog");
  EXPECT_EQ(scenario->source->format, "fio-iolog");
  std::filesystem::remove_all(folder_);

  auto alone = parse_scenario("elsewhere.json", scenario->effective);
  ASSERT_TRUE(alone) << text_of(alone.error());
  EXPECT_EQ(nlohmann::json::parse(scenario->effective)["workload"],
            nlohmann::json::parse(
                R"({"requests": ["write 0+512 @5us", "flush @9us", "read 512+4096 @11us"]})"));
  for (std::uint64_t seed = 0; seed < 8; ++seed)
    EXPECT_EQ(sim::run(alone->world, seed).trace_hash, sim::run(scenario->world, seed).trace_hash);
}

TEST_F(TracedFile, CountsForTheHashOfTheScenario) {
  std::filesystem::create_directories(folder_ / "t");
  write("t/a.iolog", "fio version 2 iolog\nf write 0 512\n");
  std::uint64_t hash = read()->hash;
  EXPECT_EQ(read()->hash, hash);
  write("t/a.iolog", "fio version 2 iolog\nf write 512 512\n");
  EXPECT_NE(read()->hash, hash);
}

TEST_F(TracedFile, WhatIsWrongWithItIsToldAtTheKeyThatNamesIt) {
  auto missing = read();
  ASSERT_FALSE(missing);
  EXPECT_THAT(text_of(missing.error()), HasSubstr("x.json:2: /workload/trace/file: "));
  EXPECT_THAT(text_of(missing.error()), HasSubstr("t/a.iolog: No such file"));
}

}  // namespace
}  // namespace holdfast::scenarios
