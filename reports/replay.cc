#include "reports/replay.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/words.h"

namespace holdfast::reports {
namespace {

constexpr std::size_t unmatched_shown = 12;
constexpr std::size_t operations_shown = 24;
constexpr std::size_t versions_shown = 24;

void append_list(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
  append_last(out, title, lines, lines.size());
}

void append_block(std::string& out, const BlockHistory& block) {
  out += fmt::format("  block {}{}{}:\n", block.block, block.places.empty() ? "" : " stands on ",
                     fmt::join(block.places, ", "));
  std::size_t skipped = block.versions.size() - std::min(block.versions.size(), versions_shown);
  if (skipped > 0)
    out += fmt::format("    {} before them, shown by --output-format json\n", skipped);
  for (std::size_t i = skipped; i < block.versions.size(); ++i)
    out += fmt::format("    {:>6}  {}\n", block.versions[i].event, block.versions[i].text);
  if (block.versions.empty()) out += "    nothing was written there\n";
}

void append_explanation(std::string& out, const Explanation& why) {
  for (const std::string& sentence : why.sentences) append_story(out, sentence);
  append_last(out, "what clients did", why.operations, operations_shown);
  append_block(out, why.block);
  for (const DeviceHistory& device : why.devices)
    append_list(out, fmt::format("what {} did last", device.device), device.events);
  append_list(out, "what stood on the media after the crash", why.records);
}

std::string_view sentence_of(ReplayOutcome outcome) {
  switch (outcome) {
    case ReplayOutcome::reproduced: return "";
    case ReplayOutcome::another: return "not this failure, but another: it is told here";
    case ReplayOutcome::misfit:
      return "nothing was found, and some choices were never asked for: the file no longer fits "
             "this "
             "program, so this says nothing; make it anew with `sim … --failures DIR`";
    case ReplayOutcome::held: return "held: fixed or changed; every recorded choice was met";
  }
  return "";
}

}  // namespace

std::string_view name_of(ReplayOutcome outcome) {
  switch (outcome) {
    case ReplayOutcome::reproduced: return "reproduced";
    case ReplayOutcome::another: return "another";
    case ReplayOutcome::misfit: return "misfit";
    case ReplayOutcome::held: return "held";
  }
  return "unknown";
}

std::string text_of(const Replay& replay) {
  std::string out = fmt::format(
      "{}   {}   {}\n", replay.scenario, replay.signature,
      replay.outcome == ReplayOutcome::reproduced ? "VIOLATED" : name_of(replay.outcome));
  out += fmt::format("  choices: {} matched, {} unmatched\n", grouped(replay.matched),
                     grouped(replay.unmatched.size()));
  for (std::size_t i = 0; i < std::min(replay.unmatched.size(), unmatched_shown); ++i)
    out += fmt::format("    unmatched {}\n", replay.unmatched[i]);
  if (replay.unmatched.size() > unmatched_shown)
    out += fmt::format("    and {} more\n", grouped(replay.unmatched.size() - unmatched_shown));
  append_story(out, sentence_of(replay.outcome));
  if (!replay.story.empty())
    append_story(out, fmt::format("crash {}: {}", replay.crash, replay.story));
  if (replay.is_explained) append_explanation(out, replay.explanation);
  for (const BlockHistory& block : replay.blocks) append_block(out, block);
  append_list(out, "events", replay.events);
  return out;
}

std::string text_of(const Shrunk& shrunk) {
  std::string out = fmt::format("{}\n", shrunk.signature);
  out += fmt::format(
      "  {} -> {}, {} -> {}   {} in {:.0f} s   {}\n", grouped(shrunk.operations_before),
      counted(shrunk.operations, "operation"), grouped(shrunk.choices_before),
      counted(shrunk.choices, "choice"), counted(shrunk.runs, "run"), shrunk.seconds,
      shrunk.is_done ? "nothing more goes" : "the time is up: the same command goes on from here");
  for (const std::string& line : shrunk.story) append_story(out, line);
  return out + fmt::format("  failure: {}\n  repro: {}\n", shrunk.file, shrunk.repro);
}

}  // namespace holdfast::reports
