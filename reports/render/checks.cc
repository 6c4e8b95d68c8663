#include "reports/render/checks.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/words.h"

namespace holdfast::reports {
namespace {

struct Rule {
  std::string_view number;
  std::string_view name;
};

// oracle/verdict.h
constexpr std::array<Rule, 9> rules{{{"R1", "membership"},
                                     {"R2", "atomicity"},
                                     {"R3", "stability"},
                                     {"R4", "reads beside writes"},
                                     {"R5", "views and the write hole"},
                                     {"R6", "parity"},
                                     {"R7", "errors"},
                                     {"R8", "progress and opening"},
                                     {"R9", "discards"}}};

void add_failure(Check& check, const DistinctFinding& found) {
  std::string heading = fmt::format("{}  seed 0x{:x}, crash {}  ({})", found.finding.signature(),
                                    found.seed, found.finding.crash, counted(found.runs, "run"));
  if (check.state != CheckState::failed) {
    check.state = CheckState::failed;
    check.type = oracle::name_of(found.finding.verdict);
    check.summary = found.finding.signature();
  } else {
    check.details += "\n";
  }
  check.details += fmt::format("{}\n{}\nrepro: {}\n", heading, found.finding.story, found.repro);
}

Check rule_check(const Campaign& campaign, const Rule& rule) {
  Check check;
  check.name = fmt::format("{} {}", rule.number, rule.name);
  for (const DistinctFinding& found : campaign.violations)
    if (!found.is_expected && found.finding.rule == rule.number) add_failure(check, found);
  return check;
}

Check run_check(const Campaign& campaign, std::string name, Outcome failing) {
  Check check;
  check.name = std::move(name);
  if (campaign.outcome != failing) return check;
  check.state = CheckState::failed;
  check.type = name_of(failing);
  check.summary = campaign.why.substr(0, campaign.why.find('\n'));
  check.details = campaign.why + "\n";
  return check;
}

bool is_of_a_rule(const DistinctFinding& found) {
  return std::ranges::find(rules, found.finding.rule, &Rule::number) != rules.end();
}

}  // namespace

std::vector<Check> checks_of(const Campaign& campaign) {
  std::vector<Check> checks;
  for (const Rule& rule : rules) checks.push_back(rule_check(campaign, rule));
  Check other;
  other.name = "other findings";
  for (const DistinctFinding& found : campaign.violations)
    if (!found.is_expected && !is_of_a_rule(found)) add_failure(other, found);
  if (other.state == CheckState::failed) checks.push_back(other);
  checks.push_back(run_check(campaign, "determinism", Outcome::nondeterministic));
  checks.push_back(run_check(campaign, "vacuity", Outcome::vacuous));
  if (!campaign.shard.is_whole()) {
    checks.back().state = CheckState::skipped;
    checks.back().summary = "asked when the shards are merged";
  }
  return checks;
}

}  // namespace holdfast::reports
