#include "sim/world.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sim/run.h"

namespace holdfast::sim {

namespace {

constexpr std::size_t events_shown = 24;

// The last few events of each device and of the machine, in order.
std::vector<TraceEvent> last_of_each(const std::vector<TraceEvent>& events, std::size_t devices) {
  std::vector<std::size_t> left(devices + 1, events_shown);
  std::vector<TraceEvent> shown;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    std::size_t& mine = left[std::min<std::size_t>(event->device, devices)];
    if (mine == 0) continue;
    --mine;
    shown.push_back(*event);
  }
  std::reverse(shown.begin(), shown.end());
  return shown;
}

}  // namespace

RunCounts& RunCounts::operator+=(const RunCounts& other) {
  power_cuts += other.power_cuts;
  power_cuts_in_recovery += other.power_cuts_in_recovery;
  host_crashes += other.host_crashes;
  clean_stops += other.clean_stops;
  cycles += other.cycles;
  devices_lost += other.devices_lost;
  devices_returned += other.devices_returned;
  refusals += other.refusals;
  refusals_without_journal += other.refusals_without_journal;
  writes_refused += other.writes_refused;
  opens += other.opens;
  operations += other.operations;
  events += other.events;
  virtual_nanoseconds += other.virtual_nanoseconds;
  for (std::size_t i = 0; i < misdeeds.size(); ++i) misdeeds[i] += other.misdeeds[i];
  return *this;
}

RunResult Run::result() {
  RunResult result;
  counts_.virtual_nanoseconds = now_.value;
  result.counts = counts_;
  result.marks = witness_.marks();
  result.trace_hash = trace_.hash();
  if (options_.counts_moments) result.moments = lookout_->counts();
  result.limits = limits_;
  bool has_story = !judgement_.findings.empty() || !judgement_.declared.empty();
  if (has_story) result.notes = witness_.notes();
  if (options_.keep_all_events) {
    result.last_events = trace_.kept();
    result.record = std::move(record_);
  } else if (has_story) {
    result.last_events = last_of_each(trace_.kept(), media_.size());
  }
  result.judgement = std::move(judgement_);
  return result;
}

RunResult run(const WorldSpec& spec, Choices& choices, std::uint64_t run_number,
              RunOptions options) {
  return Run(spec, choices, run_number, options).execute();
}

RunResult run(const WorldSpec& spec, std::uint64_t seed, RunOptions options) {
  SeededChoices choices(seed);
  return run(spec, choices, seed, options);
}

std::string first_divergence(const RunResult& one, const RunResult& other,
                             const std::vector<std::string>& device_names) {
  if (one.trace_hash == other.trace_hash) return {};
  const std::vector<TraceEvent>& left = one.last_events;
  const std::vector<TraceEvent>& right = other.last_events;
  auto [at, in_other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  auto told = [&device_names](auto event, const std::vector<TraceEvent>& of) {
    return event == of.end() ? std::string("nothing more") : text_of(*event, device_names);
  };
  auto is_event = [](const TraceEvent& event) { return event.kind != EventKind::choice; };
  auto events_before = std::count_if(left.begin(), at, is_event);
  std::string text = fmt::format("event {}: {} in one run, {} in the other", events_before + 1,
                                 told(at, left), told(in_other, right));
  auto common = std::find_if(std::make_reverse_iterator(at), left.rend(), is_event);
  if (common == left.rend()) return text + "; it is the first";
  return text + fmt::format("; before it, in both, event {}: {}", events_before,
                            text_of(*common, device_names));
}

}  // namespace holdfast::sim
