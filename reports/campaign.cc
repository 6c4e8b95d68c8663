#include "reports/campaign.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/words.h"

namespace holdfast::reports {
namespace {

constexpr std::size_t notes_shown = 6;
constexpr std::size_t events_shown = 16;
constexpr std::size_t moments_shown = 6;

std::string crashes_text(const sim::RunCounts& counts) {
  std::string text = fmt::format("{} ({} inside recovery)", counted(counts.power_cuts, "power cut"),
                                 grouped(counts.power_cuts_in_recovery));
  if (counts.host_crashes > 0)
    text += fmt::format(", {} crash{} of the host", grouped(counts.host_crashes),
                        counts.host_crashes == 1 ? "" : "es");
  return text;
}

std::string seeds_text(const Campaign& campaign) {
  std::string text = counted(campaign.runs(), "seed");
  if (!campaign.shard.is_whole())
    text += fmt::format(", shard {} of {}", campaign.shard.number, campaign.shard.of);
  return text;
}

std::string marks_text(const Campaign& campaign) {
  auto required = [](const MarkReached& mark) { return mark.is_required; };
  auto reached = [](const MarkReached& mark) { return mark.is_required && mark.runs > 0; };
  return fmt::format("marks {}/{}", std::ranges::count_if(campaign.marks, reached),
                     std::ranges::count_if(campaign.marks, required));
}

std::string views_text(const oracle::Counts& counts) {
  if (counts.recoveries == 0) return "";
  return fmt::format(", {} views of {} recoveries", grouped(counts.views),
                     grouped(counts.recoveries));
}

std::string heading_of(const DistinctFinding& found, std::string_view word, std::uint64_t runs) {
  std::uint64_t crash = found.finding.crash;
  std::string after = crash == 0 ? "before any crash" : fmt::format("crash {}", crash);
  std::string rule = found.finding.rule.empty() ? "" : fmt::format("{}; ", found.finding.rule);
  return fmt::format("{}  {}  seed 0x{:016x}, {}   ({}{} of {})", word,
                     name_of(found.finding.verdict), found.seed, after, rule, grouped(found.runs),
                     counted(runs, "run"));
}

const DistinctFinding& first_of(const Campaign& campaign) {
  for (const DistinctFinding& found : campaign.violations)
    if (!found.is_expected) return found;
  for (const DistinctFinding& found : campaign.declared)
    if (found.is_expected) return found;
  return campaign.violations.front();
}

void append_finding(std::string& out, const DistinctFinding& found, std::string_view word,
                    const Campaign& campaign) {
  out += heading_of(found, word, campaign.runs()) + "\n";
  append_story(out, found.finding.story);
  bool is_first = &found == &first_of(campaign);  // one run has one story
  if (campaign.is_single_run ? is_first : !found.is_expected)
    append_last(out, "what the volume said", found.notes, notes_shown);
  if (campaign.is_single_run && is_first)
    append_last(out, "what the devices did", found.events, events_shown);
  out += fmt::format("  repro: {}\n", found.repro);
  if (!found.file.empty()) out += fmt::format("  failure: {}\n", found.file);
}

std::string pressure_text(const Pressure& pressure) {
  std::vector<sim::Moment> left_out = pressure.left_out();
  std::uint64_t passed = pressure.moments_passed();
  std::string text = fmt::format(
      "  {} ({} aimed, {} with demoted devices)   the power went in {} of the {} that runs came "
      "through\n",
      counted(pressure.rounds, "round"), grouped(pressure.aimed_rounds),
      grouped(pressure.demoting_rounds), grouped(passed - left_out.size()),
      counted(passed, "moment"));
  if (left_out.empty()) return text;
  text += "  never cut:";
  for (std::size_t i = 0; i < std::min(left_out.size(), moments_shown); ++i)
    text += (i == 0 ? " " : ", ") + text_of(left_out[i]);
  return text + (left_out.size() > moments_shown ? ", …\n" : "\n");
}

void append_campaign(std::string& out, const Campaign& campaign, std::size_t width) {
  out +=
      fmt::format("{:<{}}   {}   {}   {:.1f} s   {}\n", campaign.scenario, width,
                  seeds_text(campaign), crashes_text(campaign.counts), campaign.seconds,
                  campaign.outcome == Outcome::violated ? "VIOLATED" : name_of(campaign.outcome));
  out += fmt::format(
      "  judged {}{}   {}   determinism {}/{}   {:.0f} cuts/s per core, {} times real time\n",
      counted(campaign.looked_at.blocks, "block"), views_text(campaign.looked_at),
      marks_text(campaign), grouped(campaign.runs_equal), grouped(campaign.runs_compared),
      campaign.cuts_per_core_second(),
      grouped(static_cast<std::uint64_t>(campaign.times_real_time())));
  if (campaign.pressure) out += pressure_text(*campaign.pressure);
  if (campaign.trace) out += text_of(*campaign.trace);
  if (!campaign.why.empty()) append_lines(out, campaign.why);
  for (const DistinctFinding& found : campaign.declared)
    if (!found.is_expected)
      out += fmt::format("  excused: {} in {}, not promised: {} (seed 0x{:x})\n",
                         name_of(found.finding.verdict), counted(found.runs, "run"),
                         found.finding.kind, found.seed);
  if (campaign.counts.refusals > 0)
    out += fmt::format(
        "  excused: {} refused to open: degraded and not stopped cleanly, or its journal "
        "unreadable\n",
        counted(campaign.counts.refusals, "volume"));
  if (campaign.counts.refusals_without_journal > 0)
    out += fmt::format("  refused: {} without the journal, opened again when it was back or well\n",
                       counted(campaign.counts.refusals_without_journal, "volume"));
  if (campaign.counts.writes_refused > 0)
    out += fmt::format("  refused: {} after the loss of the journal\n",
                       counted(campaign.counts.writes_refused, "write"));
  if (campaign.looked_at.live_reads_open > 0)
    out += fmt::format("  not judged: {} of reads beside writes: too many orders to search\n",
                       counted(campaign.looked_at.live_reads_open, "sector"));
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (char character : text) {
    if (std::string_view("|\\`*<>[]").find(character) != std::string_view::npos) out += '\\';
    out += character == '\n' ? ' ' : character;
  }
  return out;
}

// Between fences that are longer than any in the text.
std::string fenced(std::string_view text) {
  std::string fence = "```";
  while (text.find(fence) != text.npos) fence += '`';
  std::string_view end = text.ends_with('\n') ? "" : "\n";
  return fmt::format("{0}\n{1}{2}{0}\n", fence, text, end);
}

void append_markdown(std::string& out, const Campaign& campaign, const DistinctFinding& found,
                     std::string_view word) {
  out += fmt::format("\n**{}**: {}\n\n{}", markdown_cell(campaign.scenario),
                     markdown_cell(heading_of(found, word, campaign.runs())),
                     fenced(found.finding.story + "\nrepro: " + found.repro));
}

}  // namespace

std::uint64_t Pressure::moments_passed() const {
  auto is_passed = [](std::uint32_t count) { return count > 0; };
  return static_cast<std::uint64_t>(std::ranges::count_if(moments.passed, is_passed));
}

std::vector<sim::Moment> Pressure::left_out() const {
  std::vector<sim::Moment> out;
  for (std::size_t i = 0; i < sim::moments_count; ++i)
    if (moments.passed[i] > 0 && moments.cut[i] == 0) out.push_back(sim::moment_at(i));
  return out;
}

std::string_view name_of(Outcome outcome) {
  constexpr std::array<std::string_view, 4> names{"held", "violated", "nondeterministic",
                                                  "vacuous"};
  return names[static_cast<std::size_t>(outcome)];
}

double Campaign::cuts_per_core_second() const {
  return core_seconds > 0 ? static_cast<double>(counts.power_cuts) / core_seconds : 0;
}

double Campaign::times_real_time() const {
  constexpr double second = 1e9;
  return core_seconds > 0 ? static_cast<double>(counts.virtual_nanoseconds) / second / core_seconds
                          : 0;
}

Outcome RunReport::outcome() const {
  for (Outcome worst : {Outcome::violated, Outcome::nondeterministic, Outcome::vacuous})
    for (const Campaign& campaign : campaigns)
      if (campaign.outcome == worst) return worst;
  return Outcome::held;
}

std::vector<DistinctFinding*> told_findings(Campaign& campaign) {
  std::vector<DistinctFinding*> told;
  for (DistinctFinding& found : campaign.violations) told.push_back(&found);
  for (DistinctFinding& found : campaign.declared)
    if (found.is_expected) told.push_back(&found);
  return told;
}

std::string text_of(const RunReport& report) {
  std::size_t width = 0;
  for (const Campaign& campaign : report.campaigns)
    width = std::max(width, campaign.scenario.size());
  std::string out;
  for (const Campaign& campaign : report.campaigns) {
    append_campaign(out, campaign, width);
    for (const DistinctFinding& found : campaign.violations)
      append_finding(out, found, found.is_expected ? "EXPECTED" : "VIOLATED", campaign);
    for (const DistinctFinding& found : campaign.declared)
      if (found.is_expected) append_finding(out, found, "EXPECTED", campaign);
  }
  return out;
}

std::string markdown_of(const RunReport& report) {
  std::string out =
      "| scenario | outcome | seeds | power cuts | in recovery | judged blocks | marks | "
      "determinism |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const Campaign& campaign : report.campaigns)
    out += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} | {}/{} |\n", markdown_cell(campaign.scenario),
        campaign.outcome == Outcome::violated ? "**VIOLATED**" : name_of(campaign.outcome),
        grouped(campaign.runs()), grouped(campaign.counts.power_cuts),
        grouped(campaign.counts.power_cuts_in_recovery), grouped(campaign.looked_at.blocks),
        marks_text(campaign).substr(6), grouped(campaign.runs_equal),
        grouped(campaign.runs_compared));
  for (const Campaign& campaign : report.campaigns) {
    if (!campaign.why.empty())
      out += fmt::format("\n**{}**:\n\n{}", markdown_cell(campaign.scenario), fenced(campaign.why));
    for (const DistinctFinding& found : campaign.declared)
      append_markdown(out, campaign, found, found.is_expected ? "EXPECTED" : "not promised");
    for (const DistinctFinding& found : campaign.violations)
      append_markdown(out, campaign, found, found.is_expected ? "EXPECTED" : "VIOLATED");
  }
  return out;
}

}  // namespace holdfast::reports
