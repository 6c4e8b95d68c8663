#include "oracle/verdict.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace holdfast::oracle {
namespace {

constexpr std::array<std::string_view, 14> names{
    "lost_durable", "garbage",    "misdirected",      "stale_resurrected", "torn",
    "unstable",     "wrong_read", "write_hole",       "parity_mismatch",   "unexpected_eio",
    "stuck",        "refused",    "nondeterministic", "vacuous",
};
static_assert(names.size() == static_cast<std::size_t>(Verdict::vacuous) + 1);

constexpr std::size_t told_of_each_signature = 4;

}  // namespace

std::string_view name_of(Verdict verdict) { return names[static_cast<std::size_t>(verdict)]; }

std::optional<Verdict> verdict_named(std::string_view name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Verdict>(found - names.begin());
}

std::string Finding::signature() const {
  return fmt::format("{}{}{}{}{}", rule, rule.empty() ? "" : " ", name_of(verdict),
                     kind.empty() ? "" : ": ", kind);
}

Counts& Counts::operator+=(const Counts& other) {
  recoveries += other.recoveries;
  blocks += other.blocks;
  blocks_must += other.blocks_must;
  blocks_unknown += other.blocks_unknown;
  live_reads += other.live_reads;
  live_reads_open += other.live_reads_open;
  views += other.views;
  stripes += other.stripes;
  stripes_dirty += other.stripes_dirty;
  write_hole_blocks += other.write_hole_blocks;
  silent_by_format += other.silent_by_format;
  return *this;
}

Finding* Judgement::add(Finding finding, bool is_declared) {
  std::vector<Finding>& list = is_declared ? declared : findings;
  std::size_t told = 0;
  Finding* last = nullptr;
  for (Finding& earlier : list) {
    if (earlier.verdict != finding.verdict || earlier.rule != finding.rule ||
        earlier.kind != finding.kind)
      continue;
    ++told;
    last = &earlier;
  }
  if (last && last->where.end() == finding.where.first && last->writes == finding.writes) {
    last->where.count += finding.where.count;
    last->blocks += finding.blocks;
    return nullptr;
  }
  if (told < told_of_each_signature) {
    list.push_back(std::move(finding));
    return &list.back();
  }
  last->blocks += finding.blocks;
  return nullptr;
}

void Judgement::append(Judgement other) {
  for (Finding& finding : other.findings) add(std::move(finding));
  for (Finding& finding : other.declared) add(std::move(finding), true);
  counts += other.counts;
}

}  // namespace holdfast::oracle
