#include "reports/exercise.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/json_parts.h"
#include "reports/words.h"

namespace holdfast::reports {
namespace {

constexpr std::size_t notes_shown = 6;
constexpr double mebibyte = 1 << 20;

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / mebibyte; }

std::string outcome_text(const Exercise& exercise) {
  if (exercise.outcome == ExerciseOutcome::violated) return "VIOLATED";
  return std::string(name_of(exercise.outcome));
}

std::string kills_text(const Exercise& exercise) {
  return fmt::format("{} ({} inside recovery)", counted(exercise.kills, "kill"),
                     grouped(exercise.kills_in_recovery));
}

std::string speed_text(const Exercise& exercise) {
  if (exercise.work_seconds <= 0) return "";
  double requests = static_cast<double>(exercise.reads + exercise.writes + exercise.flushes);
  return fmt::format("   {:.0f} requests/s", requests / exercise.work_seconds);
}

// Of those that came to their end.
std::string opens_text(const Exercise& exercise) {
  std::vector<double> seconds;
  for (const ExercisedOpen& open : exercise.opens)
    if (!open.was_killed_in_it) seconds.push_back(open.open_seconds);
  if (seconds.empty()) return "never opened";
  std::ranges::sort(seconds);
  return fmt::format("opened {} times, {:.3f} s in the middle, {:.3f} s at most", seconds.size(),
                     seconds[seconds.size() / 2], seconds.back());
}

void append_finding(std::string& out, const oracle::Finding& finding, std::string_view word) {
  std::string when = finding.crash == 0 ? "before any kill" : fmt::format("kill {}", finding.crash);
  out += fmt::format("{}  {}  {}   ({})\n", word, oracle::name_of(finding.verdict), when,
                     finding.rule);
  append_story(out, finding.story);
}

Json json_of(const std::vector<oracle::Finding>& findings) {
  Json list = Json::array();
  for (const oracle::Finding& finding : findings)
    list.push_back({{"verdict", oracle::name_of(finding.verdict)},
                    {"rule", finding.rule},
                    {"signature", finding.signature()},
                    {"kills", finding.crash},
                    {"sector", finding.where.first.value},
                    {"sectors", finding.where.count.value},
                    {"blocks", finding.blocks},
                    {"writes", finding.writes},
                    {"story", finding.story}});
  return list;
}

Json json_of(const std::vector<ExercisedOpen>& opens) {
  Json list = Json::array();
  for (const ExercisedOpen& open : opens)
    list.push_back({{"kills_before", open.kills},
                    {"open_seconds", open.open_seconds},
                    {"settle_seconds", open.settle_seconds},
                    {"killed_in_it", open.was_killed_in_it}});
  return list;
}

Json counts_of(const Exercise& exercise) {
  return {{"kills", exercise.kills},
          {"kills_in_recovery", exercise.kills_in_recovery},
          {"clean_stops", exercise.clean_stops},
          {"rounds", exercise.rounds},
          {"reads", exercise.reads},
          {"writes", exercise.writes},
          {"flushes", exercise.flushes},
          {"bytes_read", exercise.bytes_read},
          {"bytes_written", exercise.bytes_written},
          {"unanswered", exercise.unanswered},
          {"errors_after_failure", exercise.errors_after_failure}};
}

std::string marks_text(const Exercise& exercise) {
  std::string text;
  for (const ExercisedMark& mark : exercise.marks)
    text += fmt::format("{}{} ({})", text.empty() ? "marks: " : ", ", mark.name, mark.lives);
  return text;
}

}  // namespace

std::string_view name_of(ExerciseOutcome outcome) {
  constexpr std::array<std::string_view, 5> names{"held", "violated", "vacuous", "interrupted",
                                                  "failed"};
  return names[static_cast<std::size_t>(outcome)];
}

