#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/broken_rule.h"
#include "drivers/cli/command.h"
#include "drivers/cli/exploration_file.h"
#include "drivers/cli/exploration_run.h"
#include "drivers/posix/real_world.h"
#include "reports/report_file.h"
#include "scenarios/recording_reader.h"
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
  std::string resume;
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

// The scope as the scenario has it and the command line changes it; what is wrong is said.
std::optional<sim::Scope> scope_of(const scenarios::Scenario& scenario,
                                   const ExploreOptions& options, std::uint64_t seed,
                                   Console& console) {
  if (!scenario.scope) {
    console.error(fmt::format(
        "{}: has no section \"explore\", which says how much is to be visited; add one, or say "
        "--set explore.depth=1 --set explore.operations=[3]",
        scenario.path));
    return std::nullopt;
  }
  sim::Scope scope = *scenario.scope;
  if (options.depth > 0) scope.depth = options.depth;
  if (options.arrivals) scope.arrivals = *options.arrivals;
  if (options.sampled) scope.sampled = *options.sampled;
  scope.seed = seed;
  return scope;
}

// Keeps what was explored; the first time that this goes wrong is told, and the last.
class Keeping {
 public:
  Keeping(std::string path, Console& console) : path_(std::move(path)), console_(console) {}

  void keep(const reports::ExplorationSoFar& so_far) {
    if (path_.empty()) return;
    std::string wrong = reports::write_report(path_, reports::json_of(so_far));
    if (!wrong.empty() && wrong_.empty()) console_.error(wrong);
    wrong_ = wrong;
  }
  bool is_kept() const { return wrong_.empty(); }

 private:
  std::string path_;
  Console& console_;
  std::string wrong_;
};

struct WhatToExplore {
  scenarios::Scenario scenario;
  std::optional<sim::RecordedRun> run;
};

scenarios::Parsed<WhatToExplore> read_what_to_explore(const std::string& path,
                                                      const ExploreOptions& options) {
  if (!scenarios::is_recording(path)) {
    auto scenario = scenarios::read_scenario(path, options.overrides, options.rules);
    if (!scenario) return tl::unexpected(scenario.error());
    return WhatToExplore{std::move(*scenario), std::nullopt};
  }
  auto recording = scenarios::read_recording(path, options.overrides, options.rules);
  if (!recording) return tl::unexpected(recording.error());
  if (options.arrivals || options.sampled)
    return tl::unexpected(
        scenarios::Problems{{path, 0, "",
                             "is a recording, which has one schedule: no --arrivals or "
                             "--sampled-schedules"}});
  return WhatToExplore{std::move(recording->scenario), std::move(recording->run)};
}

// Explores one scenario into the report; false if something on the command line or in a file is wrong, which is said.
bool explore_scenario(const std::string& path, const ExploreOptions& options, std::uint64_t seed,
                      Keeping& keeping, Console& console, reports::ExplorationReport& report) {
  auto read = read_what_to_explore(path, options);
  if (!read) {
    for (const scenarios::Problem& problem : read.error()) console.error(problem.text());
    return false;
  }
  const scenarios::Scenario* scenario = &read->scenario;
  auto scope = scope_of(*scenario, options, seed, console);
  if (!scope) return false;
  ExplorationOptions how;
  if (read->run) {
    how.recorded = &*read->run;
    scope->is_recorded = true;
  }
  how.threads = options.jobs > 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
  how.goes_on = options.goes_on;
  how.repro = repro_of(path, options);
  how.so_far = exploration_of(*scenario, *scope);
  if (!options.resume.empty()) {
    auto so_far = resumed(options.resume, how.so_far);
    if (!so_far) {
      for (const scenarios::Problem& problem : so_far.error()) console.error(problem.text());
      return false;
    }
    how.so_far = std::move(*so_far);
    keeping.keep(how.so_far);  // before any work is done that could not be kept
    if (!keeping.is_kept()) return false;
  }
  auto progress = [&](const reports::ExploredScenario& so_far) {
    console.progress(progress_line(so_far));
  };
  auto keep = [&](const reports::ExplorationSoFar& so_far) { keeping.keep(so_far); };
  report.scenarios.push_back(
      run_exploration(*scenario, *scope, how, SignalWatch::was_interrupted, progress, keep));
  return true;
}

ExitCode explore(const ExploreOptions& options, Console& console) {
  auto seed = scenarios::parse_seed(options.seed.empty() ? "0" : options.seed);
  if (!seed) {
    console.error(fmt::format("--seed {}: expected a number, 0x… or a commit hash of 40 digits",
                              options.seed));
    return ExitCode::usage;
  }
  if (!options.resume.empty() && options.paths.size() > 1) {
    console.error(fmt::format("--resume {}: keeps one exploration, and there are {} scenarios",
                              options.resume, options.paths.size()));
    return ExitCode::usage;
  }
  reports::ExplorationReport report;
  SignalWatch signals;
  install_repro_on_broken_rule();
  Keeping keeping(options.resume, console);
  for (const std::string& path : options.paths)
    if (!explore_scenario(path, options, *seed, keeping, console, report)) return ExitCode::usage;
  console.document(document_of(report, console.format));
  ExitCode code = exit_code_of(report.outcome());
  bool is_kept = keeping.is_kept();
  if (!options.report.empty()) {
    std::string wrong = reports::write_report(options.report, reports::json_of(report));
    if (!wrong.empty()) console.error(wrong);
    is_kept &= wrong.empty();
  }
  return is_kept || code != ExitCode::held ? code : ExitCode::harness_failed;
}

}  // namespace

void add_explore(Program& program) {
  auto options = std::make_shared<ExploreOptions>();
  CLI::App& command =
      program.add("explore", "visit every crash state of a small scope, and judge each",
                  [options](Console& console) { return explore(*options, console); });
  command
      .add_option("scenario", options->paths,
                  "scenario files; their section explore is the scope. Or recordings of exercise")
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
  command
      .add_option("--resume", options->resume,
                  "keep in this file what was explored, and go on from what it holds already")
      ->check(not_empty);
  command.add_option("--report", options->report, "also write the JSON report to this file")
      ->check(not_empty);
}

}  // namespace holdfast::drivers
