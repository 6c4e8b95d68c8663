#include "drivers/cli/failures/shrinking.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drivers/cli/failures/ddmin.h"
#include "drivers/cli/failures/trial.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
namespace {

using sim::Family;
using sim::Key;
using Entry = sim::RecordedChoices::Entry;

// An operation by its name: cycle and number.
using Operation = std::pair<std::uint32_t, std::uint32_t>;

std::vector<Operation> list_of(const sim::KeptOperations& kept) {
  std::vector<Operation> list;
  for (std::uint32_t cycle = 0; cycle < kept.size(); ++cycle)
    for (std::uint32_t number : kept[cycle]) list.emplace_back(cycle, number);
  return list;
}

sim::KeptOperations kept_of(const std::vector<Operation>& list, std::size_t cycles) {
  sim::KeptOperations kept(cycles);
  for (const auto& [cycle, number] : list) kept[cycle].push_back(number);
  return kept;
}

// When the power goes is not made smaller: an earlier cut hangs on how many events each request takes, and the next change of
// the engine would make the failure vanish.
bool is_moment(Family family) { return family == Family::cut_instant; }

std::vector<std::uint32_t> first_numbers(std::size_t count) {
  std::vector<std::uint32_t> numbers(count);
  for (std::uint32_t number = 0; number < count; ++number) numbers[number] = number;
  return numbers;
}

// Of each cycle the requests that are kept, and flushes that nobody makes, so that each has as many: a JSON array.
std::string requests_text(const sim::WorkloadSpec& workload, const sim::KeptOperations& kept,
                          std::size_t operations) {
  std::vector<sim::Request> requests;
  sim::WorkloadSpec at = workload;
  for (std::uint64_t cycle = 0; cycle < kept.size(); ++cycle) {
    at.first_request = cycle * workload.operations;
    for (std::uint32_t number : kept[cycle]) requests.push_back(at.request_of(number));
    requests.resize((cycle + 1) * operations);
  }
  return fmt::format("[\"{}\"]", fmt::join(scenarios::texts_of(requests), "\", \""));
}

void set(std::vector<Entry>& choices, Key key, std::uint64_t value) {
  std::erase_if(choices, [&](const Entry& entry) { return entry.first == key; });
  if (value != 0) choices.emplace_back(key, value);
  std::ranges::sort(choices);
}

sim::KeptOperations kept_in(const sim::Failure& failure, const sim::WorldSpec& world) {
  if (failure.kept) return *failure.kept;
  return sim::KeptOperations(failure.world(world).faults.cycles,
                             first_numbers(world.workload.operations));
}

// The choice of one cycle under the number that its operation has among those that are kept; a moment after an operation
// likewise.
void rename_operation(Entry& entry, std::uint64_t cycle, const std::vector<std::uint32_t>& kept) {
  constexpr std::uint32_t first_hot_spot = 8;  // a place of the cycle, not of an operation
  auto place_of = [&kept](std::uint64_t number) {
    return static_cast<std::uint64_t>(std::ranges::lower_bound(kept, number) - kept.begin());
  };
  Key& key = entry.first;
  bool is_instant = key.family == Family::cut_instant || key.family == Family::device_loss;
  if (is_instant && key.fragment == 1 && key.nth == cycle) {
    bool is_behind_kept = std::ranges::binary_search(kept, entry.second - 1);
    entry.second = place_of(entry.second) + (is_behind_kept ? 0 : 1);
  }
  bool is_operation = key.family == Family::operation || key.family == Family::operation_place ||
                      key.family == Family::operation_size || key.family == Family::operation_flags;
  if (is_operation && key.nth >> 32 == cycle && key.fragment < first_hot_spot)
    key.nth = cycle << 32 | place_of(key.nth & 0xffff'ffff);
}

}  // namespace

std::uint64_t Shrinking::operations_of(const sim::Failure& failure, const sim::WorldSpec& world) {
  std::uint64_t operations = 0;
  for (const auto& cycle : kept_in(failure, world)) operations += cycle.size();
  return operations;
}

Shrinking::Shrinking(scenarios::FailureFile file, ShrinkingHooks hooks)
    : best_(std::move(file.failure)),
      scenario_(std::move(file.scenario)),
      hooks_(std::move(hooks)) {}

bool Shrinking::accepts(sim::Failure candidate) {
  sim::WorldSpec world = candidate.world(scenario_.world);
  ++runs_;
  bool fails = still_fails(world, candidate);
  hooks_.tried(best_, runs_);
  if (!fails) return false;
  sim::RecordedChoices choices(candidate.choices);
  sim::RunResult result = sim::run(world, choices, candidate.run_number);
  const oracle::Finding& found = *candidate.find_in(result.judgement);
  candidate.choices = choices.matching();
  candidate.crash = found.crash;
  candidate.where = found.where;
  candidate.story = {found.story};
  best_ = std::move(candidate);
  ++steps_;
  hooks_.best(best_);
  return true;
}

bool Shrinking::accepts(sim::Failure candidate, const std::vector<std::string>& overrides) {
  auto changed = scenarios::parse_scenario(scenario_.path, candidate.scenario, overrides);
  if (!changed) return false;
  candidate.scenario = changed->effective;
  changed->name = scenario_.name;
  std::swap(scenario_, *changed);
  if (accepts(std::move(candidate))) return true;
  std::swap(scenario_, *changed);
  return false;
}

bool Shrinking::run() {
  if (!accepts(best_)) return false;
  end_earlier();
  leave_out_family(Family::latency);
  take_fewer_clients();
  cut_at_the_end();
  lose_whole_caches();
  take_smaller_devices();
  leave_out_operations();
  take_larger_requests();
  for (std::uint64_t before = 0; before != steps_ && !is_over();) {
    before = steps_;
    leave_out_operations();
    leave_out_families();
    leave_out_choices();
    take_smaller_answers();
    take_smaller_requests();
    take_smaller_devices();
    take_fewer_clients();
  }
  count_anew();
  is_done_ = !is_over();
  return true;
}

void Shrinking::end_earlier() {
  std::uint32_t cycles = best_.world(scenario_.world).faults.cycles;
  for (std::uint32_t fewer = 1; fewer < cycles && !is_over(); ++fewer) {
    sim::Failure candidate = best_;
    candidate.cycles = fewer;
    if (candidate.kept)
      candidate.kept->resize(std::min<std::size_t>(candidate.kept->size(), fewer));
    if (accepts(std::move(candidate))) return;
  }
}

void Shrinking::leave_out_families() {
  std::set<Family> families;
  for (const Entry& entry : best_.choices) families.insert(entry.first.family);
  for (Family family : families)
    if (!is_over() && !is_moment(family)) leave_out_family(family);
}

void Shrinking::leave_out_family(Family family) {
  sim::Failure candidate = best_;
  std::erase_if(candidate.choices,
                [&](const Entry& entry) { return entry.first.family == family; });
  accepts(std::move(candidate));
}

void Shrinking::take_fewer_clients() {
  for (std::uint32_t depth = 1; depth < scenario_.world.workload.depth && !is_over(); depth *= 2)
    if (accepts(best_, {fmt::format("workload.depth={}", depth)})) return;
}

void Shrinking::leave_out_operations() {
  sim::KeptOperations kept = kept_in(best_, scenario_.world);
  std::size_t cycles = kept.size();
  auto fails = [&](const std::vector<Operation>& rest) {
    sim::Failure candidate = best_;
    candidate.kept = kept_of(rest, cycles);
    return accepts(std::move(candidate));
  };
  ddmin(list_of(kept), fails, [this] { return is_over(); });
}

void Shrinking::leave_out_choices() {
  std::vector<Entry> moments, others;
  for (const Entry& entry : best_.choices)
    (is_moment(entry.first.family) ? moments : others).push_back(entry);
  auto fails = [&](const std::vector<Entry>& rest) {
    sim::Failure candidate = best_;
    candidate.choices = rest;
    candidate.choices.insert(candidate.choices.end(), moments.begin(), moments.end());
    std::ranges::sort(candidate.choices);
    return accepts(std::move(candidate));
  };
  ddmin(others, fails, [this] { return is_over(); });
}

// The smallest of a few: 1 before a half.
void Shrinking::take_smaller_answers() {
  std::vector<Entry> entries = best_.choices;
  for (const Entry& entry : entries) {
    for (std::uint64_t smaller : {std::uint64_t{1}, entry.second / 16, entry.second / 2}) {
      if (is_over()) return;
      if (is_moment(entry.first.family)) break;
      sim::Failure candidate = best_;
      auto place = std::ranges::find(candidate.choices, entry);
      if (smaller == 0 || smaller >= entry.second || place == candidate.choices.end()) continue;
      place->second = smaller;
      if (accepts(std::move(candidate))) break;
    }
  }
}

// A crash in the middle of the operations of a cycle hangs on what all of them take; one behind their end hangs on nothing.
// Those that it had cut off are left out. The later, the better: the volume is idle then, whatever it did before.
void Shrinking::cut_at_the_end() {
  std::uint64_t cycles = kept_in(best_, scenario_.world).size();
  for (std::uint64_t cycle = cycles; cycle > 0; --cycle) cut_at_the_end(cycle - 1);
}

void Shrinking::cut_at_the_end(std::uint64_t cycle) {
  sim::KeptOperations kept = kept_in(best_, scenario_.world);
  Key operation(Family::cut_instant, cycle, 1);
  auto entry = std::ranges::find(best_.choices, operation, &Entry::first);
  std::uint64_t last = entry == best_.choices.end() ? 0 : entry->second;
  std::erase_if(kept[cycle], [last](std::uint32_t number) { return number >= last; });
  for (std::uint64_t events : {255, 64, 16, 8, 4, 2, 1, 0}) {
    if (is_over()) return;
    sim::Failure candidate = best_;
    candidate.kept = kept;
    set(candidate.choices, operation, scenario_.world.workload.operations);
    set(candidate.choices, Key(Family::cut_instant, cycle, 2), 3);
    set(candidate.choices, Key(Family::cut_instant, cycle, 3), events);
    if (accepts(std::move(candidate))) return;
  }
}

// Single pieces of a cache are told by how many writes went before them: they change their names with every operation that is
// left out. A cache that is lost as a whole does not.
void Shrinking::lose_whole_caches() {
  constexpr std::uint64_t all_lost = 1;
  sim::Failure all = best_;
  for (const Entry& entry : best_.choices)
    if (entry.first.family == Family::cut_pattern) set(all.choices, entry.first, all_lost);
  if (accepts(std::move(all))) return;
  std::vector<Entry> entries = best_.choices;
  for (const Entry& entry : entries) {
    if (is_over() || entry.first.family != Family::cut_pattern || entry.second == all_lost)
      continue;
    sim::Failure candidate = best_;
    set(candidate.choices, entry.first, all_lost);
    accepts(std::move(candidate));
  }
}

void Shrinking::take_smaller_requests() {
  std::vector<sim::WeightedSize> sizes = scenario_.world.workload.sizes;
  if (sizes.size() < 2) return;
  std::ranges::sort(sizes, {}, &sim::WeightedSize::bytes);
  for (const sim::WeightedSize& size : sizes) {
    if (is_over()) return;
    if (accepts(best_, {fmt::format("workload.sizes=[\"{}\"]", scenarios::size_text(size.bytes))}))
      return;
  }
}

// By what is left of it in sixteenths: the smallest that will do.
void Shrinking::take_smaller_devices() {
  constexpr std::uint64_t step = 4096;
  for (const auto& [entry, bytes] : std::vector(scenario_.device_bytes)) {
    for (std::uint64_t parts = 1; parts < 16 && !is_over(); ++parts) {
      std::uint64_t smaller = bytes * parts / 16 / step * step;
      std::string size = scenarios::size_text(smaller);
      if (smaller > 0 && accepts(best_, {fmt::format("devices.{}.size={}", entry, size)})) break;
    }
  }
}

// Of large requests fewer may do.
void Shrinking::take_larger_requests() {
  const auto& sizes = scenario_.world.workload.sizes;
  auto largest = std::ranges::max_element(sizes, {}, &sim::WeightedSize::bytes);
  std::string size = scenarios::size_text(largest->bytes);
  scenarios::Scenario scenario_before = scenario_;
  sim::Failure before = best_;
  if (sizes.size() < 2 || !accepts(best_, {fmt::format("workload.sizes=[\"{}\"]", size)})) return;
  leave_out_operations();
  if (operations_of(best_, scenario_.world) < operations_of(before, scenario_.world)) return;
  scenario_ = std::move(scenario_before);
  best_ = std::move(before);
  hooks_.best(best_);
}

// Operations 1969, 1976 and 1977 of 2,000 become 0, 1 and 2 of 4: behind the last one a cut may wait for one that is not kept.
void Shrinking::count_anew() {
  sim::KeptOperations kept = kept_in(best_, scenario_.world);
  sim::Failure candidate = best_;
  std::size_t most = 1;
  for (std::uint64_t cycle = 0; cycle < kept.size(); ++cycle) {
    most = std::max(most, kept[cycle].size());
    for (Entry& entry : candidate.choices) rename_operation(entry, cycle, kept[cycle]);
  }
  candidate.kept.emplace();
  for (const std::vector<std::uint32_t>& numbers : kept)
    candidate.kept->push_back(first_numbers(numbers.size()));
  std::ranges::sort(candidate.choices);
  const sim::WorkloadSpec& workload = scenario_.world.workload;
  if (most + 1 >= workload.operations) return;
  std::vector<std::string> overrides{fmt::format("workload.operations={}", most + 1)};
  if (workload.requests)
    overrides.push_back("workload.requests=" + requests_text(workload, kept, most + 1));
  accepts(std::move(candidate), overrides);
}

}  // namespace holdfast::drivers
