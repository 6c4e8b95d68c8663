#include "drivers/cli/exploration_run.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/broken_rule.h"
#include "drivers/cli/exploration_file.h"
#include "drivers/cli/requests_made.h"

namespace holdfast::drivers {
namespace {

constexpr std::size_t crash_points_in_part = 2;
constexpr std::chrono::milliseconds between_keeping(500);
constexpr int keeping_share = 20;  // keeping takes one part of so many of the time

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Part {
  std::uint32_t schedule = 0;
  std::size_t from = 0;
  std::size_t to = 0;
};

class ExplorationRun {
 public:
  ExplorationRun(const scenarios::Scenario& scenario, const sim::Scope& scope,
                 ExplorationOptions options, const std::function<bool()>& is_over)
      : scenario_(scenario),
        world_(scenario.world),
        scope_(scope),
        is_over_(is_over),
        options_(std::move(options)),
        so_far_(std::move(options_.so_far)) {
    report_.scenario = scenario.name;
    report_.path = scenario.path;
    report_.scope = scope;
    report_.repro = options_.repro;
    if (scenario.expected) report_.expected = oracle::name_of(*scenario.expected);
    expected_ = scenario.expected;
    marks_ = scenario.marks;
  }

  reports::ExploredScenario run(const ExplorationProgress& progress,
                                const ExplorationKeeper& keep) {
    seconds_before_ = so_far_.seconds;
    if (!plan() || !take_what_is_done()) return report_;
    report_.threads = options_.threads;
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < options_.threads; ++i) workers.emplace_back([this] { work(); });
    while (!wait_for_end()) {
      tell(progress);
      if (std::chrono::steady_clock::now() >= keep_at_) keep_new(keep);
    }
    for (std::thread& worker : workers) worker.join();
    keep_new(keep);
    report_.seconds = so_far_.seconds;
    report_.core_seconds = so_far_.core_seconds;
    conclude();
    return report_;
  }

 private:
  double seconds() const {
    auto passed = std::chrono::steady_clock::now() - begun_;
    return seconds_before_ + std::chrono::duration<double>(passed).count();
  }

  void tell(const ExplorationProgress& progress) {
    std::lock_guard lock(mutex_);
    report_.seconds = seconds();
    progress(report_);
  }

  // Written without the lock: nobody waits for a disk.
  void keep_new(const ExplorationKeeper& keep) {
    reports::ExplorationSoFar copy;
    {
      std::lock_guard lock(mutex_);
      so_far_.seconds = seconds();
      if (parts_kept_ == so_far_.done.size()) return;
      parts_kept_ = so_far_.done.size();
      copy = so_far_;
    }
    auto before = std::chrono::steady_clock::now();
    keep(copy);
    auto after = std::chrono::steady_clock::now();
    keep_at_ = after + std::max<std::chrono::steady_clock::duration>(
                           between_keeping, keeping_share * (after - before));
  }

  // Each schedule has its own number of crash points: that of its first life.
  bool plan() {
    ReproOfThread repro(options_.repro);
    for (std::uint32_t schedule = 0; schedule < scope_.schedules(); ++schedule) {
      sim::Exploration exploration(world_, scope_, schedule, options_.recorded);
      if (std::string wrong = exploration.begin(); !wrong.empty()) {
        report_.outcome = reports::ExplorationOutcome::failed;
        report_.why = fmt::format("schedule {}: {}", schedule, wrong);
        return false;
      }
      report_.trace = requests_made(scenario_, exploration.limits());
      std::size_t points = exploration.crash_points();
      report_.crash_points_of_first_lives += points;
      for (std::size_t from = 0; from < points; from += crash_points_in_part)
        parts_.push_back({schedule, from, std::min(from + crash_points_in_part, points)});
    }
    report_.parts = end_ = parts_.size();
    return true;
  }

  bool take_what_is_done() {
    if (!so_far_.done.empty() && so_far_.parts != parts_.size()) {
      report_.outcome = reports::ExplorationOutcome::failed;
      report_.why = fmt::format("what was kept has {} parts, not {}: it is of something else",
                                so_far_.parts, parts_.size());
      return false;
    }
    so_far_.parts = parts_.size();
    parts_kept_ = so_far_.done.size();
    for (const auto& [number, tally] : so_far_.done) count(number, tally);
    for (std::size_t number = 0; number < parts_.size(); ++number)
      if (!so_far_.done.contains(number)) to_do_.push_back(number);
    return true;
  }

  void count(std::size_t number, const sim::ExplorationTally& tally) {
    ++report_.parts_done;
    report_.tally.add(tally);
    if (!options_.goes_on && is_violated(tally)) end_ = std::min<std::size_t>(end_, number + 1);
  }

