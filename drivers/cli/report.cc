#include <memory>

#include "drivers/cli/report_input.h"
#include "drivers/cli/report_outputs.h"

namespace holdfast::drivers {
namespace {

struct ReportOptions {
  std::string path;
  std::string mutants;
  ReportOutputs outputs;
};

// Says whether it was rendered, not whether what was found is good: that was the business of who wrote it.
ExitCode render(const ReportOptions& options, Console& console) {
  if (std::string wrong = options.outputs.contradiction(); !wrong.empty()) {
    console.error(wrong);
    return ExitCode::usage;
  }
  auto report = read_report_file(options.path, console);
  if (!report) return ExitCode::usage;
  if (!options.mutants.empty()) {
    report->mutants = read_mutants_file(options.mutants, console);
    if (!report->mutants) return ExitCode::usage;
  }
  return give_out(*report, options.outputs, console) ? ExitCode::held : ExitCode::harness_failed;
}

}  // namespace

void add_report(Program& program) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App& command =
      program.add("report", "render a JSON report of `sim` or `merge` in other forms",
                  [options](Console& console) { return render(*options, console); });
  command.add_option("run", options->path, "the JSON report")->required();
  command
      .add_option("--mutants", options->mutants,
                  "the JSON report of `mutants`: its score stands on the HTML page, too")
      ->check(not_empty);
  add_report_outputs(command, options->outputs);
}

}  // namespace holdfast::drivers
