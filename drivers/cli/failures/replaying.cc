#include "drivers/cli/failures/replaying.h"

#include <algorithm>

#include <fmt/format.h>

#include "drivers/cli/failures/explanation.h"

namespace holdfast::drivers {
namespace {

// One run, watched for one block.
struct Watched {
  Chronicle chronicle;
  sim::RunResult result;
  std::vector<sim::TraceEvent> events;
  std::vector<sim::RecordedChoices::Entry> unmatched;
  std::uint64_t matched = 0;

  Watched(const sim::Failure& failure, const sim::WorldSpec& world, Lba block)
      : chronicle(failure, block) {
    sim::RecordedChoices choices(failure.choices);
    sim::RunOptions options;
    options.keep_all_events = true;
    options.onlooker = &chronicle;
    result = sim::run(world, choices, failure.run_number, options);
    unmatched = choices.unmatched();
    matched = choices.matched();
    for (const sim::TraceEvent& event : result.last_events)
      if (event.kind != sim::EventKind::choice) events.push_back(event);
  }

  // The failure's own, else the first that is no declared one.
  const oracle::Finding* finding(const sim::Failure& failure) const {
    if (const oracle::Finding* found = failure.find_in(result.judgement)) return found;
    return result.judgement.findings.empty() ? nullptr : &result.judgement.findings.front();
  }
};

reports::ReplayOutcome outcome_of(const Watched& run, const sim::Failure& failure) {
  if (failure.find_in(run.result.judgement)) return reports::ReplayOutcome::reproduced;
  if (!run.result.judgement.findings.empty()) return reports::ReplayOutcome::another;
  return run.unmatched.empty() ? reports::ReplayOutcome::held : reports::ReplayOutcome::misfit;
}

// Verdicts without a place are on the run itself.
bool is_on_a_block(const oracle::Finding& finding) { return finding.where.count.value > 0; }

}  // namespace

reports::Replay replay(const scenarios::FailureFile& file, const ReplayWishes& wishes) {
  const sim::Failure& failure = file.failure;
  sim::WorldSpec world = failure.world(file.scenario.world);
  Watched first(failure, world, failure.where.first);
  reports::Replay told;
  told.scenario = failure.name;
  told.signature = failure.signature;
  told.run_number = failure.run_number;
  told.outcome = outcome_of(first, failure);
  told.matched = first.matched;
  for (const auto& [key, value] : first.unmatched)
    told.unmatched.push_back(fmt::format("{}: {}", sim::text_of(key), value));
  if (const oracle::Finding* found = first.finding(failure)) {
    told.verdict = name_of(found->verdict);
    told.crash = found->crash;
    told.story = found->story;
    told.is_explained = told.outcome == reports::ReplayOutcome::reproduced && is_on_a_block(*found);
    // It may show at another block than it did when the file was made.
    Watched at_block(failure, world, found->where.first);
    if (told.is_explained)
      told.explanation = Explaining(at_block.chronicle, world, at_block.events).of(*found);
  }
  for (Lba block : wishes.blocks) {
    Watched run(failure, world, block);
    told.blocks.push_back(Explaining(run.chronicle, world, run.events).block());
  }
  if (wishes.until)
    told.events = Explaining(first.chronicle, world, first.events).events_until(*wishes.until);
  return told;
}

std::vector<std::string> story_of(const sim::Failure& failure, const sim::WorldSpec& of_scenario) {
  sim::WorldSpec world = failure.world(of_scenario);
  Watched run(failure, world, failure.where.first);
  std::vector<std::string> story = Explaining(run.chronicle, world, run.events).operations();
  if (const oracle::Finding* found = run.finding(failure)) story.push_back(found->story);
  return story;
}

}  // namespace holdfast::drivers
