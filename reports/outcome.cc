// What a campaign amounts to: see reports/campaign.h.
#include <algorithm>

#include <fmt/format.h>

#include "reports/campaign.h"

namespace holdfast::reports {
namespace {

// Why nothing was shown; empty if something was.
std::string vacuity(const Campaign& campaign) {
  if (!campaign.shard.is_whole()) return "";
  if (campaign.looked_at.blocks == 0) return "vacuous: no block was judged";
  if (campaign.is_single_run || campaign.pressure) return "";
  std::string why;
  for (const MarkReached& mark : campaign.marks)
    if (mark.is_required && mark.runs == 0)
      why += fmt::format("vacuous: the mark {} was never reached\n", mark.name);
  auto is_expected = [](const DistinctFinding& found) { return found.is_expected; };
  if (!campaign.expected.empty() && std::ranges::none_of(campaign.declared, is_expected) &&
      std::ranges::none_of(campaign.violations, is_expected))
    why +=
        fmt::format("vacuous: the scenario expects {}, which was never found\n", campaign.expected);
  return why;
}

}  // namespace

void decide(Campaign& campaign, const std::string& divergence) {
  campaign.outcome = Outcome::held;
  campaign.why = divergence;
  if (!divergence.empty()) {
    campaign.outcome = Outcome::nondeterministic;
    return;
  }
  auto is_violation = [](const DistinctFinding& found) { return !found.is_expected; };
  if (std::ranges::any_of(campaign.violations, is_violation)) {
    campaign.outcome = Outcome::violated;
    return;
  }
  campaign.why = vacuity(campaign);
  if (!campaign.why.empty()) campaign.outcome = Outcome::vacuous;
}

}  // namespace holdfast::reports
