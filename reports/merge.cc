#include "reports/merge.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "reports/words.h"

namespace holdfast::reports {
namespace {

struct Part {
  std::string file;
  Campaign campaign;
};

bool is_same_scenario(const Campaign& one, const Campaign& other) {
  return one.scenario == other.scenario && one.scenario_hash == other.scenario_hash;
}

bool is_same_range(const Campaign& one, const Campaign& other) {
  return one.first_seed == other.first_seed && one.end_seed == other.end_seed;
}

bool overlap(const Campaign& one, const Campaign& other) {
  return one.first_seed < other.end_seed && other.first_seed < one.end_seed;
}

bool has_same_results(const Campaign& one, const Campaign& other) {
  return one.trace_hash == other.trace_hash && one.outcome == other.outcome &&
         one.looked_at.blocks == other.looked_at.blocks &&
         one.counts.events == other.counts.events &&
         one.violations.size() == other.violations.size() &&
         one.declared.size() == other.declared.size();
}

std::string seeds_of(const Campaign& campaign) {
  std::string text = fmt::format("0x{:x}..0x{:x}", campaign.first_seed, campaign.end_seed);
  if (!campaign.shard.is_whole())
    text += fmt::format(", shard {} of {}", campaign.shard.number, campaign.shard.of);
  return text;
}

// Why they can't stand in one report, or nothing.
std::string conflict(const Part& one, const Part& other) {
  const Campaign &left = one.campaign, &right = other.campaign;
  if (left.path == right.path && !is_same_scenario(left, right))
    return fmt::format("{} is not the same scenario in both (hash 0x{:016x} and 0x{:016x})",
                       left.path, left.scenario_hash, right.scenario_hash);
  if (!is_same_scenario(left, right) || !overlap(left, right)) return "";
  bool is_part_of_whole = left.shard.is_whole() || right.shard.is_whole();
  bool fit = is_same_range(left, right) && (is_part_of_whole || left.shard.of == right.shard.of);
  if (!fit || left.is_single_run != right.is_single_run)
    return fmt::format("the seeds of {} overlap and are not the same: {} and {}", left.scenario,
                       seeds_of(left), seeds_of(right));
  if (left.shard == right.shard && !has_same_results(left, right))
    return fmt::format("{}, seeds {}: other results for the same seeds; was it the same build?",
                       left.scenario, seeds_of(left));
  return "";
}

// The first conflict there is, or nothing. Files with one path have one name.
std::string conflict_among(const std::vector<Part>& parts) {
  std::map<std::string, std::vector<const Part*>> by_name;
  for (const Part& part : parts) {
    std::vector<const Part*>& others = by_name[part.campaign.scenario];
    for (const Part* other : others)
      if (std::string wrong = conflict(*other, part); !wrong.empty())
        return fmt::format("{} and {}: {}", other->file, part.file, wrong);
    others.push_back(&part);
  }
  return "";
}

// Equal parts are told apart by time and machine only: the quicker one stays, so that the order of files is no matter.
auto order_of(const Campaign& campaign) {
  return std::tuple(campaign.scenario, campaign.scenario_hash, campaign.first_seed,
                    campaign.end_seed, campaign.shard.of, campaign.shard.number, campaign.path,
                    campaign.core_seconds, campaign.seconds, campaign.threads);
}

// Of parts in their order: the second of two equal ones, and the shards beside their whole, which comes first.
void drop_what_counts_already(std::vector<Part>& parts) {
  std::vector<Part> kept;
  const Campaign* whole = nullptr;
  for (Part& part : parts) {
    const Campaign& campaign = part.campaign;
    auto has_same_seeds = [&](const Campaign& other) {
      return is_same_scenario(other, campaign) && is_same_range(other, campaign);
    };
    bool counts = whole && has_same_seeds(*whole);
    if (!kept.empty() && has_same_seeds(kept.back().campaign))
      counts |= kept.back().campaign.shard == campaign.shard;
    if (counts) continue;
    if (campaign.shard.is_whole()) whole = &campaign;
    kept.push_back(part);
  }
  parts = std::move(kept);
}

using Findings = std::map<std::string, DistinctFinding>;

void add_findings(Findings& into, const std::vector<DistinctFinding>& findings) {
  for (const DistinctFinding& found : findings) {
    auto [place, is_new] = into.emplace(found.finding.signature(), found);
    if (is_new) continue;
    std::uint64_t runs = place->second.runs + found.runs;
    if (found.seed < place->second.seed) place->second = found;
    place->second.runs = runs;
  }
}

std::vector<DistinctFinding> by_seed(const Findings& findings) {
  std::vector<DistinctFinding> list;
  for (const auto& [signature, found] : findings) list.push_back(found);
  std::ranges::sort(list, {}, [](const DistinctFinding& found) {
    return std::pair(found.seed, found.finding.signature());
  });
  return list;
}

void add_marks(std::vector<MarkReached>& into, const std::vector<MarkReached>& marks) {
  for (const MarkReached& mark : marks) {
    auto found = std::ranges::find(into, mark.name, &MarkReached::name);
    if (found == into.end()) {
      into.push_back(mark);
      continue;
    }
    found->runs += mark.runs;
    found->count += mark.count;
  }
}

// Of each distinct finding one run is made again by every shard that has it: in one process once.
std::uint64_t sampled(const Campaign& campaign) {
  std::uint64_t told = campaign.violations.size() + campaign.declared.size();
  return campaign.runs_compared - std::min(told, campaign.runs_compared);
}

class Joining {
 public:
  explicit Joining(const std::vector<const Campaign*>& shards) : shards_(shards) {}