std::string text_of(const Exercise& exercise) {
  std::string out = fmt::format("{}   {}   {:.1f} s   {}\n", exercise.volume, kills_text(exercise),
                                exercise.seconds, outcome_text(exercise));
  out += fmt::format("  judged {} of {} recoveries, {} views; exercised {:.1f} of {:.1f} MiB\n",
                     counted(exercise.looked_at.blocks, "block"),
                     grouped(exercise.looked_at.recoveries), grouped(exercise.looked_at.views),
                     mebibytes(exercise.span.bytes()), mebibytes(exercise.size.bytes()));
  out += fmt::format("  {} ({:.1f} MiB), {} ({:.1f} MiB), {}, {} cut off by kills{}\n",
                     counted(exercise.writes, "write"), mebibytes(exercise.bytes_written),
                     counted(exercise.reads, "read"), mebibytes(exercise.bytes_read),
                     exercise.flushes == 1 ? "1 flush" : grouped(exercise.flushes) + " flushes",
                     grouped(exercise.unanswered), speed_text(exercise));
  out += fmt::format("  {}\n", opens_text(exercise));
  if (!exercise.missing.empty())
    out += fmt::format("  goes on without: {}\n", fmt::join(exercise.missing, ", "));
  if (exercise.errors_after_failure > 0)
    out += fmt::format("  {} of clients failed after a device did\n",
                       counted(exercise.errors_after_failure, "request"));
  append_story(out, marks_text(exercise));
  if (exercise.recording)
    out +=
        fmt::format("  recorded {} of clients and {} of devices ({:.1f} MiB): ./run explore {}\n",
                    counted(exercise.recording->client_requests, "request"),
                    grouped(exercise.recording->device_requests),
                    mebibytes(exercise.recording->bytes), exercise.recording->path);
  if (!exercise.error.empty()) append_story(out, exercise.error);
  for (const oracle::Finding& finding : exercise.findings) append_finding(out, finding, "VIOLATED");
  for (const oracle::Finding& finding : exercise.declared)
    append_finding(out, finding, "not promised");
  if (exercise.outcome == ExerciseOutcome::violated)
    append_last(out, "what the volume said", exercise.notes, notes_shown);
  return out + fmt::format("  repro: {}\n", exercise.repro);
}

std::string markdown_of(const Exercise& exercise) {
  std::string out = fmt::format(
      "| volume | outcome | kills | in recovery | judged blocks | writes | reads | seconds |\n"
      "|---|---|---|---|---|---|---|---|\n"
      "| {} | {} | {} | {} | {} | {} | {} | {:.1f} |\n",
      exercise.volume,
      exercise.outcome == ExerciseOutcome::violated ? "**VIOLATED**" : name_of(exercise.outcome),
      grouped(exercise.kills), grouped(exercise.kills_in_recovery),
      grouped(exercise.looked_at.blocks), grouped(exercise.writes), grouped(exercise.reads),
      exercise.seconds);
  return out + "\n```\n" + text_of(exercise) + "```\n";
}

std::string json_of(const Exercise& exercise) {
  Json out{{"schema", "holdfast.report/1"},
           {"kind", "exercise"},
           {"outcome", name_of(exercise.outcome)}};
  if (!exercise.error.empty()) out["error"] = exercise.error;
  out["volume"] = exercise.volume;
  out["devices"] = exercise.devices;
  out["missing"] = exercise.missing;
  out["io"] = exercise.io;
  out["seed"] = hex(exercise.seed);
  out["bytes"] = exercise.size.bytes();
  out["bytes_exercised"] = exercise.span.bytes();
  out["seconds"] = exercise.seconds;
  out["work_seconds"] = exercise.work_seconds;
  out["counts"] = counts_of(exercise);
  out["opens"] = json_of(exercise.opens);
  out["looked_at"] = looked_at_json(exercise.looked_at);
  out["marks"] = Json::array();
  for (const ExercisedMark& mark : exercise.marks)
    out["marks"].push_back({{"name", mark.name}, {"lives", mark.lives}});
  out["violations"] = json_of(exercise.findings);
  out["declared"] = json_of(exercise.declared);
  out["notes"] = exercise.notes;
  if (exercise.recording)
    out["recording"] = {{"path", exercise.recording->path},
                        {"client_requests", exercise.recording->client_requests},
                        {"device_requests", exercise.recording->device_requests},
                        {"bytes", exercise.recording->bytes}};
  out["repro"] = exercise.repro;
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
