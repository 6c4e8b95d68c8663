#include "scenarios/scenario.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "scenarios/marks.h"
#include "scenarios/schema.h"
#include "scenarios/volume_file.h"
#include "tests/scenarios/source_root.h"

namespace holdfast::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path root = source_root;

std::string text_of_file(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> json_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

// The first line of a bad file: what the problems must say.
std::string demanded_words(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  constexpr std::string_view opening = "// says: ";
  return line.starts_with(opening) ? line.substr(opening.size()) : "";
}

template <class T>
void expect_problem(const fs::path& path, const Parsed<T>& parsed) {
  std::string words = demanded_words(text_of_file(path));
  ASSERT_FALSE(words.empty()) << path << " doesn't say what is wrong with it";
  ASSERT_FALSE(parsed) << path << " was accepted";
  EXPECT_NE(text_of(parsed.error()).find(words), std::string::npos)
      << path << "\n  demanded: " << words << "\n  said: " << text_of(parsed.error());
}

const char* const plain = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m3": {"model": "ssd", "size": "256KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "16KiB" }
})";

Scenario scenario_of(const std::vector<std::string>& overrides,
                     const std::vector<std::string>& rules = {}) {
  auto scenario = parse_scenario("plain.json", plain, overrides, rules);
  EXPECT_TRUE(scenario) << text_of(scenario.error());
  return scenario ? *scenario : Scenario();
}

TEST(Scenario, EveryBadFileSaysWhatIsWrong) {
  auto files = json_files(root / "tests/scenarios/bad");
  EXPECT_GT(files.size(), 40u);
  for (const fs::path& path : files) expect_problem(path, read_scenario(path.string()));
}

TEST(VolumeFile, EveryBadFileSaysWhatIsWrong) {
  auto files = json_files(root / "tests/scenarios/bad_volumes");
  EXPECT_GE(files.size(), 7u);
  for (const fs::path& path : files) expect_problem(path, read_volume_file(path.string()));
}

// What a schema can say, it says as strictly as the parser; contradictions between values are the parser's alone.
TEST(Scenario, TheSchemaRefusesWhatIsWronglyFormed) {
  for (const char* name : {"unknown_device_key", "size_without_unit",     "size_in_thousands",
                           "size_with_fraction", "size_with_space",       "duration_without_unit",
                           "unknown_section",    "unknown_fault",         "unknown_model",
                           "missing_size",       "missing_members",       "level_of_no_raid",
                           "level_as_text",      "probability_above_one", "negative_count",
                           "unknown_verdict",    "devices_are_a_list",    "schema_of_the_future",
                           "schema_missing",     "journal_is_a_list",     "journal_without_name",
                           "victims_unknown",    "sabotage_unknown",      "sabotage_each_zeroth",
                           "sabotage_as_number"}) {
    auto document = Document::read((root / "tests/scenarios/bad" / name).string() + ".json");
    ASSERT_TRUE(document) << name;
    EXPECT_FALSE(schema_problems(*document, SchemaKind::scenario).empty()) << name;
  }
}

TEST(Scenario, EveryShippedFileIsRead) {
  std::size_t shipped = 0;
  for (const fs::path& path : json_files(root / "scenarios")) {
    if (path.parent_path().filename() == "schema") continue;
    auto scenario = read_scenario(path.string());
    EXPECT_TRUE(scenario) << text_of(scenario.error());
    EXPECT_TRUE(text_of_file(path).starts_with("// ")) << path << " tells no story";
    ++shipped;
    if (!scenario) continue;
    EXPECT_FALSE(scenario->marks.empty()) << path << " demands nothing";
    const sim::FaultSpec& faults = scenario->world.faults;
    bool damages_log = faults.victims == sim::Victims::journal &&
                       (faults.bad_sector_ppm > 0 || faults.bit_rot_ppm > 0);
    if (!damages_log) {
      EXPECT_GE(faults.power_cut_weight, 1u) << path << " cuts no power";
    }
    for (const sim::DiskSpec& disk : scenario->world.devices)
      EXPECT_NE(disk.tier, sim::Tier::t0) << path;
  }
  EXPECT_GE(shipped, 12u);
}

