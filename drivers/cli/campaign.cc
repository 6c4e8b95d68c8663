#include "drivers/cli/campaign.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "drivers/cli/broken_rule.h"
#include "drivers/cli/requests_made.h"
#include "drivers/cli/tally.h"
#include "drivers/cli/timeline.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t compare_one_in = 20;

std::string repro_line(const std::string& command, std::uint64_t seed) {
  return fmt::format("{} --seed 0x{:x}", command, seed);
}

std::uint64_t core_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

class CampaignRun {
 public:
  CampaignRun(const scenarios::Scenario& scenario, const CampaignOptions& options)
      : scenario_(scenario), options_(options), next_batch_(options.shard.number - 1) {
    for (const sim::DiskSpec& disk : scenario.world.devices) device_names_.push_back(disk.name);
  }

  reports::Campaign run(const CampaignProgress& progress) {
    auto begun = std::chrono::steady_clock::now();
    auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < options_.threads; ++i) threads.emplace_back([this] { work(); });
    while (!wait_for_end()) progress(runs_done_, cuts_done_, seconds());
    for (std::thread& thread : threads) thread.join();
    return conclude(seconds());
  }

 private:
  void work() {
    Tally tally;
    sim::WorldSpec world = scenario_.world;
    for (;;) {
      std::uint64_t batch = next_batch_.fetch_add(options_.shard.of);
      std::uint64_t first = batch * reports::batch_seeds;
      if (first >= seeds() || is_over()) break;
      std::uint64_t end = std::min(first + reports::batch_seeds, seeds());
      for (std::uint64_t number = first; number < end && !is_over(); ++number)
        run_seed(world, number, tally);
    }
    std::lock_guard lock(mutex_);
    tally_.merge(tally);
    ++threads_done_;
    ended_.notify_all();
  }

  void run_seed(const sim::WorldSpec& world, std::uint64_t number, Tally& tally) {
    std::uint64_t seed = options_.first_seed + number;
    ReproOfThread repro(repro_line(options_.repro, seed));
    std::uint64_t begun = core_nanoseconds();
    sim::RunOptions options;
    options.counts_moments = options_.counts_moments;
    sim::RunResult result = sim::run(world, seed, options);
    tally.core_nanoseconds += core_nanoseconds() - begun;
    tally.add(seed, result, device_names_);
    if (options_.compares_all || number % compare_one_in == 0)
      tally.compare(seed, sim::run(world, seed).trace_hash == result.trace_hash);
    runs_done_.fetch_add(1, std::memory_order_relaxed);
    cuts_done_.fetch_add(result.counts.power_cuts, std::memory_order_relaxed);
  }

  bool wait_for_end() {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, std::chrono::milliseconds(200),
                           [this] { return threads_done_ == options_.threads; });
  }

  bool is_over() {
    if (options_.is_over && options_.is_over()) was_ended_ = true;
    return was_ended_;
  }

  std::uint64_t seeds() const { return options_.end_seed - options_.first_seed; }

  reports::Campaign conclude(double seconds) {
    reports::Campaign campaign;
    campaign.scenario = scenario_.name;
    campaign.path = scenario_.path;
    campaign.scenario_hash = scenario_.hash;
    campaign.first_seed = options_.first_seed;
    campaign.end_seed = was_ended_ ? options_.first_seed + runs_done_ : options_.end_seed;
    campaign.shard = options_.shard;
    campaign.is_single_run = options_.is_single_run;
    campaign.threads = options_.threads;
    campaign.seconds = seconds;
    campaign.core_seconds = static_cast<double>(tally_.core_nanoseconds) / 1e9;
    campaign.trace = requests_made(scenario_, tally_.limits);
    campaign.counts = tally_.counts;
    campaign.looked_at = tally_.looked_at;
    campaign.trace_hash = tally_.trace_hash;
    if (scenario_.expected) campaign.expected = oracle::name_of(*scenario_.expected);
    campaign.marks = marks();
    campaign.violations = in_order_of_seeds(tally_.violations, false);
    campaign.declared = in_order_of_seeds(tally_.declared, true);
    campaign.runs_compared = tally_.runs_compared;
    campaign.runs_equal = tally_.runs_compared - tally_.unequal_seeds.size();
    if (options_.counts_moments) campaign.pressure = reports::Pressure{1, 0, 0, tally_.moments};
    reports::decide(campaign, divergence());
    draw(campaign);
    return campaign;
  }

  std::vector<reports::MarkReached> marks() const {
    std::vector<reports::MarkReached> marks;
    for (const std::string& name : scenario_.marks) {
      auto found = tally_.marks.find(name);
      Tally::MarkCount reached = found == tally_.marks.end() ? Tally::MarkCount{} : found->second;
      marks.push_back({name, true, reached.runs, reached.count});
    }
    for (const auto& [name, reached] : tally_.marks)
      if (std::ranges::find(scenario_.marks, name) == scenario_.marks.end())
        marks.push_back({name, false, reached.runs, reached.count});
    return marks;
  }

  // Each told by a run that is made once more.
  std::vector<reports::DistinctFinding> in_order_of_seeds(const Tally::Findings& findings,
                                                          bool is_declared) {
    std::vector<reports::DistinctFinding> list;
    for (const auto& [signature, found] : findings) {
      list.push_back(found);
      list.back().is_expected = is_expected(scenario_, found.finding.verdict, is_declared);
      list.back().repro = repro_line(options_.repro, found.seed);
      tally_.compare(found.seed, tells_again(signature, found.seed));
    }
    std::ranges::sort(list, {}, [](const auto& found) {
      return std::pair(found.seed, found.finding.signature());
    });
    return list;
  }

  sim::RunResult run_again(const sim::WorldSpec& world, std::uint64_t seed,
                           sim::RunOptions options = {}) const {
    ReproOfThread repro(repro_line(options_.repro, seed));
    return sim::run(world, seed, options);
  }

  bool tells_again(const std::string& signature, std::uint64_t seed) const {
    sim::RunResult again = run_again(scenario_.world, seed);
    auto is_it = [&](const oracle::Finding& finding) { return finding.signature() == signature; };
    return std::ranges::any_of(again.judgement.findings, is_it) ||
           std::ranges::any_of(again.judgement.declared, is_it);
  }

  // Of the first findings: how the run went that tells them.
  void draw(reports::Campaign& campaign) const {
    std::vector<reports::DistinctFinding*> told = reports::told_findings(campaign);
    if (told.size() > reports::timelines_max) told.resize(reports::timelines_max);
    for (reports::DistinctFinding* found : told) {
      FlightRecorder recorder;
      sim::WorldSpec world = recorder.recorded(scenario_.world);
      sim::RunOptions all_events;
      all_events.keep_all_events = true;
      sim::RunResult run = run_again(world, found->seed, all_events);
      found->timeline = timeline_of(world, recorder, run, found->finding.signature());
    }
  }

  // Why two runs of one seed are not equal; empty if all were.
  std::string divergence() const {
    if (tally_.unequal_seeds.empty()) return "";
    std::uint64_t seed = tally_.unequal_seeds.front();
    sim::RunOptions all_events;
    all_events.keep_all_events = true;
    sim::RunResult one = sim::run(scenario_.world, seed, all_events);
    sim::RunResult other = sim::run(scenario_.world, seed, all_events);
    std::string where = sim::first_divergence(one, other, device_names_);
    if (where.empty()) where = "two more runs were alike: it does not happen each time";
    return fmt::format("nondeterministic: two runs of seed 0x{:x} differ; {}\nrepro: {}", seed,
                       where, repro_line(options_.repro, seed));
  }

  const scenarios::Scenario& scenario_;
  const CampaignOptions& options_;
  std::vector<std::string> device_names_;
  std::atomic<std::uint64_t> next_batch_;
  std::atomic<std::uint64_t> runs_done_{0};
  std::atomic<std::uint64_t> cuts_done_{0};
  std::atomic<bool> was_ended_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  unsigned threads_done_ = 0;
  Tally tally_;
};

}  // namespace

reports::Campaign run_campaign(const scenarios::Scenario& scenario, const CampaignOptions& options,
                               const CampaignProgress& progress) {
  return CampaignRun(scenario, options).run(progress);
}

bool is_expected(const scenarios::Scenario& scenario, oracle::Verdict verdict, bool is_declared) {
  bool is_told_apart =
      verdict == oracle::Verdict::write_hole && scenario.world.profile.has_write_hole;
  return scenario.expected == verdict && (is_declared || !is_told_apart);
}

std::string parse_shard(const std::string& text, reports::Shard& into) {
  std::size_t slash = text.find('/');
  auto number = scenarios::parse_seed(text.substr(0, slash));
  auto of = slash == text.npos ? std::nullopt : scenarios::parse_seed(text.substr(slash + 1));
  if (!number || !of || *number < 1 || *number > *of || *of > reports::shards_max)
    return fmt::format("--shard {}: expected K/N, the Kth of N, which are {} at most", text,
                       reports::shards_max);
  into = {static_cast<unsigned>(*number), static_cast<unsigned>(*of)};
  return "";
}

}  // namespace holdfast::drivers
