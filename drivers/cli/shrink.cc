#include <chrono>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "drivers/cli/command.h"
#include "drivers/cli/document.h"
#include "drivers/cli/failures/shrinking.h"
#include "reports/failure_json.h"
#include "reports/report_file.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
namespace {

using Clock = std::chrono::steady_clock;

struct ShrinkOptions {
  std::string path;
  std::string time = "2min";
  std::string output;
};

std::string output_of(const ShrinkOptions& options) {
  if (!options.output.empty()) return options.output;
  std::filesystem::path path(options.path);
  return path.replace_extension(".small.json").string();
}

ExitCode shrink(const ShrinkOptions& options, Console& console) {
  auto file = scenarios::read_failure(options.path);
  if (!file) {
    for (const scenarios::Problem& problem : file.error()) console.error(problem.text());
    return ExitCode::usage;
  }
  auto time = scenarios::parse_duration(options.time);
  if (!time) {
    console.error(fmt::format("--time {}: expected a duration such as \"30s\" or \"2min\"", options.time));
    return ExitCode::usage;
  }
  std::string output = output_of(options);
  auto begun = Clock::now();
  auto end = begun + std::chrono::nanoseconds(time->value);
  ShrinkingHooks hooks;
  hooks.is_over = [end] { return Clock::now() >= end; };
  std::string wrong;
  hooks.best = [&](const sim::Failure& best) {
    wrong = reports::write_report(output, reports::json_of(best));
  };
  sim::WorldSpec world = file->scenario.world;
  hooks.tried = [&](const sim::Failure& best, std::uint64_t runs) {
    console.progress(fmt::format("{} operations, {} choices, {} runs, {} s", Shrinking::operations_of(best, world), best.choices.size(), runs, std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun).count()));
  };
  Shrinking shrinking(std::move(*file), hooks);
  bool fails = shrinking.run();
  console.say(fmt::format("fails {} ops {} choices {} runs {} done {}", fails, Shrinking::operations_of(shrinking.best(), world), shrinking.best().choices.size(), shrinking.runs(), shrinking.is_done()));
  return ExitCode::held;
}

}  // namespace

void add_shrink(Program& program) {
  auto options = std::make_shared<ShrinkOptions>();
  CLI::App& command = program.add("shrink", "make a failure as small as it still fails",
                                  [options](Console& console) { return shrink(*options, console); });
  command.add_option("failure", options->path, "a failure file")->required();
  command.add_option("--time", options->time, "stop after so long; default 2min")->check(not_empty);
  command.add_option("-o,--output", options->output, "the file of the smaller failure; default FAILURE.small.json")
      ->check(not_empty);
}

}  // namespace holdfast::drivers