  void work() {
    std::optional<std::uint32_t> schedule;
    std::unique_ptr<sim::Exploration> exploration;
    double begun = thread_seconds();
    while (!is_over_()) {
      std::size_t next = next_.fetch_add(1);
      if (next >= to_do_.size() || to_do_[next] >= end_) break;
      std::size_t number = to_do_[next];
      const Part& part = parts_[number];
      ReproOfThread repro(
          fmt::format("{}\n  in schedule {}, behind crash points {} to {} of life 0",
                      options_.repro, part.schedule, part.from, part.to - 1));
      if (schedule != part.schedule) {
        exploration =
            std::make_unique<sim::Exploration>(world_, scope_, part.schedule, options_.recorded);
        exploration->begin();
        schedule = part.schedule;
      }
      sim::ExplorationTally tally;
      bool is_cut_short = false, was_interrupted = false;
      exploration->explore(part.from, part.to, tally, [&](const sim::ExplorationTally& so_far) {
        was_interrupted = is_over_();
        is_cut_short =
            was_interrupted || number >= end_ || (!options_.goes_on && is_violated(so_far));
        return is_cut_short;
      });
      std::lock_guard lock(mutex_);
      if (!is_cut_short) {
        count(number, tally);
        so_far_.done.emplace(number, std::move(tally));
      } else if (is_violated(tally)) {
        if (!options_.goes_on) end_ = std::min<std::size_t>(end_, number + 1);
        cut_short_.emplace(number, std::move(tally));
      }
      so_far_.core_seconds += thread_seconds() - begun;
      begun = thread_seconds();
      if (was_interrupted) break;
    }
    exploration.reset();
    std::lock_guard lock(mutex_);
    so_far_.core_seconds += thread_seconds() - begun;
    ++threads_done_;
    ended_.notify_all();
  }

  bool wait_for_end() {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, std::chrono::milliseconds(200),
                           [&] { return threads_done_ == options_.threads; });
  }

  bool is_violated(const sim::ExplorationTally& tally) const {
    for (const auto& [signature, found] : tally.found)
      if (expected_ != found.finding.verdict) return true;
    return false;
  }

  // R1: what is told of a signature is what the first part found; parts behind the last one that counts are left out.
  void conclude() {
    report_.tally = {};
    report_.parts_done = 0;
    for (const auto& [number, tally] : so_far_.done) {
      if (number >= end_) break;
      report_.tally.add(tally);
      ++report_.parts_done;
    }
    for (const auto& [number, tally] : cut_short_)
      if (number < end_) report_.tally.add(tally);
    bool is_violated = false, found_expected = false;
    for (const auto& [signature, found] : report_.tally.found) {
      bool is_expected = expected_ == found.finding.verdict;
      report_.findings.push_back({found, is_expected});
      is_violated |= !is_expected;
      found_expected |= is_expected;
    }
    bool is_whole = report_.parts_done == report_.parts;
    using Outcome = reports::ExplorationOutcome;
    if (is_violated) {
      report_.outcome = Outcome::violated;
    } else if (!is_whole) {
      report_.outcome = Outcome::interrupted;
    } else if (report_.tally.judged == 0) {
      report_.outcome = Outcome::vacuous;
      report_.why = "vacuous: no recovery was judged";
    } else if (std::string missed = marks_missed(); !missed.empty()) {
      report_.outcome = Outcome::vacuous;
      report_.why = missed;
    } else if (expected_ && !found_expected) {
      report_.outcome = Outcome::vacuous;
      report_.why =
          fmt::format("vacuous: the scenario expects {}, which no state shows", report_.expected);
    }
  }

  std::string marks_missed() const {
    std::string missed;
    for (const std::string& mark : marks_)
      if (!report_.tally.marks.contains(mark))
        missed += fmt::format("vacuous: the mark {} was never reached\n", mark);
    return missed;
  }

  const scenarios::Scenario& scenario_;
  const sim::WorldSpec& world_;
  const sim::Scope& scope_;
  const std::function<bool()>& is_over_;
  std::optional<oracle::Verdict> expected_;
  std::vector<std::string> marks_;  // that must be reached
  ExplorationOptions options_;
  std::vector<Part> parts_;
  std::vector<std::size_t> to_do_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point keep_at_ = begun_ + between_keeping;
  double seconds_before_ = 0;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> end_{0};  // lowered to the first part that shows a violation
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned threads_done_ = 0;
  reports::ExplorationSoFar so_far_;
  std::size_t parts_kept_ = 0;
  std::map<std::size_t, sim::ExplorationTally> cut_short_;  // R2, that show a violation
  reports::ExploredScenario report_;
};

}  // namespace

reports::ExplorationSoFar exploration_of(const scenarios::Scenario& scenario,
                                         const sim::Scope& scope) {
  reports::ExplorationSoFar so_far;
  so_far.program = digest_of_program();
  so_far.scenario = scenario.name;
  so_far.scenario_hash = scenario.hash;
  so_far.scope = scope;
  return so_far;
}

reports::ExploredScenario run_exploration(const scenarios::Scenario& scenario,
                                          const sim::Scope& scope, ExplorationOptions options,
                                          const std::function<bool()>& is_over,
                                          const ExplorationProgress& progress,
                                          const ExplorationKeeper& keep) {
  return ExplorationRun(scenario, scope, std::move(options), is_over).run(progress, keep);
}

}  // namespace holdfast::drivers