// A mark that is emitted can be demanded, and one that can be demanded is emitted.
TEST(Scenario, KnowsTheMarksThatTheEngineEmits) {
  std::set<std::string> emitted;
  const std::regex mark("\"(raid\\.[a-z_]+)\"");
  for (const auto& entry : fs::recursive_directory_iterator(root / "core")) {
    if (entry.path().extension() != ".cc") continue;
    std::string text = text_of_file(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), mark), end; at != end; ++at)
      emitted.insert((*at)[1]);
  }
  std::set<std::string> known;
  for (std::string_view name : known_marks())
    if (name.starts_with("raid.")) known.emplace(name);
  EXPECT_EQ(known, emitted);
}

// An unknown key at any depth is refused by the parser and by the schema; so is a value of another type.
void visit_objects(json& value, const std::string& pointer,
                   const std::function<void(json&, const std::string&)>& visit) {
  if (value.is_object()) visit(value, pointer);
  if (value.is_structured())
    for (auto& [key, inner] : value.items()) visit_objects(inner, pointer + "/" + key, visit);
}

// Each change that makes `full` wrong is seen by both.
void expect_equally_strict(json full) {
  std::string name = (root / "tests/scenarios/full.json").string();
  auto accepted = [&](const json& value) { return parse_scenario(name, value.dump()).has_value(); };
  auto fits_schema = [&](const json& value) {
    return schema_problems(*Document::parse(name, value.dump()), SchemaKind::scenario).empty();
  };
  auto whole = parse_scenario(name, full.dump());
  ASSERT_TRUE(whole) << text_of(whole.error());

  std::vector<std::string> values;
  visit_objects(full, "", [&](json& object, const std::string& pointer) {
    for (auto& [key, value] : object.items()) values.push_back(pointer + "/" + key);
    if (pointer == "/rules") return;
    object["oddity"] = 1;
    EXPECT_FALSE(accepted(full)) << pointer;
    EXPECT_TRUE(pointer == "/devices" || !fits_schema(full)) << pointer;
    object.erase("oddity");
  });
  for (const std::string& pointer : values) {
    for (const json& wrong : {json(nullptr), json(-3), json::array({json::object()})}) {
      json changed = full;
      changed[json::json_pointer(pointer)] = wrong;
      EXPECT_FALSE(accepted(changed)) << pointer << " " << wrong;
      EXPECT_TRUE(!fits_schema(changed) || pointer.starts_with("/rules"))
          << pointer << " " << wrong;
    }
  }
}

