#include "reports/exploration.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/json_parts.h"
#include "reports/words.h"

namespace holdfast::reports {
namespace {

constexpr std::size_t notes_shown = 6;

std::string states_text(std::uint64_t states) {
  return states == ~std::uint64_t{0} ? "2^64 or more" : grouped(states);
}

std::string hash_text(const sim::StateHash& hash) {
  return fmt::format("0x{:016x}{:016x}", hash.high, hash.low);
}

std::string scope_text(const sim::Scope& scope) {
  std::string text = fmt::format("depth {}, ", scope.depth);
  if (scope.is_recorded)
    text += "the first life as recorded";
  else
    text += fmt::format("operations {}, first in first out", fmt::join(scope.operations, "+"));
  if (scope.arrivals > 1)
    text += fmt::format(" with clients 0 to {:g} requests apart", (scope.arrivals - 1) / 2.0);
  if (scope.sampled > 0) text += fmt::format(", {}", counted(scope.sampled, "sampled schedule"));
  if (scope.absent) text += ", each member absent";
  return text + fmt::format("; power cuts, fragments of 4 KiB, seed 0x{:x}", scope.seed);
}

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::string word_of(const ExploredScenario& one) {
  return one.outcome == ExplorationOutcome::violated ? "VIOLATED"
                                                     : std::string(name_of(one.outcome));
}

void append_scenario(std::string& out, const ExploredScenario& one) {
  const sim::ExplorationTally& tally = one.tally;
  out += fmt::format("{}   {}   {:.1f} s   {}\n", one.scenario, scope_text(one.scope), one.seconds,
                     word_of(one));
  out += fmt::format("  {} of {} parts; {}, {} states covered by {} ({} remembered)\n",
                     grouped(one.parts_done), grouped(one.parts),
                     counted(tally.crash_points, "crash point"), states_text(tally.states),
                     counted(tally.lives_lived, "life", "lives"), grouped(tally.lives_remembered));
  out += fmt::format("  judged {}   {:.0f} lives/s and {:.0f} states/s per core   {}\n",
                     counted(tally.judged, "recovery", "recoveries"),
                     per_second(tally.lives_lived, one.core_seconds),
                     per_second(tally.states, one.core_seconds), hash_text(tally.hash));
  if (one.trace) out += text_of(*one.trace);
  if (!one.why.empty()) append_lines(out, one.why);
  if (tally.refusals > 0)
    out += fmt::format("  excused: {} refused to open, degraded and not stopped cleanly\n",
                       counted(tally.refusals, "volume"));
  if (tally.write_hole_blocks > 0)
    out += fmt::format("  excused: the write hole, not promised: {}\n",
                       counted(tally.write_hole_blocks, "sector"));
  for (const ExploredFinding& finding : one.findings) {
    const oracle::Finding& found = finding.found.finding;
    out += fmt::format("{}  {}   ({}; {})\n", finding.is_expected ? "EXPECTED" : "VIOLATED",
                       oracle::name_of(found.verdict), found.rule,
                       counted(finding.found.times, "time"));
    append_story(out, found.story);
    append_story(out, "reached by: " + finding.found.route);
    append_last(out, "what the volume said", finding.found.notes, notes_shown);
    out += fmt::format("  repro: {}\n", one.repro);
  }
}

Json finding_json(const ExploredFinding& finding, const std::string& repro) {
  const oracle::Finding& found = finding.found.finding;
  return {{"verdict", oracle::name_of(found.verdict)},
          {"rule", found.rule},
          {"signature", found.signature()},
          {"expected", finding.is_expected},
          {"times", finding.found.times},
          {"sector", found.where.first.value},
          {"sectors", found.where.count.value},
          {"writes", found.writes},
          {"story", found.story},
          {"route", finding.found.route},
          {"notes", finding.found.notes},
          {"repro", repro}};
}

Json scenario_json(const ExploredScenario& one) {
  const sim::ExplorationTally& tally = one.tally;
  Json out{{"scenario", one.scenario}, {"path", one.path}, {"outcome", name_of(one.outcome)}};
  if (!one.why.empty()) out["why"] = one.why;
  if (!one.expected.empty()) out["expected"] = one.expected;
  if (one.trace) out["trace"] = json_of(*one.trace);
  out["scope"] = {{"depth", one.scope.depth},       {"operations", one.scope.operations},
                  {"arrivals", one.scope.arrivals}, {"sampled_schedules", one.scope.sampled},
                  {"absent", one.scope.absent},     {"seed", hex(one.scope.seed)},
                  {"fragment_bytes", page_bytes},   {"cuts", "power"}};
  if (one.scope.is_recorded) out["scope"]["recorded"] = true;
  out["threads"] = one.threads;
  out["seconds"] = one.seconds;
  out["core_seconds"] = one.core_seconds;
  out["parts"] = {{"all", one.parts}, {"done", one.parts_done}};
  out["crash_points_of_first_lives"] = one.crash_points_of_first_lives;
  out["crash_points"] = tally.crash_points;
  out["states"] = tally.states;
  out["lives_lived"] = tally.lives_lived;
  out["lives_remembered"] = tally.lives_remembered;
  out["judged"] = tally.judged;
  out["refusals"] = tally.refusals;
  out["write_hole_sectors"] = tally.write_hole_blocks;
  out["lives_per_core_second"] = per_second(tally.lives_lived, one.core_seconds);
  out["states_per_core_second"] = per_second(tally.states, one.core_seconds);
  out["hash"] = hash_text(tally.hash);
  out["marks"] = Json::object();
  for (const auto& [mark, lives] : tally.marks) out["marks"][mark] = lives;
  out["findings"] = Json::array();
  for (const ExploredFinding& finding : one.findings)
    out["findings"].push_back(finding_json(finding, one.repro));
  return out;
}

}  // namespace

std::string_view name_of(ExplorationOutcome outcome) {
  constexpr std::array<std::string_view, 5> names{"held", "violated", "interrupted", "vacuous",
                                                  "failed"};
  return names[static_cast<std::size_t>(outcome)];
}

ExplorationOutcome ExplorationReport::outcome() const {
  for (ExplorationOutcome worst : {ExplorationOutcome::violated, ExplorationOutcome::failed,
                                   ExplorationOutcome::vacuous, ExplorationOutcome::interrupted})
    for (const ExploredScenario& one : scenarios)
      if (one.outcome == worst) return worst;
  return ExplorationOutcome::held;
}

std::string text_of(const ExplorationReport& report) {
  std::string out;
  for (const ExploredScenario& one : report.scenarios) append_scenario(out, one);
  return out;
}

std::string markdown_of(const ExplorationReport& report) {
  std::string out =
      "| scenario | scope | outcome | crash points | states | lives | judged | hash |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const ExploredScenario& one : report.scenarios)
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | `{}` |\n", one.scenario,
                       scope_text(one.scope), word_of(one), grouped(one.tally.crash_points),
                       states_text(one.tally.states), grouped(one.tally.lives_lived),
                       grouped(one.tally.judged), hash_text(one.tally.hash));
  for (const ExploredScenario& one : report.scenarios)
    for (const ExploredFinding& finding : one.findings)
      out += fmt::format("\n**{}**: {} {}\n\n```\n{}\nreached by: {}\nrepro: {}\n```\n",
                         one.scenario, finding.is_expected ? "EXPECTED" : "VIOLATED",
                         oracle::name_of(finding.found.finding.verdict),
                         finding.found.finding.story, finding.found.route, one.repro);
  return out;
}

std::string json_of(const ExplorationReport& report) {
  Json out{{"schema", "holdfast.report/1"},
           {"kind", "exploration"},
           {"outcome", name_of(report.outcome())}};
  out["scenarios"] = Json::array();
  for (const ExploredScenario& one : report.scenarios)
    out["scenarios"].push_back(scenario_json(one));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
