// How a command plugs into the program: one file a command, each with one add_…() that main.cc calls.
//
//   void add_examine(Program& program) {
//     auto options = std::make_shared<ExamineOptions>();
//     CLI::App& command = program.add("examine", "what stands on the devices",
//                                     [options](Console& console) { return examine(*options, console); });
//     command.add_option("device", options->devices, "block devices or files")->required();
//   }
//
//   C1  stdout carries one document, in the format that --output-format asks for; all other words go to stderr.
//   C2  Every command takes --output-format and --progress, before or after its own name.
//   C3  An exception that leaves a command is a defect of ours: it ends with harness_failed.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "drivers/cli/console.h"

namespace holdfast::drivers {

using Action = std::function<ExitCode(Console&)>;

// For options whose value a script may have lost: an empty one is not the same as none.
inline const CLI::Validator not_empty(
    [](const std::string& value) { return std::string(value.empty() ? "the value is empty" : ""); },
    "");

class Program {
 public:
  Program();

  // A subcommand; `action` runs when it was chosen. Options are added to what this returns.
  CLI::App& add(const std::string& name, const std::string& description, Action action);

  // Parses, runs, flushes stdout: what main() returns.
  int run(int argument_count, char** arguments);

 private:
  ExitCode run_chosen(int argument_count, char** arguments);

  CLI::App parser_;
  Console console_;
  std::string output_format_ = "normal";
  std::string progress_ = "auto";
  Action chosen_;
};

// One for each command, each in the file of its name.
void add_fuzz(Program& program);
void add_sim(Program& program);
void add_mutants(Program& program);
void add_report(Program& program);
void add_merge(Program& program);
void add_replay(Program& program);
void add_shrink(Program& program);
void add_schema(Program& program);
void add_check_file(Program& program);
void add_examine(Program& program);
void add_create(Program& program);
void add_recover(Program& program);
void add_exercise(Program& program);
void add_explore(Program& program);

// A word as a shell reads it back, for lines to paste.
std::string quoted(const std::string& word);

}  // namespace holdfast::drivers