  Campaign run() {
    whole_ = *shards_.front();
    whole_.shard = Shard();
    add_up();
    join_findings();
    auto other_marks = std::ranges::find(whole_.marks, false, &MarkReached::is_required);
    std::sort(other_marks, whole_.marks.end(),
              [](const auto& one, const auto& other) { return one.name < other.name; });
    whole_.runs_compared += whole_.violations.size() + whole_.declared.size();
    whole_.runs_equal = whole_.runs_compared - std::min(unequal_, whole_.runs_compared);
    decide(whole_, divergence_);
    return std::move(whole_);
  }

 private:
  void add_up() {
    whole_.runs_compared = 0;
    for (const Campaign* each : shards_) {
      const Campaign& shard = *each;
      whole_.runs_compared += sampled(shard);
      unequal_ += shard.runs_compared - shard.runs_equal;
      if (divergence_.empty() && shard.outcome == Outcome::nondeterministic)
        divergence_ = shard.why;
      if (each == shards_.front()) continue;
      whole_.path = std::min(whole_.path, shard.path);
      whole_.seconds = std::max(whole_.seconds, shard.seconds);
      whole_.core_seconds += shard.core_seconds;
      whole_.threads += shard.threads;
      whole_.counts += shard.counts;
      whole_.looked_at += shard.looked_at;
      whole_.trace_hash += shard.trace_hash;
      add_marks(whole_.marks, shard.marks);
    }
  }

  void join_findings() {
    Findings violations, declared;
    for (const Campaign* shard : shards_) {
      add_findings(violations, shard->violations);
      add_findings(declared, shard->declared);
    }
    whole_.violations = by_seed(violations);
    whole_.declared = by_seed(declared);
    std::vector<DistinctFinding*> told = told_findings(whole_);
    for (std::size_t i = timelines_max; i < told.size(); ++i) told[i]->timeline.reset();
  }

  const std::vector<const Campaign*>& shards_;
  Campaign whole_;
  std::uint64_t unequal_ = 0;
  std::string divergence_;
};

bool belong_together(const Campaign& one, const Campaign& other) {
  return is_same_scenario(one, other) && is_same_range(one, other) &&
         one.shard.of == other.shard.of;
}

// Runs of campaigns that belong together, in their order.
template <class Each>
void for_each_range(const std::vector<const Campaign*>& campaigns, Each each) {
  for (std::size_t from = 0; from < campaigns.size();) {
    std::vector<const Campaign*> shards;
    for (; from < campaigns.size(); ++from) {
      if (!shards.empty() && !belong_together(*shards.front(), *campaigns[from])) break;
      shards.push_back(campaigns[from]);
    }
    each(shards);
  }
}

}  // namespace

tl::expected<RunReport, std::string> merge(const std::vector<NamedReport>& reports) {
  std::vector<Part> parts;
  for (const NamedReport& named : reports)
    for (const Campaign& campaign : named.report.campaigns) parts.push_back({named.file, campaign});
  if (std::string wrong = conflict_among(parts); !wrong.empty()) return tl::unexpected(wrong);
  std::ranges::sort(parts, {}, [](const Part& part) { return order_of(part.campaign); });
  drop_what_counts_already(parts);
  std::vector<const Campaign*> campaigns;
  for (const Part& part : parts) campaigns.push_back(&part.campaign);
  RunReport merged;
  for_each_range(campaigns, [&](const std::vector<const Campaign*>& shards) {
    if (shards.size() > 1 && shards.size() == shards.front()->shard.of)
      merged.campaigns.push_back(Joining(shards).run());
    else
      for (const Campaign* shard : shards) merged.campaigns.push_back(*shard);
  });
  std::ranges::sort(merged.campaigns, {}, [](const Campaign& campaign) {
    return std::tuple(campaign.path, order_of(campaign));
  });
  return merged;
}

std::vector<std::string> missing_shards(const RunReport& report) {
  std::vector<const Campaign*> campaigns;
  for (const Campaign& campaign : report.campaigns)
    if (!campaign.shard.is_whole()) campaigns.push_back(&campaign);
  std::ranges::sort(campaigns, {}, [](const Campaign* campaign) { return order_of(*campaign); });
  std::vector<std::string> sentences;
  for_each_range(campaigns, [&](const std::vector<const Campaign*>& shards) {
    const Campaign& first = *shards.front();
    std::string missing;
    for (unsigned number = 1; number <= first.shard.of; ++number)
      if (std::ranges::find(shards, Shard{number, first.shard.of}, &Campaign::shard) ==
          shards.end())
        missing += fmt::format("{}{}", missing.empty() ? "" : ", ", number);
    sentences.push_back(fmt::format("{}, seeds 0x{:x}..0x{:x}: of {} shards these are missing: {}",
                                    first.scenario, first.first_seed, first.end_seed,
                                    first.shard.of, missing));
  });
  return sentences;
}

}  // namespace holdfast::reports
