#include "reports/render/junit.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/render/checks.h"
#include "reports/render/escape.h"

namespace holdfast::reports {
namespace {

struct Totals {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t skipped = 0;

  void add(const std::vector<Check>& checks) {
    tests += checks.size();
    failures +=
        static_cast<std::size_t>(std::ranges::count(checks, CheckState::failed, &Check::state));
    skipped +=
        static_cast<std::size_t>(std::ranges::count(checks, CheckState::skipped, &Check::state));
  }
  std::string attributes(double seconds) const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3f}\"",
                       tests, failures, skipped, seconds);
  }
};

void append_case(std::string& out, const Campaign& campaign, const Check& check) {
  out += fmt::format("    <testcase classname=\"holdfast.{}\" name=\"{}\" time=\"0\"",
                     xml_escaped(campaign.scenario), xml_escaped(check.name));
  switch (check.state) {
    case CheckState::passed: out += "/>\n"; return;
    case CheckState::skipped:
      out += fmt::format(">\n      <skipped message=\"{}\"/>\n", xml_escaped(check.summary));
      break;
    case CheckState::failed:
      out += fmt::format(">\n      <failure message=\"{}\" type=\"{}\">{}</failure>\n",
                         xml_escaped(check.summary), xml_escaped(check.type),
                         xml_escaped(check.details));
      break;
  }
  out += "    </testcase>\n";
}

void append_property(std::string& out, std::string_view name, const std::string& value) {
  out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, xml_escaped(value));
}

void append_suite(std::string& out, const Campaign& campaign) {
  std::vector<Check> checks = checks_of(campaign);
  Totals totals;
  totals.add(checks);
  out += fmt::format("  <testsuite name=\"{}\" {}>\n    <properties>\n",
                     xml_escaped(campaign.scenario), totals.attributes(campaign.seconds));
  append_property(out, "path", campaign.path);
  append_property(out, "outcome", std::string(name_of(campaign.outcome)));
  append_property(out, "first_seed", fmt::format("0x{:x}", campaign.first_seed));
  append_property(out, "seeds", std::to_string(campaign.runs()));
  append_property(out, "power_cuts", std::to_string(campaign.counts.power_cuts));
  append_property(out, "blocks_judged", std::to_string(campaign.looked_at.blocks));
  out += "    </properties>\n";
  for (const Check& check : checks) append_case(out, campaign, check);
  out += "  </testsuite>\n";
}

}  // namespace

std::string junit_of(const RunReport& report) {
  Totals totals;
  double seconds = 0;
  for (const Campaign& campaign : report.campaigns) {
    totals.add(checks_of(campaign));
    seconds += campaign.seconds;
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"holdfast\" {}>\n", totals.attributes(seconds));
  for (const Campaign& campaign : report.campaigns) append_suite(out, campaign);
  return out + "</testsuites>\n";
}

}  // namespace holdfast::reports
