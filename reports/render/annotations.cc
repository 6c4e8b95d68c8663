#include "reports/render/annotations.h"

#include <set>

#include <fmt/format.h>

#include "reports/render/escape.h"
#include "reports/words.h"

namespace holdfast::reports {
namespace {

class Annotations {
 public:
  void add(const Campaign& campaign, const std::string& title, const std::string& signature,
           const std::string& message) {
    if (shown_.contains(signature) || shown_.size() == annotations_max) {
      ++left_;
      return;
    }
    shown_.insert(signature);
    out_ += fmt::format("::error file={},title={}::{}\n", github_property(campaign.path),
                        github_property(title), github_data(message));
  }

  std::string finish() {
    if (left_ > 0)
      out_ += fmt::format(
          "::notice title=holdfast::{} in the report, of the same signatures or beyond the first "
          "{}\n",
          counted(left_, "more finding"), annotations_max);
    return out_;
  }

 private:
  std::set<std::string> shown_;
  std::uint64_t left_ = 0;
  std::string out_;
};

}  // namespace

std::string annotations_of(const RunReport& report) {
  Annotations annotations;
  for (const Campaign& campaign : report.campaigns) {
    for (const DistinctFinding& found : campaign.violations)
      if (!found.is_expected)
        annotations.add(
            campaign,
            fmt::format("{}: {}", campaign.scenario, oracle::name_of(found.finding.verdict)),
            found.finding.signature(),
            fmt::format("{}\nrepro: {}", found.finding.story, found.repro));
    if (campaign.outcome == Outcome::nondeterministic || campaign.outcome == Outcome::vacuous)
      annotations.add(campaign, fmt::format("{}: {}", campaign.scenario, name_of(campaign.outcome)),
                      campaign.why, campaign.why);
  }
  return annotations.finish();
}

}  // namespace holdfast::reports
