#include <algorithm>
#include <filesystem>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/campaign.h"
#include "drivers/cli/failures/failure_folder.h"
#include "drivers/cli/report_outputs.h"
#include "scenarios/sabotage_section.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t seeds_by_default = 1000;

struct SimOptions {
  std::vector<std::string> paths;
  std::string seed;
  std::string seeds;
  unsigned jobs = 0;
  std::vector<std::string> overrides;
  std::vector<std::string> rules;
  std::vector<std::string> sabotages;
  std::string shard;
  std::string failures;
  bool compares_all = false;
  ReportOutputs outputs;

  // A sabotage is a value of the scenario, as others are.
  std::vector<std::string> all_overrides() const {
    std::vector<std::string> all = overrides;
    for (const std::string& sabotage : sabotages) all.push_back("sabotage." + sabotage);
    return all;
  }
};

std::string repro_of(const std::string& path, const SimOptions& options) {
  std::string line = "./run sim " + quoted(path);
  for (const std::string& rule : options.rules) line += " --rule " + quoted(rule);
  for (const std::string& sabotage : options.sabotages) line += " --sabotage " + quoted(sabotage);
  for (const std::string& override : options.overrides) line += " --set " + quoted(override);
  return line;
}

// "A..B": from A up to but not including B. What is wrong, or nothing.
std::string read_seeds(const SimOptions& options, CampaignOptions& into) {
  if (!options.seed.empty()) {
    auto seed = scenarios::parse_seed(options.seed);
    if (!seed || *seed == UINT64_MAX)
      return fmt::format("--seed {}: expected a number, 0x… or a commit hash of 40 digits",
                         options.seed);
    into.first_seed = *seed;
    into.end_seed = *seed + 1;
    into.is_single_run = true;
    return "";
  }
  if (options.seeds.empty()) {
    into.end_seed = seeds_by_default;
    return "";
  }
  std::size_t dots = options.seeds.find("..");
  auto first = scenarios::parse_seed(options.seeds.substr(0, dots));
  auto end = dots == options.seeds.npos ? std::nullopt
                                        : scenarios::parse_seed(options.seeds.substr(dots + 2));
  if (!first || !end || *first >= *end)
    return fmt::format("--seeds {}: expected A..B, which means A and up to, but not including, B",
                       options.seeds);
  into.first_seed = *first;
  into.end_seed = *end;
  return "";
}

// "K/N": the Kth of N shards. What is wrong, or nothing.
std::string read_shard(const SimOptions& options, CampaignOptions& into) {
  if (options.shard.empty()) return "";
  if (into.is_single_run) return "--shard: one seed can't be shared out";
  std::size_t slash = options.shard.find('/');
  auto number = scenarios::parse_seed(options.shard.substr(0, slash));
  auto of = slash == options.shard.npos ? std::nullopt
                                        : scenarios::parse_seed(options.shard.substr(slash + 1));
  if (!number || !of || *number < 1 || *number > *of || *of > reports::shards_max)
    return fmt::format("--shard {}: expected K/N, the Kth of N, which are {} at most",
                       options.shard, reports::shards_max);
  into.shard = {static_cast<unsigned>(*number), static_cast<unsigned>(*of)};
  return "";
}

// Folders stand for the scenario files in them, in the order of their names.
std::vector<std::string> scenario_files(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      std::string name = entry.path().string();
      if (name.ends_with(".json") && !name.ends_with(".schema.json")) found.push_back(name);
    }
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

std::vector<scenarios::Scenario> read_all(const SimOptions& options, Console& console,
                                          bool& is_sound) {
  std::vector<scenarios::Scenario> read;
  std::vector<std::string> files;
  try {
    files = scenario_files(options.paths);
    if (files.empty()) console.error("no scenario file there");
  } catch (const std::filesystem::filesystem_error& wrong) {
    files.clear();
    console.error(fmt::format("{}: {}", wrong.path1().string(), wrong.code().message()));
  }
  is_sound = !files.empty();
  for (const std::string& file : files) {
    auto scenario = scenarios::read_scenario(file, options.all_overrides(), options.rules);
    if (scenario) {
      read.push_back(std::move(*scenario));
      continue;
    }
    is_sound = false;
    for (const scenarios::Problem& problem : scenario.error()) console.error(problem.text());
  }
  return read;
}

ExitCode simulate(const SimOptions& options, Console& console) {
  CampaignOptions campaign;
  std::string wrong = read_seeds(options, campaign);
  if (wrong.empty()) wrong = read_shard(options, campaign);
  if (wrong.empty()) wrong = options.outputs.contradiction();
  if (!wrong.empty()) {
    console.error(wrong);
    return ExitCode::usage;
  }
  bool is_sound = true;
  std::vector<scenarios::Scenario> scenarios = read_all(options, console, is_sound);
  if (!is_sound) return ExitCode::usage;
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  campaign.threads = options.jobs > 0 ? options.jobs : cores;
  campaign.compares_all = options.compares_all;
  FailureFolder failures(options.failures);
  if (wrong = failures.prepare(); !wrong.empty()) {
    console.error(wrong);
    return ExitCode::usage;
  }
  install_repro_on_broken_rule();
  reports::RunReport report;
  for (const scenarios::Scenario& scenario : scenarios) {
    campaign.repro = repro_of(scenario.path, options);
    auto progress = [&](std::uint64_t runs, std::uint64_t cuts, double seconds) {
      console.progress(fmt::format("{}  {}/{} seeds  {:.0f} cuts/s", scenario.name, runs,
                                   campaign.shard.seeds_of(campaign.end_seed - campaign.first_seed),
                                   static_cast<double>(cuts) / seconds));
    };
    report.campaigns.push_back(run_campaign(scenario, campaign, progress));
    wrong += failures.add(scenario, report.campaigns.back());
  }
  ExitCode code = exit_code_of(report.outcome());
  bool is_written = give_out(report, options.outputs, console) && wrong.empty();
  if (!wrong.empty()) console.error(wrong);
  return is_written || code != ExitCode::held ? code : ExitCode::harness_failed;
}

}  // namespace

void add_sim(Program& program) {
  auto options = std::make_shared<SimOptions>();
  CLI::App& command =
      program.add("sim", "run scenarios in the simulated world, and judge every recovery",
                  [options](Console& console) { return simulate(*options, console); });
  command.add_option("scenario", options->paths, "scenario files, or folders of them")->required();
  auto* seed =
      command.add_option("--seed", options->seed, "one run: a number, 0x…, or a commit hash")
          ->check(not_empty);
  command
      .add_option("--seeds", options->seeds,
                  "A..B: from A up to, not including, B; default 0..1000")
      ->check(not_empty)
      ->excludes(seed);
  command.add_option("--jobs", options->jobs, "threads; default one for each core")
      ->check(CLI::Range(1, 1024));
  command.add_option("--set", options->overrides, "a.b=v: changes the scenario before it is read")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--rule", options->rules, "name=value: breaks a rule of the engine")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option(
          "--sabotage", options->sabotages,
          "DEVICE=WHAT[:EVERY]: this device breaks its promises, or the volume if DEVICE is "
          "volume; WHAT is one of\n" +
              scenarios::names_of_sabotages())
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--shard", options->shard,
                  "K/N: only the Kth of N parts of the seeds; `merge` makes their reports one")
      ->check(not_empty);
  command
      .add_option("--failures", options->failures,
                  "a folder: for each distinct finding a file, for replay and shrink")
      ->check(not_empty);
  command.add_flag("--determinism-check", options->compares_all,
                   "make every run twice, not one in twenty");
  add_report_outputs(command, options->outputs);
}

}  // namespace holdfast::drivers