TEST(Scenario, ParserAndSchemaAreEquallyStrict) {
  json full = json::parse(R"({
    "schema": "holdfast.scenario/1",
    "devices": { "m0..m3": {"model": "ssd", "size": "256KiB", "logical_block": "512B", "physical_block": "4KiB",
                            "atomic_write": "512B", "volatile_cache": true, "fua": true, "discard": "4KiB",
                            "discard_reads_zero": true, "fill": "any", "channels": 4, "any_order": true},
                 "log": {"model": "ssd", "size": "256KiB"} },
    "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "spares": [], "journal": "log", "chunk": "16KiB",
                "layout": "left-symmetric", "metadata": "1.2", "name": "n", "geometry_as_found": false,
                "accept_dirty_degraded": true, "accept_lost_journal": true },
    "workload": {"operations": 60, "depth": 8, "places": "mixed", "sizes": ["512B"], "reads": 0.1, "discards": 0.1,
                 "write_zeroes": 0.1, "flushes": 0.1, "flush_every": 7, "fua": 0.1, "preflush": 0.1, "pauses": 0.1,
                 "pause_max": "1s", "swarm": true},
    "faults": {"tier": "T1", "power_cuts": 3, "host_crashes": 1, "clean_stops": 1, "cut_during_recovery": 0.5,
               "recovery_cuts_in_a_row": 2, "settle": 0.5, "max_degraded": 1, "victims": "members",
               "device_loss": 0.1, "skew": 0.1,
               "absent": 0.1, "device_return": 0.5, "read_errors": 0.1, "write_errors": 0.1, "flush_errors": 0.1,
               "bad_sectors": 0.1, "swarm": true},
    "marks": ["raid.full_stripe_write"], "rules": {"flush_every_member": true}, "sabotage": {"m1": "drop_flush:3"},
    "expect": "write_hole" })");
  expect_equally_strict(full);
  full["workload"] = json::parse(
      R"({"trace": {"file": "../../scenarios/recordings/fio_mix.iolog", "format": "fio-iolog",
                                               "device": "volume", "skip": 1},
                                     "operations": 60, "depth": 8, "flush_every": 7, "speed": 10, "swarm": true})");
  expect_equally_strict(full);
  full["workload"] = json::parse(R"({"requests": ["write 0+512 @1us", "flush"], "speed": 10})");
  expect_equally_strict(full);
}

TEST(Scenario, SaysAllThatIsWrongAtOnceInTheOrderOfTheFile) {
  auto scenario =
      parse_scenario("x.json",
                     "{ \"schema\": \"holdfast.scenario/1\",\n"
                     "\"devices\": {\"m0..m2\": {\"model\": \"sd\",\n\"size\": \"1k\"}},\n"
                     "\"volume\": {\"type\": \"raid\", \"level\": 3},\n\"mark\": []}");
  ASSERT_FALSE(scenario);
  std::vector<int> lines;
  for (const Problem& problem : scenario.error()) lines.push_back(problem.line);
  EXPECT_EQ(lines, (std::vector<int>{2, 3, 4, 4, 5})) << text_of(scenario.error());
}

TEST(Scenario, BecomesAWorld) {
  Scenario scenario =
      scenario_of({"devices.m0..m3.size=1MiB", "workload.sizes=[\"4KiB\", \"512B\", \"4KiB\"]",
                   "workload.fua=0.25", "faults.power_cuts=2", "faults.clean_stops=3",
                   "faults.device_loss=0.5"});
  const sim::WorldSpec& world = scenario.world;
  ASSERT_EQ(world.devices.size(), 4u);
  EXPECT_EQ(world.devices[3].name, "m3");
  EXPECT_EQ(world.devices[3].limits.sectors, Sectors::of_bytes(1 << 20));
  ASSERT_EQ(world.workload.sizes.size(), 2u);
  EXPECT_EQ(world.workload.sizes[0].bytes, 4096u);
  EXPECT_EQ(world.workload.sizes[0].weight, 2u);
  EXPECT_EQ(world.workload.fua_ppm, 250'000u);
  EXPECT_EQ(world.faults.cycles, 5u);
  EXPECT_EQ(world.faults.power_cut_weight, 2u);
  EXPECT_EQ(world.faults.clean_stop_weight, 3u);
  EXPECT_EQ(world.faults.max_degraded, 1u);
  EXPECT_EQ(world.faults.device_loss_ppm, 500'000u);
  EXPECT_TRUE(world.may_refuse_dirty_degraded);
  EXPECT_TRUE(world.profile.has_write_hole);
  ASSERT_TRUE(world.profile.raid);
  EXPECT_EQ(world.profile.raid->contradiction(), "");
  EXPECT_EQ(world.profile.raid->raid_disks, 4u);
  EXPECT_EQ(world.profile.raid->data_offset_bytes.size(), 4u);
}

const char* const journaled = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m3": {"model": "ssd", "size": "256KiB"}, "m4": {"model": "ssd", "size": "64KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "16KiB", "journal": "m4" }
})";

