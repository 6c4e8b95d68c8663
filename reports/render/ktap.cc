#include "reports/render/ktap.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/render/checks.h"
#include "reports/render/escape.h"

namespace holdfast::reports {
namespace {

// Diagnostics stand before the result that they belong to.
void append_check(std::string& out, std::size_t number, const Check& check) {
  std::string_view text = check.state == CheckState::failed ? check.details : std::string_view();
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out += fmt::format("  # {}\n", ktap_escaped(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += fmt::format("  {} {} {}", check.state == CheckState::failed ? "not ok" : "ok", number,
                     ktap_escaped(check.name));
  if (check.state == CheckState::skipped)
    out += fmt::format(" # SKIP {}", ktap_escaped(check.summary));
  out += "\n";
}

void append_campaign(std::string& out, std::size_t number, const Campaign& campaign) {
  std::vector<Check> checks = checks_of(campaign);
  std::string name = ktap_escaped(campaign.scenario);
  out += fmt::format("  KTAP version 1\n  # Subtest: {}\n  1..{}\n", name, checks.size());
  for (std::size_t i = 0; i < checks.size(); ++i) append_check(out, i + 1, checks[i]);
  out +=
      fmt::format("{} {} {}\n", campaign.outcome == Outcome::held ? "ok" : "not ok", number, name);
}

}  // namespace

std::string ktap_of(const RunReport& report) {
  std::string out = fmt::format("KTAP version 1\n1..{}\n", report.campaigns.size());
  for (std::size_t i = 0; i < report.campaigns.size(); ++i)
    append_campaign(out, i + 1, report.campaigns[i]);
  return out;
}

}  // namespace holdfast::reports
