#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <sys/random.h>

#include "drivers/cli/command.h"
#include "drivers/cli/exercise/exercising.h"
#include "drivers/cli/narrator.h"
#include "drivers/cli/volume_argument.h"
#include "drivers/posix/thread_reactor.h"
#include "scenarios/promise.h"
#include "scenarios/recording_format.h"
#include "scenarios/recording_reader.h"
#include "scenarios/sabotage_section.h"
#include "scenarios/scenario.h"
#include "scenarios/units.h"
#include "scenarios/volume_section.h"
#include "scenarios/workload_section.h"

namespace holdfast::drivers {
namespace {

constexpr std::string_view default_workload =
    R"({"workload": {"depth": 16, "reads": 0.2, "flushes": 0.02, "fua": 0.1, "discards": 0.01,
        "write_zeroes": 0.01, "sizes": ["512B", "4KiB", "4KiB", "4KiB", "16KiB", "64KiB"]}})";
// What is recorded is explored: every write in flight to a log doubles the states of it that a recovery may read.
constexpr std::string_view recorded_workload =
    R"({"workload": {"depth": 2, "reads": 0.1, "flushes": 0.05, "fua": 0.1, "sizes": ["4KiB"], "swarm": false}})";
constexpr std::uint64_t recorded_operations = 200;
constexpr std::uint64_t recorded_operations_max = 2000;
constexpr auto works_by_default = Nanoseconds::of_milliseconds(10'000);

struct ExerciseOptions {
  std::string volume;
  bool overwrite = false;
  std::string workload;
  std::vector<std::string> overrides;
  std::vector<std::string> rules;
  std::string sabotage;
  std::string seed;
  std::string kill_after;
  std::uint64_t kills = 0;
  std::string duration;
  std::uint64_t operations = 0;
  std::string record;
  std::string span = "64MiB";
  IoChoice io;
};

// From the command line to what is exercised, and how.
class Preparing {
 public:
  Preparing(const ExerciseOptions& options, Console& console)
      : options_(options), console_(console) {}

  // What keeps it from being exercised was said.
  std::optional<ExitCode> run() {
    if (auto failed = read_volume_file()) return failed;
    if (auto failed = read_plan()) return failed;
    if (auto failed = read_workload()) return failed;
    if (auto failed = read_sabotage()) return failed;
    if (!options_.overwrite)
      return wrong(fmt::format(
          "{}: exercise overwrites what stands on this volume; if that may be lost: --overwrite",
          options_.volume));
    setup.io = options_.io;
    if (!setup.io.settle(console_)) return ExitCode::prerequisite_absent;
    return look_at_devices();
  }

  ExerciseSetup setup;
  ExercisePlan plan;

 private:
  std::optional<ExitCode> read_volume_file();
  std::optional<ExitCode> read_plan();
  std::optional<ExitCode> read_workload();
  std::optional<ExitCode> read_sabotage();
  std::optional<ExitCode> look_at_recording_path();
  std::optional<ExitCode> look_at_devices();
  std::optional<ExitCode> read_duration(const std::string& name, const std::string& text,
                                        Nanoseconds& into);
  ExitCode wrong(std::string_view sentence) {
    console_.error(sentence);
    return ExitCode::usage;
  }

  const ExerciseOptions& options_;
  Console& console_;
};

std::uint64_t random_number() {
  std::uint64_t number = 0;
  check(getrandom(&number, sizeof number, 0) == sizeof number, "the kernel gives random bytes");
  return number;
}

std::optional<ExitCode> Preparing::read_volume_file() {
  auto volume = read_volume(options_.volume, console_);
  if (!volume) return ExitCode::usage;
  setup.volume = std::move(volume->spec);
  setup.devices = std::move(volume->devices);
  for (const std::string& rule : options_.rules)
    if (std::string sentence = scenarios::break_rule(setup.volume, rule); !sentence.empty())
      return wrong(fmt::format("--rule {}: {}", rule, sentence));
  return std::nullopt;
}

std::optional<ExitCode> Preparing::read_duration(const std::string& name, const std::string& text,
                                                 Nanoseconds& into) {
  auto duration = scenarios::parse_duration(text);
  if (!duration || *duration == Nanoseconds())
    return wrong(fmt::format("{} {}: expected a duration such as \"500ms\", \"30s\" or \"5min\"",
                             name, text));
  into = *duration;
  return std::nullopt;
}

// It takes the place of an older recording, and of nothing else: a slip of the hand may name a member.
std::optional<ExitCode> Preparing::look_at_recording_path() {
  std::error_code error;
  auto status = std::filesystem::status(options_.record, error);
  if (!std::filesystem::exists(status)) return std::nullopt;
  bool is_plain = std::filesystem::is_regular_file(status);
  bool is_empty = is_plain && std::filesystem::file_size(options_.record, error) == 0;
  if (is_plain && (is_empty || scenarios::is_recording(options_.record))) return std::nullopt;
  return wrong(fmt::format(
      "--record {}: stands there already and is no recording; name another file", options_.record));
}

std::optional<ExitCode> Preparing::read_plan() {
  plan.works_for = works_by_default;
  if (!options_.kill_after.empty()) {
    if (auto failed = read_duration("--kill-after", options_.kill_after, plan.kill_after))
      return failed;
    plan.kills = std::max<std::uint64_t>(options_.kills, 1);
    plan.works_for = plan.kill_after;
  }
  if (!options_.duration.empty())
    if (auto failed = read_duration("--duration", options_.duration, plan.works_for)) return failed;
  if (options_.operations > 0) plan.operations = options_.operations;
  if (!options_.record.empty()) {
    if (auto failed = look_at_recording_path()) return failed;
    plan.recording = options_.record;
    if (options_.operations == 0) plan.operations = recorded_operations;
    if (plan.operations > recorded_operations_max)
      return wrong(fmt::format("--operations {}: with --record at most {}", plan.operations,
                               recorded_operations_max));
    setup.span_max =
        Sectors::of_bytes(scenarios::recorded_bytes_max);  // all of any volume that is recorded
  }
  auto span = scenarios::parse_size(options_.span);
  if (!span || *span < page_bytes)
    return wrong(fmt::format("--span {}: expected a size such as \"64MiB\"", options_.span));
  if (options_.record.empty()) setup.span_max = Sectors::of_bytes(*span / page_bytes * page_bytes);
  setup.seed = setup.run = random_number();
  if (options_.seed.empty()) return std::nullopt;
  auto seed = scenarios::parse_seed(options_.seed);
  if (!seed)
    return wrong(fmt::format("--seed {}: expected a number, 0x… or a commit hash of 40 digits",
                             options_.seed));
  setup.seed = *seed;
  return std::nullopt;
}

std::optional<ExitCode> Preparing::read_workload() {
  scenarios::Problems problems;
  if (options_.workload.empty()) {
    std::string_view text = options_.record.empty() ? default_workload : recorded_workload;
    auto workload = scenarios::parse_workload("the workload", text, options_.overrides);
    if (workload)
      setup.workload = *workload;
    else
      problems = workload.error();
  } else {
    auto scenario = scenarios::read_scenario(options_.workload, options_.overrides);
    if (scenario)
      setup.workload = scenario->world.workload;
    else
      problems = scenario.error();
  }
  for (const scenarios::Problem& problem : problems) console_.error(problem.text());
  if (!problems.empty()) return ExitCode::usage;
  setup.workload.may_overlap = std::holds_alternative<RaidSpec>(setup.volume.engine);
  return std::nullopt;
}

std::optional<ExitCode> Preparing::read_sabotage() {
  if (options_.sabotage.empty()) return std::nullopt;
  std::size_t equals = options_.sabotage.find('=');
  if (equals == options_.sabotage.npos)
    return wrong(fmt::format("--sabotage {}: expected DEVICE=WHAT[:EVERY]", options_.sabotage));
  std::vector<std::string> names;
  for (const NamedPath& device : setup.devices) names.push_back(device.name);
  sim::SabotageSpec saboteur;
  std::string problem = scenarios::parse_sabotage(
      options_.sabotage.substr(0, equals), options_.sabotage.substr(equals + 1), names, saboteur);
  if (problem.empty() && !saboteur.device) problem = "only devices are sabotaged here";
  if (!problem.empty()) return wrong(fmt::format("--sabotage {}: {}", options_.sabotage, problem));
  setup.saboteur = saboteur;
  return std::nullopt;
}

// Before there is any engine, and over when this returns: nothing of it may be left when processes are forked.
std::optional<ExitCode> Preparing::look_at_devices() {
  std::optional<oracle::RaidShape> shape;
  if (std::holds_alternative<RaidSpec>(setup.volume.engine)) {
    SilentObserver observer;
    RealWorld world(observer, std::make_unique<ThreadReactor>());
    auto found = find_array(setup.devices, world);
    if (!found) {
      console_.error(found.error().message);
      return exit_code_of(found.error());
    }
    setup.array = std::move(*found);
    setup.array->shape = first_rows(setup.array->shape, setup.span_max);
    shape = setup.array->shape;
    world.stop();
  }
  setup.promise = scenarios::promise_of(setup.volume, std::move(shape));
  return std::nullopt;
}

std::string repro_of(const ExerciseOptions& options, const ExerciseSetup& setup) {
  std::string line = "./run exercise " + quoted(options.volume) + " --overwrite";
  auto add = [&line](std::string_view option, const std::string& value) {
    if (!value.empty()) line += fmt::format(" {} {}", option, quoted(value));
  };
  add("--workload", options.workload);
  for (const std::string& override : options.overrides) add("--set", override);
  for (const std::string& rule : options.rules) add("--rule", rule);
  add("--sabotage", options.sabotage);
  add("--kill-after", options.kill_after);
  if (options.kills > 0) add("--kills", std::to_string(options.kills));
  add("--duration", options.duration);
  if (options.operations > 0) add("--operations", std::to_string(options.operations));
  add("--record", options.record);
  if (options.record.empty()) add("--span", options.span);
  add("--io", setup.io.way());
  return line + fmt::format(" --seed 0x{:x}", setup.seed);
}

void show_exercise(const reports::Exercise& report, Console& console) {
  switch (console.format) {
    case OutputFormat::normal: return console.document(reports::text_of(report));
    case OutputFormat::json: return console.document(reports::json_of(report));
    case OutputFormat::markdown: return console.document(reports::markdown_of(report));
  }
}

ExitCode exercise(const ExerciseOptions& options, Console& console) {
  Preparing prepared(options, console);
  if (auto failed = prepared.run()) return *failed;
  reports::Exercise report;
  report.volume = options.volume;
  for (const NamedPath& device : prepared.setup.devices) report.devices.push_back(device.path);
  report.seed = prepared.setup.seed;
  report.io = prepared.setup.io.way();
  report.repro = repro_of(options, prepared.setup);
  Exercising exercising(prepared.setup, prepared.plan, console, std::move(report));
  ExitCode code = exercising.run();
  show_exercise(exercising.report(), console);
  return code;
}

}  // namespace

