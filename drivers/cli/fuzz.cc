#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/broken_rule.h"
#include "drivers/cli/fuzzing/scenario_fuzz.h"
#include "drivers/cli/report_outputs.h"
#include "drivers/posix/real_world.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
namespace {

struct FuzzOptions {
  ScenarioChoice choice;
  std::string time = "60s";
  std::string seed = "0";
  unsigned jobs = 0;
  std::string shard;
  std::string failures;
  ReportOutputs outputs;
};

// Shards have seeds so far apart that they never meet.
constexpr unsigned seed_bits_of_shard = 40;
constexpr std::uint64_t seed_mask = (std::uint64_t{1} << 56) - 1;  // so that no sum of them wraps

// What is wrong, or nothing.
std::string read_plan(const FuzzOptions& options, FuzzPlan& plan,
                      std::chrono::steady_clock::duration& time) {
  auto seed = scenarios::parse_seed(options.seed);
  if (!seed)
    return fmt::format("--seed {}: expected a number, 0x… or a commit hash of 40 digits",
                       options.seed);
  auto duration = scenarios::parse_duration(options.time);
  if (!duration || *duration == Nanoseconds())
    return fmt::format("--time {}: expected a time such as 60s or 10min", options.time);
  reports::Shard shard;
  if (!options.shard.empty())
    if (std::string wrong = parse_shard(options.shard, shard); !wrong.empty()) return wrong;
  plan.first_seed = (*seed & seed_mask) + (std::uint64_t{shard.number - 1} << seed_bits_of_shard);
  plan.threads =
      options.jobs > 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
  time = std::chrono::nanoseconds(duration->value);
  return options.outputs.contradiction();
}

std::string progress_line(const reports::Campaign& so_far) {
  return fmt::format("{}  {} rounds, {} seeds, {} power cuts, {} moments", so_far.scenario,
                     so_far.pressure->rounds, so_far.runs(), so_far.counts.power_cuts,
                     so_far.pressure->moments_passed());
}

ExitCode fuzz(const FuzzOptions& options, Console& console) {
  FuzzPlan plan;
  std::chrono::steady_clock::duration time{};
  std::string wrong = read_plan(options, plan, time);
  FailureFolder failures(options.failures);
  if (wrong.empty()) wrong = failures.prepare();
  if (!wrong.empty()) {
    console.error(wrong);
    return ExitCode::usage;
  }
  std::vector<scenarios::Scenario> scenarios = options.choice.read_all(console);
  if (scenarios.empty()) return ExitCode::usage;
  install_repro_on_broken_rule();
  std::vector<std::unique_ptr<ScenarioFuzz>> fuzzes;
  for (const scenarios::Scenario& scenario : scenarios)
    fuzzes.push_back(std::make_unique<ScenarioFuzz>(scenario, options.choice, plan, failures));

  SignalWatch signals;
  auto end = std::chrono::steady_clock::now() + time;
  std::function<bool()> is_interrupted = SignalWatch::was_interrupted;
  std::function<bool()> is_time_up = [end] {
    return SignalWatch::was_interrupted() || std::chrono::steady_clock::now() >= end;
  };
  // Turn by turn, and each once at least.
  for (bool is_first = true, goes_on = true; goes_on; is_first = false) {
    goes_on = false;
    for (const auto& each : fuzzes) {
      const auto& ends_round = is_first ? is_interrupted : is_time_up;
      if (ends_round()) break;
      if (each->is_over()) continue;
      wrong += each->do_round(ends_round);
      goes_on = true;
      console.progress(progress_line(each->so_far()));
    }
    goes_on = goes_on && !is_time_up();
  }
  reports::RunReport report;
  for (const auto& each : fuzzes)
    if (each->so_far().pressure->rounds > 0) report.campaigns.push_back(each->concluded());
  ExitCode code = exit_code_of(report.outcome());
  if (signals.was_interrupted() && code == ExitCode::held) {
    console.error("interrupted: what was shown until then held");
    code = ExitCode::harness_failed;
  }
  bool is_written = give_out(report, options.outputs, console) && wrong.empty();
  if (!wrong.empty()) console.error(wrong);
  return is_written || code != ExitCode::held ? code : ExitCode::harness_failed;
}

}  // namespace

void add_fuzz(Program& program) {
  auto options = std::make_shared<FuzzOptions>();
  CLI::App& command =
      program.add("fuzz",
                  "put scenarios under pressure for some time: settings off or wild, power "
                  "cuts where none was, devices that fall behind",
                  [options](Console& console) { return fuzz(*options, console); });
  add_scenario_choice(command, options->choice);
  command
      .add_option("--time", options->time,
                  "how long, of all scenarios together, and each for a round at least; default 60s")
      ->check(not_empty);
  command
      .add_option("--seed", options->seed,
                  "where seeds and settings begin, by its lower 56 bits; default 0")
      ->check(not_empty);
  command.add_option("--jobs", options->jobs, "threads; default one for each core")
      ->check(CLI::Range(1, 1024));
  command
      .add_option(
          "--shard", options->shard,
          "K/N: seeds of its own for each of N processes; `merge` puts their reports together")
      ->check(not_empty);
  command
      .add_option("--failures", options->failures,
                  "a folder: for each distinct finding a file, for replay and shrink")
      ->check(not_empty);
  add_report_outputs(command, options->outputs);
}

}  // namespace holdfast::drivers
