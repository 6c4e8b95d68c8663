#include <algorithm>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/broken_rule.h"
#include "drivers/cli/campaign.h"
#include "drivers/cli/failures/failure_folder.h"
#include "drivers/cli/report_outputs.h"
#include "drivers/cli/scenario_choice.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t seeds_by_default = 1000;

struct SimOptions {
  ScenarioChoice choice;
  std::string seed;
  std::string seeds;
  unsigned jobs = 0;
  std::string shard;
  std::string failures;
  bool compares_all = false;
  ReportOutputs outputs;
};

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

// What is wrong, or nothing.
std::string read_shard(const SimOptions& options, CampaignOptions& into) {
  if (options.shard.empty()) return "";
  if (into.is_single_run) return "--shard: one seed can't be shared out";
  return parse_shard(options.shard, into.shard);
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
  std::vector<scenarios::Scenario> scenarios = options.choice.read_all(console);
  if (scenarios.empty()) return ExitCode::usage;
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
    campaign.repro = options.choice.repro("sim", scenario.path);
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
  add_scenario_choice(command, options->choice);
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
