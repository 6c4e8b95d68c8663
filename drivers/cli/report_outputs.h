// The forms in which `sim`, `merge` and `report` give out what campaigns found.
//
//   --report F   JSON        --junit F      JUnit XML     --markdown F   tables and stories    --html F   one offline page
//   --ktap F     KTAP        --perfetto F   trace events  --github       workflow commands, among the words on stderr
//
//   O1  "-" is stdout, for one of them: it takes the place of the document.
//   O2  A file is whole under its name, or not there (reports/report_file.h).
#pragma once

#include <string>

#include "drivers/cli/command.h"
#include "reports/campaign.h"

namespace holdfast::drivers {

struct ReportOutputs {
  std::string json;
  std::string junit;
  std::string markdown;
  std::string html;
  std::string ktap;
  std::string perfetto;
  bool has_annotations = false;

  // What is wrong with the choice, or nothing.
  std::string contradiction() const;
};

// The options; `outputs` outlives the command line.
void add_report_outputs(CLI::App& command, ReportOutputs& outputs);

// The document on stdout, and everything else that was asked for. False if something could not be written, which is said.
bool give_out(const reports::RunReport& report, const ReportOutputs& outputs, Console& console);

ExitCode exit_code_of(reports::Outcome outcome);

}  // namespace holdfast::drivers
