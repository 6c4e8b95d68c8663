#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/campaign.h"
#include "drivers/cli/command.h"
#include "drivers/cli/exploration_run.h"
#include "drivers/posix/real_world.h"
#include "reports/report_file.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
namespace {

struct ExploreOptions {
  std::vector<std::string> paths;
  std::uint32_t depth = 0;
  std::optional<std::uint32_t> arrivals;
  std::optional<std::uint32_t> sampled;
  bool goes_on = false;
  std::string seed;
  unsigned jobs = 0;
  std::vector<std::string> overrides;
  std::vector<std::string> rules;
  std::string report;
};

std::string repro_of(const std::string& path, const ExploreOptions& options) {
  std::string line = "./run explore " + quoted(path);
  if (options.depth > 0) line += fmt::format(" --depth {}", options.depth);
  if (options.arrivals) line += fmt::format(" --arrivals {}", *options.arrivals);
  if (options.sampled) line += fmt::format(" --sampled-schedules {}", *options.sampled);
  if (!options.seed.empty()) line += " --seed " + quoted(options.seed);
  for (const std::string& rule : options.rules) line += " --rule " + quoted(rule);
  for (const std::string& override : options.overrides) line += " --set " + quoted(override);
  return line;
}

std::string document_of(const reports::ExplorationReport& report, OutputFormat format) {
  switch (format) {
    case OutputFormat::json: return reports::json_of(report);
    case OutputFormat::markdown: return reports::markdown_of(report);
    case OutputFormat::normal: break;
  }
  return reports::text_of(report);
}

ExitCode exit_code_of(reports::ExplorationOutcome outcome) {
  switch (outcome) {
    case reports::ExplorationOutcome::held: return ExitCode::held;
    case reports::ExplorationOutcome::violated: return ExitCode::violated;
    case reports::ExplorationOutcome::interrupted:
    case reports::ExplorationOutcome::vacuous:
    case reports::ExplorationOutcome::failed: break;
  }
  return ExitCode::harness_failed;
}

std::string progress_line(const reports::ExploredScenario& so_far) {
  return fmt::format("{}  {}/{} parts  {} crash points, {} lives, {} judged", so_far.scenario,
                     so_far.parts_done, so_far.parts, so_far.tally.crash_points,
                     so_far.tally.lives_lived, so_far.tally.judged);
}

ExitCode explore(const ExploreOptions& options, Console& console) {
  auto seed = scenarios::parse_seed(options.seed.empty() ? "0" : options.seed);
  if (!seed) {
    console.error(fmt::format("--seed {}: expected a number, 0x… or a commit hash of 40 digits",
                              options.seed));
    return ExitCode::usage;
  }
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  reports::ExplorationReport report;
  SignalWatch signals;
  auto is_over = [&signals] { return signals.was_interrupted(); };
  for (const std::string& path : options.paths) {
    auto scenario = scenarios::read_scenario(path, options.overrides, options.rules);
    if (!scenario) {
      for (const scenarios::Problem& problem : scenario.error()) console.error(problem.text());
      return ExitCode::usage;
    }
    if (!scenario->scope) {
      console.error(fmt::format(
          "{}: has no section \"explore\", which says how much is to be visited; add one, or say "
          "--set explore.depth=1 --set explore.operations=[3]",
          path));
      return ExitCode::usage;
    }
    sim::Scope scope = *scenario->scope;
    if (options.depth > 0) scope.depth = options.depth;
    if (options.arrivals) scope.arrivals = *options.arrivals;
    if (options.sampled) scope.sampled = *options.sampled;
    scope.seed = *seed;
    auto progress = [&](const reports::ExploredScenario& so_far) {
      console.progress(progress_line(so_far));
    };
    ExplorationOptions how{options.jobs > 0 ? options.jobs : cores, options.goes_on};
    report.scenarios.push_back(run_exploration(*scenario, scope, how, is_over, progress));
    report.scenarios.back().repro = repro_of(path, options);
  }
  console.document(document_of(report, console.format));
  ExitCode code = exit_code_of(report.outcome());
  if (options.report.empty()) return code;
  std::string wrong = reports::write_report(options.report, reports::json_of(report));
  if (wrong.empty()) return code;
  console.error(wrong);
  return code == ExitCode::held ? ExitCode::harness_failed : code;
}

}  // namespace

void add_explore(Program& program) {
  auto options = std::make_shared<ExploreOptions>();
  CLI::App& command =
      program.add("explore", "visit every crash state of a small scope, and judge each",
                  [options](Console& console) { return explore(*options, console); });
  command
      .add_option("scenario", options->paths, "scenario files; their section explore is the scope")
      ->required();
  command.add_option("--depth", options->depth, "power cuts in a line, instead of the scenario's")
      ->check(CLI::Range(1, 8));
  command
      .add_option("--arrivals", options->arrivals,
                  "schedules first in first out: clients together, half a request's time apart, …")
      ->check(CLI::Range(1, 1000));
  command.add_option("--sampled-schedules", options->sampled, "further ones, in any order")
      ->check(CLI::Range(0, 1'000'000));
  command.add_flag("--keep-going", options->goes_on, "after a violation, too");
  command.add_option("--seed", options->seed, "of what clients do; default 0")->check(not_empty);
  command.add_option("--jobs", options->jobs, "threads; default one for each core")
      ->check(CLI::Range(1, 1024));
  command.add_option("--set", options->overrides, "a.b=v: changes the scenario before it is read")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--rule", options->rules, "name=value: breaks a rule of the engine")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--report", options->report, "also write the JSON report to this file")
      ->check(not_empty);
}

}  // namespace holdfast::drivers
