#include "drivers/cli/tally.h"

#include <algorithm>
#include <set>

#include "scenarios/marks.h"

namespace holdfast::drivers {
namespace {

// Of seed and hash together, so that the sum over all runs does not depend on their order.
std::uint64_t mixed(std::uint64_t seed, std::uint64_t hash) {
  std::uint64_t value = hash ^ (seed + 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 31)) * 0x94d049bb133111ebull;
  return value ^ (value >> 29);
}

void merge_finding(Tally::Findings& into, const std::string& signature,
                   const reports::DistinctFinding& found) {
  auto [place, is_new] = into.emplace(signature, found);
  if (is_new) return;
  std::uint64_t runs = place->second.runs + found.runs;
  if (found.seed < place->second.seed) place->second = found;
  place->second.runs = runs;
}

// One run may tell a finding several times: the first counts.
void add_findings(Tally::Findings& into, const std::vector<oracle::Finding>& findings,
                  const reports::DistinctFinding& told_with) {
  std::set<std::string> seen;
  for (const oracle::Finding& finding : findings) {
    std::string signature = finding.signature();
    if (!seen.insert(signature).second) continue;
    reports::DistinctFinding found = told_with;
    found.finding = finding;
    merge_finding(into, signature, found);
  }
}

}  // namespace

void Tally::add(std::uint64_t seed, const sim::RunResult& result,
                const std::vector<std::string>& device_names) {
  ++runs;
  if (result.limits.sectors.value > 0) limits = result.limits;
  counts += result.counts;
  looked_at += result.judgement.counts;
  if (result.moments) moments += *result.moments;
  trace_hash += mixed(seed, result.trace_hash);
  for (const sim::Witness::Mark& mark : scenarios::marks_of(result)) {
    MarkCount& total = marks[mark.name];
    ++total.runs;
    total.count += mark.count;
  }
  if (result.judgement.findings.empty() && result.judgement.declared.empty()) return;
  reports::DistinctFinding told_with;
  told_with.seed = seed;
  told_with.runs = 1;
  told_with.notes = result.notes;
  for (const sim::TraceEvent& event : result.last_events)
    told_with.events.push_back(sim::text_of(event, device_names));
  add_findings(violations, result.judgement.findings, told_with);
  add_findings(declared, result.judgement.declared, told_with);
}

void Tally::compare(std::uint64_t seed, bool is_equal) {
  ++runs_compared;
  if (!is_equal) unequal_seeds.push_back(seed);
}

void Tally::merge(const Tally& other) {
  runs += other.runs;
  if (other.limits.sectors.value > 0) limits = other.limits;
  counts += other.counts;
  looked_at += other.looked_at;
  moments += other.moments;
  trace_hash += other.trace_hash;
  core_nanoseconds += other.core_nanoseconds;
  runs_compared += other.runs_compared;
  for (const auto& [name, mark] : other.marks) {
    marks[name].runs += mark.runs;
    marks[name].count += mark.count;
  }
  for (const auto& [signature, found] : other.violations)
    merge_finding(violations, signature, found);
  for (const auto& [signature, found] : other.declared) merge_finding(declared, signature, found);
  unequal_seeds.insert(unequal_seeds.end(), other.unequal_seeds.begin(), other.unequal_seeds.end());
  std::ranges::sort(unequal_seeds);
}

}  // namespace holdfast::drivers