void add_exercise(Program& program) {
  auto options = std::make_shared<ExerciseOptions>();
  CLI::App& command = program.add(
      "exercise", "works on a real volume, kills its own engine, and judges every recovery",
      [options](Console& console) { return exercise(*options, console); });
  command.add_option("volume", options->volume, "volume file (see: schema volume)")->required();
  command.add_flag("--overwrite", options->overwrite,
                   "what stands on the volume may be lost; nothing is done without this");
  auto* kill_after =
      command
          .add_option("--kill-after", options->kill_after,
                      "kills the engine's process (SIGKILL) at a random moment, at most so long "
                      "after its clients\n"
                      "began, one in four while it recovers; another process opens the volume and "
                      "all of it is judged")
          ->check(not_empty);
  auto* record =
      command
          .add_option(
              "--record", options->record,
              "record the run at the ports into this file, for explore: of a volume whose devices "
              "hold\n256 MiB together at most; all of it is exercised, by 200 operations, and "
              "by two clients, if nothing\nelse is said: much that is in flight at once makes many "
              "states")
          ->check(not_empty)
          ->excludes(kill_after);
  command.add_option("--kills", options->kills, "how often; default 1")
      ->check(CLI::Range(1, 1'000'000))
      ->needs(kill_after);
  command
      .add_option("--duration", options->duration,
                  "how long the clients of the last engine work, the one that is stopped cleanly;\n"
                  "default 10s, or what --kill-after says")
      ->check(not_empty);
  command.add_option("--operations", options->operations, "of the clients of each engine, at most")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
  auto* span =
      command
          .add_option(
              "--span", options->span,
              "how much of the volume is worked on and judged, from its front: every block of it "
              "is read\n"
              "and remembered again and again")
          ->check(not_empty)
          ->capture_default_str();
  command
      .add_option(
          "--workload", options->workload,
          "a scenario file: its workload is taken, all but its operations; the rest of it is "
          "for the simulator")
      ->check(not_empty);
  command.add_option("--set", options->overrides, "workload.b=v: changes the workload")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--seed", options->seed,
                  "what clients do and when the kills come: a number, 0x…, or a commit hash; "
                  "default: random")
      ->check(not_empty);
  command
      .add_option("--rule", options->rules,
                  "name=value: breaks a rule of the engine, to see it found")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--sabotage", options->sabotage,
                  "DEVICE=WHAT[:EVERY]: this device breaks its promises, each time or each "
                  "EVERY-th, to see "
                  "it found; WHAT is one of\n" +
                      scenarios::names_of_sabotages())
      ->check(not_empty);
  record->excludes(span);
  options->io.add_to(command);
  command.footer(
      "The volume must exist (see: create). It is recovered first if it was not stopped cleanly, "
      "and "
      "stopped cleanly at the end.\n"
      "Exit: 0 every promise held, 1 one was broken or a device failed, 2 the command line, a file "
      "or "
      "a device can't be used,\n"
      "3 interrupted, nothing judged, or the harness failed, 77 --io uring and there is none.");
}

}  // namespace holdfast::drivers
