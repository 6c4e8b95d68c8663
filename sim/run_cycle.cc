// One cycle: clients work until the machine goes down as planned.

#include <algorithm>

#include "sim/run.h"

namespace holdfast::sim {

namespace {

// The moment that was aimed at has not come by now.
constexpr std::uint64_t events_of_idleness = 500;

}  // namespace

bool Run::work(std::uint64_t cycle) {
  CyclePlan plan = adversary_.plan(cycle);
  // A trace goes on in each cycle where the one before it would have ended.
  workload_.first_request = cycle * workload_.operations;
  Workload workload(workload_, cycle, boot_->volume().device(), boot_->executor(), boot_->clock(),
                    choices_, *history_, judgement_);
  workload.excuse_refused_writes([this] { return is_journal_lost(); });
  if (spec_.faults.over_budget) workload.excuse_errors();
  if (options_.onlooker)
    workload.tell([this, cycle](std::uint32_t operation) {
      options_.onlooker->operation_begins(cycle, operation);
    });
  workload.start();
  if (lookout_ && plan.end == CycleEnd::power_cut) lookout_->begins(Phase::work);
  auto has_submitted = [&workload](const Instant& instant) {
    return [&workload, operation = instant.operation] {
      return workload.submitted() >= operation || workload.is_done();
    };
  };
  Outcome outcome = Outcome::reached;
  if (adversary_.may_err()) history_->member_lost();
  if (plan.lost) {
    outcome = boot_->run_until(has_submitted(plan.lost_at));
    history_->member_lost();
    boot_->drop_after(*plan.lost, plan.lost_at.events);
  }
  bool is_crash = plan.end != CycleEnd::clean_stop;
  bool is_aimed =
      plan.end == CycleEnd::power_cut && spec_.faults.aim && spec_.faults.aim->phase == Phase::work;
  if (is_aimed) lookout_->aim(*spec_.faults.aim, adversary_.passes_of(Family::cut_instant, cycle));
  if (outcome == Outcome::reached && is_crash && !is_aimed) {
    outcome = boot_->run_until(has_submitted(plan.instant));
    boot_->cut_after(plan.instant.events);
    if (plan.first_dark) {
      history_->member_lost();
      boot_->drop_after(*plan.first_dark, plan.instant.events - plan.dark_events);
    }
  }
  if (outcome == Outcome::reached) outcome = boot_->run_until([&] { return workload.is_done(); });
  counts_.operations += workload.submitted();
  counts_.writes_refused += workload.writes_refused();
  note_findings();
  if (outcome == Outcome::stuck) {
    bool was_cut = false;
    reach(outcome, "requests", was_cut);
    boot_->off();  // the clients go before the workload does
    return false;
  }
  if (!is_crash) return stop();
  // All is done and the power is still there: it goes while the volume is idle, or busy with itself.
  if (is_aimed) boot_->cut_after(events_of_idleness);
  if (outcome == Outcome::reached) boot_->run_until([] { return false; });
  power_off(plan.end);
  return true;
}

}  // namespace holdfast::sim
