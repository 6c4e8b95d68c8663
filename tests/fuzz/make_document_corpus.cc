// make_document_corpus SOURCE_ROOT FOLDER: inputs for document_fuzz, a folder for each kind of file.
#include <filesystem>
#include <fstream>
#include <string>

#include "reports/campaign.h"
#include "reports/exploration_so_far.h"
#include "reports/failure_json.h"
#include "scenarios/recording_writer.h"
#include "sim/failure.h"
#include "tests/fuzz/fuzzed_worlds.h"
#include "tests/reports/sample_report.h"

using namespace holdfast;
namespace fs = std::filesystem;

namespace {

void copy_files(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(from))
    if (entry.path().extension() == ".json")
      fs::copy_file(entry.path(), to / entry.path().filename(),
                    fs::copy_options::overwrite_existing);
}

void write(const fs::path& path, const std::string& text);

// A client writes a page of a bare disk, and one more that does not end.
void write_recordings(const fs::path& folder) {
  scenarios::Recording recording;
  recording.scenario = R"({"schema":"holdfast.scenario/1",
    "devices":{"d":{"model":"ssd","size":"32KiB"}}, "volume":{"type":"bare","device":"d"},
    "explore":{"depth":1,"operations":[0]}})";
  recording.run.base.push_back({0, 1, std::vector<std::byte>(page_bytes)});
  for (std::uint32_t number = 0; number < 2; ++number) {
    oracle::HistoryEvent event(oracle::HistoryEvent::Kind::write, number + 1);
    event.extent = Extent(Lba(number), Sectors(1));
    recording.run.steps.emplace_back().told.emplace(event);
    sim::RecordedStep& step = recording.run.steps.emplace_back();
    step.kind = sim::RecordedStep::Kind::begun;
    step.request = number;
    step.extent = event.extent;
    step.data.resize(sector_bytes);
  }
  sim::RecordedStep& end = recording.run.steps.emplace_back();
  end.kind = sim::RecordedStep::Kind::ended;
  write(folder / "two_writes.recording", scenarios::bytes_of(recording));
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
}

// Short ones: libFuzzer leaves out what is longer than -max_len.
void write_failures(const fs::path& folder) {
  for (const scenarios::Scenario& world : tests::fuzzed_worlds()) {
    sim::Failure failure;
    failure.name = world.name;
    failure.scenario = world.effective;
    failure.run_number = 0x1a5;
    failure.signature = "R1 lost_durable: flushed, power cut";
    failure.story = {"block 8 shows zeros"};
    failure.choices = sim::record(world.world, 1).choices;
    failure.choices.resize(std::min<std::size_t>(failure.choices.size(), 20));
    write(folder / (world.name + ".json"), reports::json_of(failure));
    failure.kept = {{}, {0, 5}};
    failure.cycles = 2;
    failure.is_declared = true;
    write(folder / (world.name + "-smaller.json"), reports::json_of(failure));
  }
}

void write_explorations(const fs::path& folder) {
  reports::ExplorationSoFar so_far;
  so_far.scenario = "three_writes";
  so_far.parts = 4;
  write(folder / "nothing.json", reports::json_of(so_far));
  sim::ExplorationTally& tally = so_far.done[2];
  tally.marks["raid.journal_replayed"] = 3;
  sim::Found& found = tally.found["R1 lost_durable"];
  found.finding.verdict = oracle::Verdict::lost_durable;
  found.finding.rule = "R1";
  found.finding.writes = {1};
  found.notes = {"member m1 is stale"};
  write(folder / "violated.json", reports::json_of(so_far));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  fs::path root(arguments[1]), folder(arguments[2]);
  for (const char* from : {"scenarios/raid", "scenarios/disk", "scenarios/explore"})
    copy_files(root / from, folder / "scenario");
  copy_files(root / "tests/scenarios/bad", folder / "scenario");
  copy_files(root / "tests/scenarios/bad_volumes", folder / "volume");
  copy_files(root / "mutants", folder / "mutants");
  write(folder / "volume" / "sound.json", R"({ "schema": "holdfast.volume/1",
  "devices": { "m0": {"path": "/dev/sdb"}, "m1": {"path": "/dev/sdc"}, "m2": {"path": "/dev/sdd"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m2"], "chunk": "64KiB" } })");
  write_failures(folder / "failure");
  write_explorations(folder / "exploration");
  write_recordings(folder / "recording");
  write(folder / "report" / "all.json", reports::json_of(reports::samples::all()));
  write(folder / "report" / "held.json",
        reports::json_of(reports::RunReport{{reports::samples::held()}}));
}
