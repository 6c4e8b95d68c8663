#include "reports/merge.h"

#include <memory>

#include "drivers/cli/report_input.h"
#include "drivers/cli/report_outputs.h"

namespace holdfast::drivers {
namespace {

struct MergeOptions {
  std::vector<std::string> paths;
  ReportOutputs outputs;
};

ExitCode merge_reports(const MergeOptions& options, Console& console) {
  if (std::string wrong = options.outputs.contradiction(); !wrong.empty()) {
    console.error(wrong);
    return ExitCode::usage;
  }
  std::vector<reports::NamedReport> named;
  for (const std::string& path : options.paths) {
    auto report = read_report_file(path, console);
    if (!report) return ExitCode::usage;
    named.push_back({path, std::move(*report)});
  }
  auto merged = reports::merge(named);
  if (!merged) {
    console.error(merged.error());
    return ExitCode::usage;
  }
  std::vector<std::string> missing = reports::missing_shards(*merged);
  for (const std::string& sentence : missing) console.say("holdfast: not whole: " + sentence);
  ExitCode code = exit_code_of(merged->outcome());
  bool is_done = give_out(*merged, options.outputs, console) && missing.empty();
  return is_done || code != ExitCode::held ? code : ExitCode::harness_failed;
}

}  // namespace

void add_merge(Program& program) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App& command =
      program.add("merge", "make one report of those of several shards or scenarios",
                  [options](Console& console) { return merge_reports(*options, console); });
  command.add_option("report", options->paths, "JSON reports of `sim` or `merge`")->required();
  add_report_outputs(command, options->outputs);
}

}  // namespace holdfast::drivers
