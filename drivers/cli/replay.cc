#include <charconv>
#include <memory>

#include <fmt/format.h>

#include "drivers/cli/campaign.h"
#include "drivers/cli/command.h"
#include "drivers/cli/document.h"
#include "drivers/cli/failures/replaying.h"

namespace holdfast::drivers {
namespace {

struct ReplayOptions {
  std::string path;
  std::uint64_t until = 0;
  std::vector<std::string> blocks;
};

// "VOLUME:LBA" or "LBA"; VOLUME is the array's name, or "volume". What is wrong, or nothing.
std::string read_block(const std::string& text, const scenarios::FailureFile& file, Lba& into) {
  std::size_t colon = text.rfind(':');
  std::string volume = colon == text.npos ? "volume" : text.substr(0, colon);
  std::string digits = colon == text.npos ? text : text.substr(colon + 1);
  const auto* raid = std::get_if<RaidSpec>(&file.scenario.volume.engine);
  if (volume != "volume" && !(raid && raid->name == volume))
    return fmt::format("--block {}: the volume is called \"{}\"", text,
                       raid && !raid->name.empty() ? raid->name : "volume");
  std::uint64_t lba = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), lba);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return fmt::format("--block {}: expected VOLUME:LBA, a sector such as \"volume:1236\"", text);
  const auto& shape = file.scenario.world.profile.raid;
  Sectors sectors = shape ? shape->sectors() : file.scenario.world.devices[0].limits.sectors;
  if (lba >= sectors.value)
    return fmt::format("--block {}: the volume has {} sectors", text, sectors.value);
  into = Lba(lba);
  return "";
}

ExitCode exit_code_of(reports::ReplayOutcome outcome) {
  switch (outcome) {
    case reports::ReplayOutcome::held: return ExitCode::held;
    case reports::ReplayOutcome::misfit: return ExitCode::harness_failed;
    case reports::ReplayOutcome::reproduced:
    case reports::ReplayOutcome::another: break;
  }
  return ExitCode::violated;
}

ExitCode run_replay(const ReplayOptions& options, Console& console) {
  auto file = scenarios::read_failure(options.path);
  if (!file) {
    for (const scenarios::Problem& problem : file.error()) console.error(problem.text());
    return ExitCode::usage;
  }
  ReplayWishes wishes;
  if (options.until > 0) wishes.until = options.until;
  for (const std::string& block : options.blocks) {
    std::string wrong = read_block(block, *file, wishes.blocks.emplace_back());
    if (wrong.empty()) continue;
    console.error(wrong);
    return ExitCode::usage;
  }
  reports::Replay told = replay(*file, wishes);
  told.file = options.path;
  show(told, console);
  return exit_code_of(told.outcome);
}

}  // namespace

void add_replay(Program& program) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App& command =
      program.add("replay", "make the run of a failure once more, and explain it",
                  [options](Console& console) { return run_replay(*options, console); });
  command.add_option("failure", options->path, "a failure file")->required();
  command.add_option("--until", options->until, "also print the events up to this number")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--block", options->blocks,
                  "VOLUME:LBA: also tell the history of this block; VOLUME is the array's name or "
                  "\"volume\"")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace holdfast::drivers
