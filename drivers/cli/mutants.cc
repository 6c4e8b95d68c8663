#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/command.h"
#include "drivers/cli/mutants/hunt.h"
#include "reports/report_file.h"
#include "scenarios/mutant_catalogue.h"

namespace holdfast::drivers {
namespace {

// Of one run, however busy the machine is.
constexpr double hang_seconds = 120;
// Of each hunt, so many are run without the mutant; and the one that noticed.
constexpr std::uint64_t sound_seeds = 50;

struct MutantsOptions {
  std::string catalogue = "mutants/catalogue.json";
  std::vector<std::string> only;
  unsigned jobs = 0;
  std::uint64_t seeds_max = 30'000;
  std::uint64_t ranges = 5;
  std::string report;
};

std::string repro_of(const scenarios::Mutant& mutant, std::uint64_t seed) {
  std::string line = "./run sim " + quoted(mutant.path);
  for (const std::string& rule : mutant.rules) line += " --rule " + quoted(rule);
  for (const std::string& sabotage : mutant.sabotages) line += " --sabotage " + quoted(sabotage);
  for (const std::string& override : mutant.overrides) line += " --set " + quoted(override);
  return line + fmt::format(" --seed 0x{:x}", seed);
}

// Every mutant on its way from the catalogue to the report.
class Trials {
 public:
  Trials(const std::vector<scenarios::Mutant>& mutants, const MutantsOptions& options,
         Console& console)
      : mutants_(mutants), options_(options), console_(console) {
    jobs_ = options.jobs > 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
    for (const scenarios::Mutant& mutant : mutants) tried_.push_back(untried(mutant));
  }

  std::vector<reports::MutantTried> run() {
    hunt_ranges(0, 1);
    hunt_ranges(1, options_.ranges);
    for (std::size_t i = 0; i < tried_.size(); ++i) {
      auto noticed = std::ranges::find_if(tried_[i].hunts, &reports::Hunt::has_killed);
      if (noticed == tried_[i].hunts.end()) continue;
      tried_[i].outcome = reports::MutantOutcome::killed;
      tried_[i].repro = repro_of(mutants_[i], noticed->last_seed());
    }
    run_sound();
    return std::move(tried_);
  }

 private:
  static reports::MutantTried untried(const scenarios::Mutant& mutant) {
    reports::MutantTried tried;
    tried.id = mutant.id;
    tried.rules = mutant.rules;
    tried.sabotages = mutant.sabotages;
    tried.overrides = mutant.overrides;
    tried.bugs = mutant.bugs;
    tried.argument = mutant.harmless;
    tried.path = mutant.path;
    if (!mutant.harmless.empty())
      tried.outcome = reports::MutantOutcome::harmless;
    else
      tried.scenario = mutant.broken->name;
    return tried;
  }

  std::vector<reports::Hunt> hunt(const std::vector<HuntTask>& tasks, std::string_view what) {
    return hunt_all(tasks, jobs_, hang_seconds, [&](std::size_t ended) {
      console_.progress(fmt::format("{}  {}/{}", what, ended, tasks.size()));
    });
  }

  // The first range of all mutants, the others of those that were found there.
  void hunt_ranges(std::uint64_t first, std::uint64_t end) {
    std::vector<HuntTask> tasks;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < tried_.size(); ++i) {
      bool is_wanted = first == 0 || (!tried_[i].hunts.empty() && tried_[i].hunts[0].has_killed());
      if (tried_[i].outcome == reports::MutantOutcome::harmless || !is_wanted) continue;
      for (std::uint64_t range = first; range < end; ++range) {
        std::uint64_t seed = range * options_.seeds_max;
        tasks.push_back({&*mutants_[i].broken, seed, seed + options_.seeds_max});
        of.push_back(i);
      }
    }
    std::vector<reports::Hunt> hunts = hunt(tasks, first == 0 ? "mutants" : "further ranges");
    for (std::size_t i = 0; i < hunts.size(); ++i) tried_[of[i]].hunts.push_back(hunts[i]);
  }

