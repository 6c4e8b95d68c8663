#include "reports/mutants.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/words.h"

namespace holdfast::reports {
namespace {

template <class Value>
Value median(std::vector<Value> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::string outcome_text(const MutantTried& mutant) {
  std::string text(name_of(mutant.outcome));
  if (mutant.outcome == MutantOutcome::survived) text = "SURVIVED";
  if (mutant.outcome == MutantOutcome::unproved) text = "UNPROVED";
  auto killed = std::ranges::count_if(mutant.hunts, &Hunt::has_killed);
  if (killed > 0 && killed < std::ssize(mutant.hunts))
    text += fmt::format(" {}/{}", killed, mutant.hunts.size());
  return text;
}

std::string bugs_text(const MutantTried& mutant) {
  return mutant.bugs.empty() ? "-" : fmt::format("{}", fmt::join(mutant.bugs, ", "));
}

std::string score_text(const MutantsReport& report) {
  std::uint64_t killed = report.count(MutantOutcome::killed);
  double percent = report.applicable() > 0 ? 100.0 * static_cast<double>(killed) /
                                                 static_cast<double>(report.applicable())
                                           : 0;
  return fmt::format("{} of {} killed ({:.1f} %), {} survived, {} unproved, {} harmless   {:.1f} s",
                     killed, counted(report.applicable(), "mutant"), percent,
                     report.count(MutantOutcome::survived), report.count(MutantOutcome::unproved),
                     report.count(MutantOutcome::harmless), report.seconds);
}

std::string bugs_score_text(const MutantsReport& report) {
  auto waits = [](const KnownBug& bug) { return !bug.not_yet.empty(); };
  auto is_found = [&](const KnownBug& bug) { return !report.found_by(bug).empty(); };
  return fmt::format("{} of {} brought back and found, {} can't be brought back yet",
                     std::ranges::count_if(report.bugs, is_found),
                     counted(report.bugs.size(), "known bug"),
                     std::ranges::count_if(report.bugs, waits));
}

std::size_t width_of(const MutantsReport& report, auto text) {
  std::size_t width = 0;
  for (const MutantTried& mutant : report.mutants) width = std::max(width, text(mutant).size());
  return width;
}

}  // namespace

std::string_view name_of(MutantOutcome outcome) {
  constexpr std::array<std::string_view, 4> names{"killed", "survived", "unproved", "harmless"};
  return names[static_cast<std::size_t>(outcome)];
}

std::uint64_t MutantTried::median_seeds() const {
  std::vector<std::uint64_t> seeds;
  for (const Hunt& hunt : hunts) seeds.push_back(hunt.seeds);
  return median(std::move(seeds));
}

double MutantTried::median_seconds() const {
  std::vector<double> seconds;
  for (const Hunt& hunt : hunts) seconds.push_back(hunt.core_seconds);
  return median(std::move(seconds));
}

std::string MutantTried::verdict() const {
  auto noticed = std::ranges::find_if(hunts, &Hunt::has_killed);
  return noticed == hunts.end() ? "" : noticed->verdict;
}

std::uint64_t MutantsReport::count(MutantOutcome outcome) const {
  return static_cast<std::uint64_t>(std::ranges::count(mutants, outcome, &MutantTried::outcome));
}

std::vector<std::string> MutantsReport::found_by(const KnownBug& bug) const {
  std::vector<std::string> ids;
  for (const MutantTried& mutant : mutants)
    if (mutant.outcome == MutantOutcome::killed &&
        std::ranges::find(mutant.bugs, bug.id) != mutant.bugs.end())
      ids.push_back(mutant.id);
  return ids;
}

std::string text_of(const MutantsReport& report) {
  std::size_t ids = width_of(report, [](const MutantTried& mutant) { return mutant.id; });
  std::size_t scenarios =
      width_of(report, [](const MutantTried& mutant) { return mutant.scenario; });
  std::size_t verdicts =
      width_of(report, [](const MutantTried& mutant) { return mutant.verdict(); });
  std::string out = fmt::format("{:<{}}   {:<{}}   {:<10}   {:<{}}   {:>7}   {:>7}   {}\n",
                                "mutant", ids, "scenario", scenarios, "outcome", "verdict",
                                verdicts, "seeds", "seconds", "bugs");
  for (const MutantTried& mutant : report.mutants) {
    if (mutant.outcome == MutantOutcome::harmless) continue;
    out +=
        fmt::format("{:<{}}   {:<{}}   {:<10}   {:<{}}   {:>7}   {:>7.2f}   {}\n", mutant.id, ids,
                    mutant.scenario, scenarios, outcome_text(mutant), mutant.verdict(), verdicts,
                    grouped(mutant.median_seeds()), mutant.median_seconds(), bugs_text(mutant));
    if (!mutant.why_unproved.empty()) append_story(out, mutant.why_unproved);
    if (!mutant.repro.empty()) out += fmt::format("  repro: {}\n", mutant.repro);
  }
  for (const MutantTried& mutant : report.mutants)
    if (mutant.outcome == MutantOutcome::harmless)
      append_story(out, fmt::format("harmless: {}: {}", mutant.id, mutant.argument));
  return out + score_text(report) + "\n" + bugs_score_text(report) + "\n";
}

std::string markdown_of(const MutantsReport& report) {
  std::string out =
      "| mutant | bugs | scenario | outcome | verdict | seeds to kill | seconds to kill | repro |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const MutantTried& mutant : report.mutants)
    if (mutant.outcome != MutantOutcome::harmless)
      out += fmt::format("| {} | {} | {} | {} | {} | {} | {:.2f} | {} |\n", mutant.id,
                         bugs_text(mutant), mutant.scenario, outcome_text(mutant), mutant.verdict(),
                         grouped(mutant.median_seeds()), mutant.median_seconds(),
                         mutant.repro.empty() ? "" : fmt::format("`{}`", mutant.repro));
  out += fmt::format("\n{}. Seeds and seconds are medians, seconds of one core.\n",
                     score_text(report));
  for (const MutantTried& mutant : report.mutants)
    if (mutant.outcome == MutantOutcome::harmless)
      out += fmt::format("\n**{}** is harmless: {}\n", mutant.id, mutant.argument);
  out += fmt::format("\n{}.\n\n| known bug | engine | not yet, because |\n|---|---|---|\n",
                     bugs_score_text(report));
  for (const KnownBug& bug : report.bugs)
    if (!bug.not_yet.empty())
      out += fmt::format("| {} | {} | {} |\n", bug.id, bug.engine, bug.not_yet);
  return out;
}

}  // namespace holdfast::reports