Scenario journaled_with(const std::vector<std::string>& overrides) {
  auto scenario = parse_scenario("journaled.json", journaled, overrides);
  EXPECT_TRUE(scenario) << text_of(scenario.error());
  return scenario ? *scenario : Scenario();
}

TEST(JournaledScenario, KnowsItsJournalAmongTheDevices) {
  Scenario scenario = journaled_with({"faults.victims=journal", "faults.device_loss=0.5"});
  const sim::WorldSpec& world = scenario.world;
  ASSERT_EQ(world.devices.size(), 5u);
  EXPECT_EQ(world.devices[4].name, "m4");
  EXPECT_EQ(world.journal, 4u);
  EXPECT_EQ(world.faults.victims, sim::Victims::journal);
  EXPECT_EQ(world.faults.max_degraded, 1u) << "the journal counts as one";
  EXPECT_FALSE(scenario_of({}).world.journal);
  EXPECT_EQ(std::get<RaidSpec>(scenario.volume.engine).journal, "m4");
}

TEST(JournaledScenario, PromisesThatAnAckIsAllItTakes) {
  for (const char* tier : {"faults.tier=T1", "faults.tier=T2"}) {
    oracle::Profile promise = journaled_with({tier}).world.profile;
    EXPECT_FALSE(promise.has_volatile_cache);
    EXPECT_FALSE(promise.has_write_hole);
    EXPECT_EQ(promise.atomic_write_bytes, 4096u);
    EXPECT_FALSE(promise.arbitrary_under_unacked_writes);
    EXPECT_FALSE(promise.arbitrary_under_undurable_writes);
  }
}

// Else a journal smaller than the members would make the array smaller.
TEST(JournaledScenario, HasTheShapeOfItsMembersAlone) {
  oracle::RaidShape shape = *journaled_with({}).world.profile.raid;
  EXPECT_EQ(shape.member_bytes, scenario_of({}).world.profile.raid->member_bytes);
  EXPECT_EQ(shape.raid_disks, 4u);
  EXPECT_EQ(shape.data_offset_bytes.size(), 4u);
}

TEST(JournaledScenario, TakesTheSmallestRingAndNoSmaller) {
  const std::string smallest = "devices.m4.size=60KiB", smaller = "devices.m4.size=56KiB";
  EXPECT_TRUE(parse_scenario("x.json", journaled, {smallest}));
  EXPECT_FALSE(parse_scenario("x.json", journaled, {smaller}));
  const std::string end = "volume.metadata=\"1.0\"", small = "devices.m4.size=64KiB";
  EXPECT_TRUE(parse_scenario("x.json", journaled, {end, small})) << "wherever the metadata stands";
}

TEST(JournaledScenario, BreaksRulesOfTheJournalByNameAndByNumber) {
  Scenario scenario = journaled_with({"rules.recovery_gap=10", "rules.gap_after_short_logs=false"});
  const auto& raid = std::get<RaidSpec>(scenario.volume.engine);
  EXPECT_EQ(raid.journal_rules.recovery_gap, 10u);
  EXPECT_FALSE(raid.journal_rules.gap_after_short_logs);
  EXPECT_TRUE(has_broken_rules(scenario.volume));
  for (const char* rule : {"recovery_gap=false", "recovery_gap=", "log_discards=0"})
    EXPECT_FALSE(parse_scenario("x.json", journaled, {}, {rule})) << rule;
}

TEST(Scenario, TiersSayWhetherCachesAreVolatileAndWritesTear) {
  EXPECT_TRUE(scenario_of({}).world.devices[0].limits.has_volatile_cache);
  Scenario no_cache = scenario_of({"faults.tier=T0"});
  EXPECT_FALSE(no_cache.world.devices[0].limits.has_volatile_cache);
  EXPECT_FALSE(no_cache.world.devices[0].limits.has_fua);
  Scenario torn = scenario_of({"faults.tier=T2"});
  EXPECT_TRUE(torn.world.devices[0].tears());
  EXPECT_TRUE(torn.world.profile.arbitrary_under_unacked_writes);
}

