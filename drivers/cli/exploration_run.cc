#include "drivers/cli/exploration_run.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/requests_made.h"

namespace holdfast::drivers {
namespace {

constexpr std::size_t crash_points_in_part = 2;

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
  ExplorationRun(const scenarios::Scenario& scenario, const sim::Scope& scope, bool goes_on,
                 const std::function<bool()>& is_over)
      : scenario_(scenario),
        world_(scenario.world),
        scope_(scope),
        is_over_(is_over),
        goes_on_(goes_on) {
    report_.scenario = scenario.name;
    report_.path = scenario.path;
    report_.scope = scope;
    if (scenario.expected) report_.expected = oracle::name_of(*scenario.expected);
    expected_ = scenario.expected;
    marks_ = scenario.marks;
  }

  reports::ExploredScenario run(unsigned threads, const ExplorationProgress& progress) {
    auto begun = std::chrono::steady_clock::now();
    auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    };
    if (!plan()) return report_;
    report_.threads = threads;
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
    while (!wait_for_end(threads)) {
      std::lock_guard lock(mutex_);
      report_.seconds = seconds();
      progress(report_);
    }
    for (std::thread& worker : workers) worker.join();
    report_.seconds = seconds();
    conclude();
    return report_;
  }

 private:
  // Each schedule has its own number of crash points: that of its first life.
  bool plan() {
    for (std::uint32_t schedule = 0; schedule < scope_.schedules(); ++schedule) {
      sim::Exploration exploration(world_, scope_, schedule);
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

  void work() {
    std::optional<std::uint32_t> schedule;
    std::unique_ptr<sim::Exploration> exploration;
    double begun = thread_seconds();
    while (!is_over_()) {
      std::size_t number = next_.fetch_add(1);
      if (number >= end_) break;
      const Part& part = parts_[number];
      if (schedule != part.schedule) {
        exploration = std::make_unique<sim::Exploration>(world_, scope_, part.schedule);
        exploration->begin();
        schedule = part.schedule;
      }
      sim::ExplorationTally tally;
      exploration->explore(part.from, part.to, tally);
      std::lock_guard lock(mutex_);
      tallies_.emplace(number, std::move(tally));
      ++report_.parts_done;
      report_.tally.add(tallies_.at(number));
      if (!goes_on_ && is_violated(tallies_.at(number)))
        end_ = std::min<std::size_t>(end_, number + 1);
    }
    exploration.reset();
    std::lock_guard lock(mutex_);
    report_.core_seconds += thread_seconds() - begun;
    ++threads_done_;
    ended_.notify_all();
  }

  bool wait_for_end(unsigned threads) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, std::chrono::milliseconds(200),
                           [&] { return threads_done_ == threads; });
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
    for (const auto& [number, tally] : tallies_) {
      if (number >= end_) break;
      report_.tally.add(tally);
      ++report_.parts_done;
    }
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
  std::vector<Part> parts_;
  bool goes_on_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> end_{0};  // lowered to the first part that shows a violation
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned threads_done_ = 0;
  std::map<std::size_t, sim::ExplorationTally> tallies_;
  reports::ExploredScenario report_;
};

}  // namespace

reports::ExploredScenario run_exploration(const scenarios::Scenario& scenario,
                                          const sim::Scope& scope, ExplorationOptions options,
                                          const std::function<bool()>& is_over,
                                          const ExplorationProgress& progress) {
  return ExplorationRun(scenario, scope, options.goes_on, is_over).run(options.threads, progress);
}

}  // namespace holdfast::drivers
