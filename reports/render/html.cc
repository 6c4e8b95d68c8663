#include "reports/render/html.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/render/escape.h"
#include "reports/render/html_style.h"
#include "reports/render/timeline_svg.h"
#include "reports/words.h"

namespace holdfast::reports {
namespace {

constexpr std::size_t lines_shown = 40;

std::string badge(std::string_view name) {
  return fmt::format("<span class=\"badge {0}\">{0}</span>", name);
}

std::string tile(const std::string& number, std::string_view words) {
  return fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", number, words);
}

std::string share(std::uint64_t part, std::uint64_t of) {
  return fmt::format("{}/{}", grouped(part), grouped(of));
}

std::string marks_reached(const Campaign& campaign) {
  auto required = [](const MarkReached& mark) { return mark.is_required; };
  auto reached = [](const MarkReached& mark) { return mark.is_required && mark.runs > 0; };
  return share(static_cast<std::uint64_t>(std::ranges::count_if(campaign.marks, reached)),
               static_cast<std::uint64_t>(std::ranges::count_if(campaign.marks, required)));
}

std::string per_second(double count, double seconds) {
  return seconds > 0 ? grouped(static_cast<std::uint64_t>(count / seconds)) : "0";
}

std::string tiles(const RunReport& report) {
  Campaign all;
  std::uint64_t seeds = 0;
  for (const Campaign& campaign : report.campaigns) {
    seeds += campaign.runs();
    all.counts += campaign.counts;
    all.looked_at += campaign.looked_at;
    all.seconds += campaign.seconds;
    all.core_seconds += campaign.core_seconds;
    all.runs_compared += campaign.runs_compared;
    all.runs_equal += campaign.runs_equal;
  }
  return "<div class=\"tiles\">\n" + tile(grouped(report.campaigns.size()), "scenarios") +
         tile(grouped(seeds), "seeds") +
         tile(grouped(all.counts.power_cuts),
              fmt::format("power cuts, {} inside recovery",
                          grouped(all.counts.power_cuts_in_recovery))) +
         tile(grouped(all.looked_at.recoveries), "recoveries judged") +
         tile(grouped(all.looked_at.blocks), "blocks judged") +
         tile(share(all.runs_equal, all.runs_compared), "runs made twice and equal") +
         tile(per_second(static_cast<double>(all.counts.power_cuts), all.core_seconds),
              "power cuts per second and core") +
         tile(per_second(static_cast<double>(seeds), all.seconds), "seeds per second") + "</div>\n";
}

std::string seeds_cell(const Campaign& campaign) {
  std::string text = grouped(campaign.runs());
  if (!campaign.shard.is_whole())
    text += fmt::format(" (shard {} of {})", campaign.shard.number, campaign.shard.of);
  return text;
}

std::string overview(const RunReport& report) {
  std::string out =
      "<section><div class=\"wide\"><table>\n<tr><th>scenario</th><th>outcome</th><th>seeds</th>"
      "<th>power cuts</th><th>in recovery</th><th>judged blocks</th><th>marks</th>"
      "<th>determinism</th><th>cuts/s per core</th></tr>\n";
  for (std::size_t i = 0; i < report.campaigns.size(); ++i) {
    const Campaign& campaign = report.campaigns[i];
    out += fmt::format(
        "<tr><td><a href=\"#campaign-{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td><td>{}</td><td>{:.0f}</td></tr>\n",
        i, xml_escaped(campaign.scenario), badge(name_of(campaign.outcome)), seeds_cell(campaign),
        grouped(campaign.counts.power_cuts), grouped(campaign.counts.power_cuts_in_recovery),
        grouped(campaign.looked_at.blocks), marks_reached(campaign),
        share(campaign.runs_equal, campaign.runs_compared), campaign.cuts_per_core_second());
  }
  return out + "</table></div></section>\n";
}

std::string pair(std::string_view name, const std::string& value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, xml_escaped(value));
}

std::string pressure(const Pressure& of) {
  std::vector<sim::Moment> left_out = of.left_out();
  std::uint64_t passed = of.moments_passed();
  std::string out =
      pair("rounds", fmt::format("{}, {} aimed", grouped(of.rounds), grouped(of.aimed_rounds)));
  out += pair("moments cut in", share(passed - left_out.size(), passed));
  std::string names;
  for (const sim::Moment& moment : left_out) names += (names.empty() ? "" : ", ") + text_of(moment);
  return names.empty() ? out : out + pair("moments never cut in", names);
}

std::string figures(const Campaign& campaign) {
  const sim::RunCounts& counts = campaign.counts;
  const oracle::Counts& looked_at = campaign.looked_at;
  std::string out = "<dl>\n";
  out += pair("seeds", fmt::format("0x{:x} .. 0x{:x}", campaign.first_seed, campaign.end_seed));
  out += pair("power cuts", grouped(counts.power_cuts));
  out += pair("inside recovery", grouped(counts.power_cuts_in_recovery));
  out += pair("host crashes", grouped(counts.host_crashes));
  out += pair("devices lost", grouped(counts.devices_lost));
  out += pair("refusals", grouped(counts.refusals));
  out += pair("opens", grouped(counts.opens));
  out += pair("operations", grouped(counts.operations));
  out += pair("recoveries judged", grouped(looked_at.recoveries));
  out += pair("blocks judged", grouped(looked_at.blocks));
  out += pair("with one allowed value", grouped(looked_at.blocks_must));
  out += pair("views compared", grouped(looked_at.views));
  out += pair("stripes checked", grouped(looked_at.stripes));
  out += pair("determinism", share(campaign.runs_equal, campaign.runs_compared));
  out += pair("cuts/s per core", fmt::format("{:.0f}", campaign.cuts_per_core_second()));
  out += pair("times real time, per core",
              grouped(static_cast<std::uint64_t>(campaign.times_real_time())));
  out += pair("seconds",
              fmt::format("{:.1f} on {}", campaign.seconds, counted(campaign.threads, "thread")));
  if (campaign.pressure) out += pressure(*campaign.pressure);
  out += pair("scenario hash", fmt::format("{:016x}", campaign.scenario_hash));
  return out + "</dl>\n";
}

std::string marks(const Campaign& campaign) {
  std::string out = "<ul class=\"marks\">\n";
  for (const MarkReached& mark : campaign.marks)
    out += fmt::format("<li{}>{}{}: {}</li>\n",
                       mark.is_required && mark.runs == 0 ? " class=\"missing\"" : "",
                       xml_escaped(mark.name), mark.is_required ? " (required)" : "",
                       mark.runs == 0 ? "never reached" : counted(mark.runs, "run"));
  return out + "</ul>\n";
}

std::string lines(std::string_view title, const std::vector<std::string>& list) {
  if (list.empty()) return "";
  std::size_t from = list.size() - std::min(list.size(), lines_shown);
  std::string out = fmt::format("<details><summary>{}</summary><pre>", title);
  for (std::size_t i = from; i < list.size(); ++i) out += xml_escaped(list[i]) + "\n";
  return out + "</pre></details>\n";
}

std::string finding(const Campaign& campaign, const DistinctFinding& found, std::string_view word) {
  std::string out = fmt::format(
      "<div class=\"finding\"><div class=\"heading\"><h3>{}</h3>{}</div>\n"
      "<div class=\"muted\">seed 0x{:x}, {}; {} of {}</div>\n<p class=\"story\">{}</p>\n",
      xml_escaped(found.finding.signature()), badge(word), found.seed,
      found.finding.crash == 0 ? "before any crash" : fmt::format("crash {}", found.finding.crash),
      grouped(found.runs), counted(campaign.runs(), "run"), xml_escaped(found.finding.story));
  out += fmt::format("<pre class=\"repro\">{}</pre>\n", xml_escaped(found.repro));
  if (found.timeline) out += timeline_svg(*found.timeline) + timeline_legend();
  out += lines("What the volume said", found.notes);
  out += lines("What the devices did last", found.events);
  return out + "</div>\n";
}

std::string section(const Campaign& campaign, std::size_t number) {
  std::string out = fmt::format(
      "<section id=\"campaign-{}\"><div class=\"heading\"><h2>{}</h2>{}</div>\n<div "
      "class=\"muted\">{}</div>\n",
      number, xml_escaped(campaign.scenario), badge(name_of(campaign.outcome)),
      xml_escaped(campaign.path));
  if (!campaign.why.empty())
    out += fmt::format("<p class=\"story\">{}</p>\n", xml_escaped(campaign.why));
  out += "<details><summary>Figures and marks</summary>\n" + figures(campaign) + marks(campaign) +
         "</details>\n";
  for (const DistinctFinding& found : campaign.violations)
    out += finding(campaign, found, found.is_expected ? "expected" : "violated");
  for (const DistinctFinding& found : campaign.declared)
    out += finding(campaign, found, found.is_expected ? "expected" : "excused");
  return out + "</section>\n";
}

std::string row(const MutantTried& mutant) {
  std::string bugs;
  for (const std::string& bug : mutant.bugs) bugs += (bugs.empty() ? "" : ", ") + bug;
  if (mutant.outcome == MutantOutcome::harmless)
    return fmt::format("<tr><td>{}</td><td>{}</td><td colspan=\"4\">{}</td><td>{}</td></tr>\n",
                       xml_escaped(mutant.id), badge(name_of(mutant.outcome)),
                       xml_escaped(mutant.argument), xml_escaped(bugs));
  bool is_killed = mutant.outcome == MutantOutcome::killed;
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
      xml_escaped(mutant.id), badge(name_of(mutant.outcome)), xml_escaped(mutant.scenario),
      xml_escaped(mutant.verdict()), is_killed ? grouped(mutant.median_seeds()) : "",
      is_killed ? fmt::format("{:.2f}", mutant.median_seconds()) : "", xml_escaped(bugs));
}

