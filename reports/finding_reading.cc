#include "reports/finding_reading.h"

#include <array>

#include <fmt/format.h>

namespace holdfast::reports {
namespace {

constexpr std::array<std::string_view, 10> rule_names{"",   "R1", "R2", "R3", "R4",
                                                      "R5", "R6", "R7", "R8", "R9"};

// "R1 stale_resurrected: dropped" -> "dropped"
std::string kind_in(const JsonValue& signature, const oracle::Finding& finding) {
  std::string text = signature.text(), front = finding.signature();
  if (text == front) return "";
  if (text.starts_with(front + ": ")) return text.substr(front.size() + 2);
  signature.refuse(fmt::format("\"{}\" or \"{}: …\"", front, front));
  return "";
}

}  // namespace

oracle::Verdict verdict_in(const JsonValue& from) {
  std::string name = from.text();
  if (auto verdict = oracle::verdict_named(name)) return *verdict;
  from.refuse("a verdict such as \"lost_durable\"");
  return oracle::Verdict::vacuous;
}

std::vector<std::string> texts_in(const JsonValue& from) {
  std::vector<std::string> list;
  from.each([&](const JsonValue& value) { list.push_back(value.text()); });
  return list;
}

oracle::Finding finding_in(const JsonValue& from) {
  oracle::Finding finding;
  finding.verdict = verdict_in(from.at("verdict"));
  finding.rule = rule_names[from.at("rule").one_of(rule_names)];
  finding.kind = kind_in(from.at("signature"), finding);
  finding.where = Extent(Lba(from.at("sector").number()), Sectors(from.at("sectors").number()));
  finding.blocks = from.at("blocks").number();
  finding.crash = from.at("crash").number();
  finding.story = from.at("story").text();
  from.at("writes").each([&](const JsonValue& write) {
    finding.writes.push_back(static_cast<oracle::WriteId>(write.number_between(0, UINT32_MAX)));
  });
  return finding;
}

}  // namespace holdfast::reports