  // What is found with the mutant only is the mutant's: the scenario holds without it, on the same seeds.
  void run_sound() {
    std::vector<HuntTask> tasks;
    std::vector<std::size_t> of;
    auto add = [&](std::size_t mutant, std::uint64_t first, std::uint64_t end) {
      tasks.push_back({&*mutants_[mutant].sound, first, end});
      of.push_back(mutant);
      tried_[mutant].sound_runs += end - first;
    };
    for (std::size_t i = 0; i < tried_.size(); ++i) {
      for (const reports::Hunt& found : tried_[i].hunts) {
        if (!found.has_killed()) continue;
        std::uint64_t last = found.last_seed();
        add(i, last, last + 1);
        if (last > found.first_seed)
          add(i, found.first_seed, std::min(last, found.first_seed + sound_seeds));
      }
    }
    std::vector<reports::Hunt> hunts = hunt(tasks, "without mutants");
    for (std::size_t i = 0; i < hunts.size(); ++i) {
      if (!hunts[i].has_killed()) continue;
      tried_[of[i]].outcome = reports::MutantOutcome::unproved;
      tried_[of[i]].why_unproved =
          fmt::format("without the mutant the scenario does not hold either: {} at seed 0x{:x}",
                      hunts[i].verdict, hunts[i].last_seed());
    }
  }

  const std::vector<scenarios::Mutant>& mutants_;
  const MutantsOptions& options_;
  Console& console_;
  unsigned jobs_;
  std::vector<reports::MutantTried> tried_;
};

// Those that were asked for, in the catalogue's order; what is unknown was said.
bool select(const MutantsOptions& options, std::vector<scenarios::Mutant>& mutants,
            Console& console) {
  if (options.only.empty()) return true;
  bool are_known = true;
  for (const std::string& id : options.only) {
    if (std::ranges::find(mutants, id, &scenarios::Mutant::id) != mutants.end()) continue;
    console.error(fmt::format("--only {}: {} has no such mutant", id, options.catalogue));
    are_known = false;
  }
  std::erase_if(mutants, [&](const scenarios::Mutant& mutant) {
    return std::ranges::find(options.only, mutant.id) == options.only.end();
  });
  return are_known;
}

std::string document_of(const reports::MutantsReport& report, OutputFormat format) {
  switch (format) {
    case OutputFormat::json: return reports::json_of(report);
    case OutputFormat::markdown: return reports::markdown_of(report);
    case OutputFormat::normal: break;
  }
  return reports::text_of(report);
}

ExitCode exit_code_of(const reports::MutantsReport& report) {
  if (report.count(reports::MutantOutcome::survived) > 0) return ExitCode::violated;
  if (report.count(reports::MutantOutcome::unproved) > 0) return ExitCode::harness_failed;
  return ExitCode::held;
}

ExitCode try_mutants(const MutantsOptions& options, Console& console) {
  auto catalogue = scenarios::read_mutant_catalogue(options.catalogue);
  if (!catalogue) {
    for (const scenarios::Problem& problem : catalogue.error()) console.error(problem.text());
    return ExitCode::usage;
  }
  if (!select(options, catalogue->mutants, console)) return ExitCode::usage;
  auto begun = std::chrono::steady_clock::now();
  reports::MutantsReport report;
  report.catalogue = options.catalogue;
  report.seeds_max = options.seeds_max;
  report.mutants = Trials(catalogue->mutants, options, console).run();
  for (const scenarios::KnownBug& bug : catalogue->bugs)
    report.bugs.push_back({bug.id, bug.engine, bug.what, bug.not_yet});
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  console.document(document_of(report, console.format));
  ExitCode code = exit_code_of(report);
  if (options.report.empty()) return code;
  std::string wrong = reports::write_report(options.report, reports::json_of(report));
  if (wrong.empty()) return code;
  console.error(wrong);
  return code == ExitCode::held ? ExitCode::harness_failed : code;
}

}  // namespace

void add_mutants(Program& program) {
  auto options = std::make_shared<MutantsOptions>();
  CLI::App& command =
      program.add("mutants", "break the engine on purpose, and see that the simulator notices",
                  [options](Console& console) { return try_mutants(*options, console); });
  command
      .add_option("catalogue", options->catalogue,
                  "what is broken, and which scenario must notice (see: schema mutants)")
      ->capture_default_str();
  command.add_option("--only", options->only, "mutants by their ids")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--jobs", options->jobs, "processes; default one for each core")
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--seeds-max", options->seeds_max,
                  "seeds that are tried one after another until one notices")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->capture_default_str();
  command
      .add_option("--ranges", options->ranges,
                  "so many times, over other seeds: the medians are of these")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1000}))
      ->capture_default_str();
  command.add_option("--report", options->report, "also write the JSON report to this file")
      ->check(not_empty);
  command.footer(
      "Exit: 0 every mutant was killed, 1 one survived, 2 the command line or a file is wrong, "
      "also "
      "if a rule has no mutant,\n3 a scenario does not hold without its mutant, or the harness "
      "failed.");
}

}  // namespace holdfast::drivers
