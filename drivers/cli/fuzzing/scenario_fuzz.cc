#include "drivers/cli/fuzzing/scenario_fuzz.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t seeds_of_round = 64;
constexpr std::uint64_t seeds_of_aimed_round = 16;
constexpr std::uint32_t cuts_wanted = 3;  // in each moment, before any gets more
constexpr unsigned tries_max = 4;
constexpr std::size_t findings_max = 10;

bool tells(const std::vector<reports::DistinctFinding>& findings, const std::string& signature) {
  return std::ranges::any_of(findings, [&](const reports::DistinctFinding& found) {
    return found.finding.signature() == signature;
  });
}

}  // namespace

ScenarioFuzz::ScenarioFuzz(const scenarios::Scenario& base, const ScenarioChoice& choice,
                           const FuzzPlan& plan, const FailureFolder& failures)
    : choice_(choice),
      plan_(plan),
      failures_(failures),
      text_(base),
      base_(base),
      choices_(plan.first_seed) {
  sum_.scenario = base.name;
  sum_.path = base.path;
  sum_.scenario_hash = base.hash;
  sum_.first_seed = sum_.end_seed = plan.first_seed;
  sum_.threads = plan.threads;
  sum_.pressure.emplace();
  if (base.expected) sum_.expected = oracle::name_of(*base.expected);
}

bool ScenarioFuzz::is_over() const {
  return sum_.violations.size() >= findings_max || !divergence_.empty();
}

std::string ScenarioFuzz::do_round(const std::function<bool()>& is_time_up) {
  Round round = next_round();
  std::optional<scenarios::Scenario> scenario = text_.with(round.settings);
  while (!scenario) {  // what was aimed at contradicts the scenario: it was a try
    round = next_round();
    scenario = text_.with(round.settings);
  }
  CampaignOptions options;
  options.first_seed = sum_.end_seed;
  options.end_seed = sum_.end_seed + round.seeds;
  options.threads = plan_.threads;
  options.counts_moments = true;
  options.is_over = is_time_up;
  options.repro = choice_.repro("sim", base_.path, round.settings);
  reports::Campaign campaign = run_campaign(*scenario, options, [](auto...) {});
  remember_moments(round, campaign.pressure->moments);
  campaign.pressure->aimed_rounds = round.is_aimed;
  campaign.pressure->demoting_rounds = round.demotes;
  auto is_known = [this](const reports::DistinctFinding& found) {
    return tells(sum_.violations, found.finding.signature()) ||
           tells(sum_.declared, found.finding.signature());
  };
  reports::Campaign news = campaign;
  std::erase_if(news.violations, is_known);
  std::erase_if(news.declared, is_known);
  std::string wrong = failures_.add(*scenario, news);
  fold(campaign, news);
  return wrong;
}

ScenarioFuzz::Round ScenarioFuzz::next_round() {
  std::uint64_t number = sum_.pressure->rounds;
  if (number == 0) return {{}, false, false, seeds_of_round};
  std::optional<std::size_t> moment = number % 3 == 0 ? std::nullopt : neediest();
  return moment ? aimed_at(*moment) : free_round();
}

// Of the moments that runs came through.
std::optional<std::size_t> ScenarioFuzz::neediest() const {
  std::optional<std::size_t> least;
  auto rank = [this](std::size_t moment) {
    return std::pair(sum_.pressure->moments.cut[moment], ways_[moment].tries);
  };
  for (std::size_t i = 0; i < sim::moments_count; ++i) {
    if (ways_[i].passed == 0 || ways_[i].tries >= tries_max || rank(i).first >= cuts_wanted)
      continue;
    if (!least || rank(i) < rank(*least)) least = i;
  }
  return least;
}

ScenarioFuzz::Round ScenarioFuzz::aimed_at(std::size_t moment) {
  ++ways_[moment].tries;
  Round round{ways_[moment].settings, true, false, seeds_of_aimed_round};
  if (sim::moment_at(moment).phase != sim::Phase::work)
    round.settings.push_back("faults.cut_during_recovery=1");
  round.settings.push_back(fmt::format("faults.aim={}", text_of(sim::moment_at(moment))));
  return round;
}

ScenarioFuzz::Round ScenarioFuzz::free_round() const {
  std::uint64_t number = sum_.pressure->rounds;
  Round round{text_.wild(choices_, number), false, false, seeds_of_round};
  round.demotes = choices_.draw(sim::Key(sim::Family::priority, number)) % 3 == 0;
  if (round.demotes) round.settings.push_back("faults.demote_devices=true");
  return round;
}

void ScenarioFuzz::remember_moments(const Round& round, const sim::MomentCounts& counts) {
  if (round.is_aimed) return;
  for (std::size_t i = 0; i < sim::moments_count; ++i)
    if (counts.passed[i] > ways_[i].passed)
      ways_[i] = {round.settings, counts.passed[i], ways_[i].tries};
}

void ScenarioFuzz::fold(const reports::Campaign& round, const reports::Campaign& news) {
  sum_.end_seed = round.end_seed;
  sum_.seconds += round.seconds;
  sum_.core_seconds += round.core_seconds;
  sum_.counts += round.counts;
  sum_.looked_at += round.looked_at;
  sum_.trace_hash += round.trace_hash;
  if (!sum_.trace) sum_.trace = round.trace;
  sum_.runs_compared += round.runs_compared;
  sum_.runs_equal += round.runs_equal;
  ++sum_.pressure->rounds;
  sum_.pressure->aimed_rounds += round.pressure->aimed_rounds;
  sum_.pressure->demoting_rounds += round.pressure->demoting_rounds;
  sum_.pressure->moments += round.pressure->moments;
  if (round.outcome == reports::Outcome::nondeterministic) divergence_ = round.why;
  fold_marks(round.marks);
  fold_findings(sum_.violations, round.violations, news.violations);
  fold_findings(sum_.declared, round.declared, news.declared);
}

void ScenarioFuzz::fold_marks(const std::vector<reports::MarkReached>& marks) {
  for (const reports::MarkReached& mark : marks) {
    auto known = std::ranges::find(sum_.marks, mark.name, &reports::MarkReached::name);
    if (known == sum_.marks.end()) {
      sum_.marks.push_back(mark);
      continue;
    }
    known->runs += mark.runs;
    known->count += mark.count;
  }
  auto order = [](const reports::MarkReached& mark) {
    return std::pair(!mark.is_required, mark.name);
  };
  std::ranges::sort(sum_.marks, {}, order);
}

// What is new is told as it was first found; what is known counts.
void ScenarioFuzz::fold_findings(std::vector<reports::DistinctFinding>& into,
                                 const std::vector<reports::DistinctFinding>& found,
                                 const std::vector<reports::DistinctFinding>& news) {
  for (reports::DistinctFinding& known : into)
    for (const reports::DistinctFinding& again : found)
      if (again.finding.signature() == known.finding.signature()) known.runs += again.runs;
  into.insert(into.end(), news.begin(), news.end());
}

reports::Campaign ScenarioFuzz::concluded() const {
  reports::Campaign campaign = sum_;
  reports::decide(campaign, divergence_);
  std::size_t drawn = 0;
  for (reports::DistinctFinding* found : reports::told_findings(campaign))
    if (drawn++ >= reports::timelines_max) found->timeline.reset();
  return campaign;
}

}  // namespace holdfast::drivers