TEST(Scenario, RulesAreBrokenByTheFileAndByTheCommandLine) {
  EXPECT_FALSE(has_broken_rules(scenario_of({}).volume));
  EXPECT_TRUE(has_broken_rules(scenario_of({"rules.flush_every_member=false"}).volume));
  EXPECT_TRUE(has_broken_rules(scenario_of({}, {"flush_every_member=false"}).volume));
  EXPECT_FALSE(has_broken_rules(
      scenario_of({"rules.flush_every_member=false"}, {"flush_every_member=true"}).volume));
  for (const char* rule : {"flush_every_member", "flush_every=false", "flush_every_member=0"})
    EXPECT_FALSE(parse_scenario("x.json", plain, {}, {rule})) << rule;
}

TEST(VolumeFile, GivesDevicesInTheOrderOfTheMembers) {
  auto file = parse_volume_file("v.json", R"({ "schema": "holdfast.volume/1",
    "devices": {"a": {"path": "/dev/sda"}, "b": {"path": "/dev/sdb"}, "c": {"path": "/dev/sdc"}},
    "volume": {"type": "raid", "level": 5, "members": ["c", "a", "b"], "chunk": "64KiB", "metadata": "1.0"} })");
  ASSERT_TRUE(file) << text_of(file.error());
  ASSERT_EQ(file->devices.size(), 3u);
  EXPECT_EQ(file->devices[0].path, "/dev/sdc");
  EXPECT_EQ(file->devices[2].name, "b");
  EXPECT_EQ(std::get<RaidSpec>(file->volume.engine).metadata, "1.0");
  EXPECT_EQ(std::get<RaidSpec>(file->volume.engine).chunk_bytes, 65536u);
}

TEST(VolumeFile, TheVolumeSectionIsTheSameAsInAScenario) {
  json scenario = json::parse(plain);
  json volume{
      {"schema", "holdfast.volume/1"}, {"volume", scenario["volume"]}, {"devices", json::object()}};
  for (int i = 0; i < 4; ++i)
    volume["devices"]["m" + std::to_string(i)] = {{"path", "/dev/sd" + std::to_string(i)}};
  auto file = parse_volume_file("v.json", volume.dump());
  ASSERT_TRUE(file) << text_of(file.error());
  EXPECT_EQ(std::get<RaidSpec>(file->volume.engine).members,
            std::get<RaidSpec>(scenario_of({}).volume.engine).members);
}

TEST(VolumeFile, GivesTheJournalLast) {
  auto file = parse_volume_file("v.json", R"({ "schema": "holdfast.volume/1",
    "devices": {"a": {"path": "/dev/sda"}, "b": {"path": "/dev/sdb"}, "c": {"path": "/dev/sdc"},
                "d": {"path": "/dev/sdd"}},
    "volume": {"type": "raid", "level": 5, "members": ["b", "c", "d"], "journal": "a", "chunk": "64KiB",
               "accept_lost_journal": true} })");
  ASSERT_TRUE(file) << text_of(file.error());
  ASSERT_EQ(file->devices.size(), 4u);
  EXPECT_EQ(file->devices[3].path, "/dev/sda");
  EXPECT_TRUE(std::get<RaidSpec>(file->volume.engine).accept_lost_journal);
}

TEST(Files, WhatCannotBeReadSaysWhy) {
  auto missing = read_scenario("/nowhere/x.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(text_of(missing.error()), "/nowhere/x.json: No such file or directory\n");
  EXPECT_FALSE(read_scenario("/")) << "a folder is no file";
  auto endless = read_scenario("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_NE(text_of(endless.error()).find("larger than 16MiB"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::scenarios
