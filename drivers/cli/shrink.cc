#include <chrono>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "drivers/cli/command.h"
#include "drivers/cli/document.h"
#include "drivers/cli/failures/replaying.h"
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

std::optional<scenarios::FailureFile> read(const std::string& path, Console& console) {
  auto file = scenarios::read_failure(path);
  if (file) return std::move(*file);
  for (const scenarios::Problem& problem : file.error()) console.error(problem.text());
  return std::nullopt;
}

// What an earlier call has left at the place of the output is where this one goes on. What is wrong, or nothing.
std::string go_on_from(const std::string& output, scenarios::FailureFile& file, Console& console) {
  if (!std::filesystem::exists(output)) return "";
  auto earlier = scenarios::read_failure(output);
  bool is_same = earlier && earlier->failure.signature == file.failure.signature &&
                 earlier->failure.name == file.failure.name &&
                 earlier->failure.run_number == file.failure.run_number;
  if (!is_same)
    return fmt::format(
        "{}: stands there already, and is not this failure made smaller; name "
        "another file with -o",
        output);
  file = std::move(*earlier);
  console.say(fmt::format("going on from {}", output));
  return "";
}

class ShrinkRun {
 public:
  ShrinkRun(scenarios::FailureFile file, std::string output, Nanoseconds time, Console& console)
      : world_(file.scenario.world),
        output_(std::move(output)),
        end_(begun_ + std::chrono::nanoseconds(time.value)),
        console_(console),
        shrinking_(std::move(file), hooks()) {}

  ExitCode run(reports::Shrunk told) {
    bool fails = shrinking_.run();
    if (!fails) {
      console_.error(
          fmt::format("it does not fail any more: nothing to shrink. See ./run replay {}",
                      drivers::quoted(told.file)));
      return ExitCode::harness_failed;
    }
    sim::Failure best = shrinking_.best();
    best.story = story_of(best, shrinking_.scenario().world);
    write(best);
    if (!wrong_.empty()) {
      console_.error(wrong_);
      return ExitCode::harness_failed;
    }
    told.file = output_;
    told.signature = best.signature;
    told.is_done = shrinking_.is_done();
    told.operations = Shrinking::operations_of(best, shrinking_.scenario().world);
    told.choices = best.choices.size();
    told.runs = shrinking_.runs();
    told.seconds = seconds();
    told.story = best.story;
    told.repro = "./run replay " + drivers::quoted(output_);
    show(told, console_);
    return ExitCode::held;
  }

 private:
  ShrinkingHooks hooks() {
    ShrinkingHooks hooks;
    hooks.is_over = [this] { return Clock::now() >= end_ || !wrong_.empty(); };
    hooks.best = [this](const sim::Failure& best) { write(best); };
    hooks.tried = [this](const sim::Failure& best, std::uint64_t runs) {
      console_.progress(fmt::format("{} operations, {} choices; {} runs, {:.0f} s",
                                    Shrinking::operations_of(best, world_), best.choices.size(),
                                    runs, seconds()));
    };
    return hooks;
  }

  void write(const sim::Failure& best) {
    wrong_ = reports::write_report(output_, reports::json_of(best));
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }

  sim::WorldSpec world_;
  std::string output_;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point end_;
  Console& console_;
  std::string wrong_;
  Shrinking shrinking_;
};

ExitCode shrink(const ShrinkOptions& options, Console& console) {
  auto file = read(options.path, console);
  if (!file) return ExitCode::usage;
  auto time = scenarios::parse_duration(options.time);
  std::string wrong;
  if (!time)
    wrong = fmt::format("--time {}: expected a duration such as \"30s\" or \"2min\"", options.time);
  reports::Shrunk told;
  told.file = options.path;
  told.operations_before = Shrinking::operations_of(file->failure, file->scenario.world);
  told.choices_before = file->failure.choices.size();
  std::string output = output_of(options);
  if (wrong.empty()) wrong = go_on_from(output, *file, console);
  if (!wrong.empty()) {
    console.error(wrong);
    return ExitCode::usage;
  }
  return ShrinkRun(std::move(*file), output, *time, console).run(std::move(told));
}

}  // namespace

void add_shrink(Program& program) {
  auto options = std::make_shared<ShrinkOptions>();
  CLI::App& command =
      program.add("shrink", "make a failure as small as it still fails",
                  [options](Console& console) { return shrink(*options, console); });
  command.add_option("failure", options->path, "a failure file")->required();
  command.add_option("--time", options->time, "stop after so long; default 2min")->check(not_empty);
  command
      .add_option("-o,--output", options->output,
                  "the file of the smaller failure; default FAILURE.small.json")
      ->check(not_empty);
}

}  // namespace holdfast::drivers
