#include "drivers/cli/command.h"

#include <exception>
#include <map>

#include <fmt/format.h>

namespace holdfast::drivers {
namespace {

const std::map<std::string, OutputFormat> formats{{"normal", OutputFormat::normal},
                                                  {"json", OutputFormat::json},
                                                  {"markdown", OutputFormat::markdown}};
const std::map<std::string, ProgressWish> wishes{{"auto", ProgressWish::automatic},
                                                 {"always", ProgressWish::always},
                                                 {"never", ProgressWish::never}};

std::vector<std::string> names_of(const auto& choices) {
  std::vector<std::string> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  return names;
}

}  // namespace

Program::Program()
    : parser_("Keeps block data safe across power cuts and dead disks.", "holdfast") {
  parser_.require_subcommand(1);
  parser_.fallthrough();
  parser_.add_option("--output-format", output_format_, "of the document on stdout")
      ->check(CLI::IsMember(names_of(formats)))
      ->capture_default_str();
  parser_.add_option("--progress", progress_, "the progress line on stderr")
      ->check(CLI::IsMember(names_of(wishes)))
      ->capture_default_str();
  parser_.footer(
      "Exit: 0 held, 1 a rule was violated, 2 usage or schema, 3 the harness failed, 77 a "
      "prerequisite is absent.");
}

CLI::App& Program::add(const std::string& name, const std::string& description, Action action) {
  CLI::App* command = parser_.add_subcommand(name, description);
  command->callback([this, action = std::move(action)] { chosen_ = action; });
  return *command;
}

ExitCode Program::run_chosen(int argument_count, char** arguments) {
  try {
    parser_.parse(argument_count, arguments);
  } catch (const CLI::ParseError& asked_or_wrong) {
    if (asked_or_wrong.get_exit_code() == 0) {
      parser_.exit(asked_or_wrong);
      return ExitCode::held;
    }
    console_.error(asked_or_wrong.what());
    console_.say("Try --help for what there is to say.");
    return ExitCode::usage;
  }
  console_.format = formats.at(output_format_);
  console_.progress_wish = wishes.at(progress_);
  try {
    return chosen_(console_);
  } catch (const std::exception& defect) {
    console_.error(fmt::format("unexpected: {}", defect.what()));
    return ExitCode::harness_failed;
  }
}

int Program::run(int argument_count, char** arguments) {
  ExitCode code = run_chosen(argument_count, arguments);
  if (!console_.finish()) {
    console_.error("stdout did not take the document; is its disk full?");
    if (code == ExitCode::held) code = ExitCode::harness_failed;
  }
  return static_cast<int>(code);
}

std::string quoted(const std::string& word) {
  if (!word.empty() &&
      word.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=+:,%@") == word.npos)
    return word;
  std::string text = "'";
  for (char character : word)
    text += character == '\'' ? std::string("'\\''") : std::string(1, character);
  return text + "'";
}

}  // namespace holdfast::drivers