// How sharp the verifier is that found, or did not find, what stands above.
std::string section(const MutantsReport& mutants) {
  std::uint64_t killed = mutants.count(MutantOutcome::killed), of = mutants.applicable();
  std::string out = fmt::format(
      "<section id=\"mutants\"><h2>Does it notice anything?</h2>\n<div class=\"tiles\">\n{}{}{}{}"
      "</div>\n",
      tile(share(killed, of), "mutants killed"),
      tile(of == 0 ? "-"
                   : fmt::format("{:.1f} %",
                                 100.0 * static_cast<double>(killed) / static_cast<double>(of)),
           "mutation score"),
      tile(grouped(mutants.count(MutantOutcome::survived) + mutants.count(MutantOutcome::unproved)),
           "survived or unproved"),
      tile(grouped(mutants.count(MutantOutcome::harmless)), "harmless, with their argument"));
  out +=
      "<details><summary>Every mutant</summary><div class=\"wide\"><table>\n<tr><th>mutant</th>"
      "<th>outcome</th><th>scenario</th><th>verdict</th><th>seeds to kill</th><th>seconds</th>"
      "<th>known bugs</th></tr>\n";
  for (const MutantTried& mutant : mutants.mutants) out += row(mutant);
  return out + "</table></div></details></section>\n";
}

}  // namespace

std::string html_of(const RunReport& report) {
  std::string_view outcome = name_of(report.outcome());
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<title>Holdfast: {}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>Holdfast "
      "{}</h1>\n",
      outcome, html_style, badge(outcome));
  out += tiles(report) + overview(report);
  if (report.mutants) out += section(*report.mutants);
  for (std::size_t i = 0; i < report.campaigns.size(); ++i) out += section(report.campaigns[i], i);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace holdfast::reports
