#include "drivers/cli/report_outputs.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/render/annotations.h"
#include "reports/render/html.h"
#include "reports/render/junit.h"
#include "reports/render/ktap.h"
#include "reports/render/trace_events.h"
#include "reports/report_file.h"

namespace holdfast::drivers {
namespace {

struct Rendering {
  const char* option;
  const char* words;
  std::string ReportOutputs::* file;
  std::string (*render)(const reports::RunReport&);
};

constexpr std::array renderings{
    Rendering{"--report", "JSON, for `report` and `merge`", &ReportOutputs::json, reports::json_of},
    Rendering{"--junit", "JUnit XML", &ReportOutputs::junit, reports::junit_of},
    Rendering{"--markdown", "Markdown", &ReportOutputs::markdown, reports::markdown_of},
    Rendering{"--html", "one HTML file, with the failing runs drawn", &ReportOutputs::html,
              reports::html_of},
    Rendering{"--ktap", "KTAP version 1", &ReportOutputs::ktap, reports::ktap_of},
    Rendering{"--perfetto", "the failing runs as trace events", &ReportOutputs::perfetto,
              reports::trace_events_of},
};

std::string document_of(const reports::RunReport& report, OutputFormat format) {
  switch (format) {
    case OutputFormat::json: return reports::json_of(report);
    case OutputFormat::markdown: return reports::markdown_of(report);
    case OutputFormat::normal: break;
  }
  return reports::text_of(report);
}

bool is_stdout(const std::string& file) { return file == "-"; }

}  // namespace

std::string ReportOutputs::contradiction() const {
  auto goes_to_stdout = [this](const Rendering& each) { return is_stdout(this->*each.file); };
  if (std::ranges::count_if(renderings, goes_to_stdout) > 1)
    return "stdout takes one document: only one file may be \"-\"";
  return "";
}

void add_report_outputs(CLI::App& command, ReportOutputs& outputs) {
  for (const Rendering& each : renderings)
    command
        .add_option(each.option, outputs.*each.file,
                    fmt::format("to this file, - for stdout: {}", each.words))
        ->check(not_empty);
  command.add_flag("--github", outputs.has_annotations,
                   "also GitHub's annotations, on stderr, which it reads like stdout");
}

bool give_out(const reports::RunReport& report, const ReportOutputs& outputs, Console& console) {
  bool is_written = true, has_document = false;
  for (const Rendering& each : renderings) {
    const std::string& file = outputs.*each.file;
    if (file.empty()) continue;
    std::string text = each.render(report);
    if (is_stdout(file)) {
      console.document(text);
      has_document = true;
    } else if (std::string wrong = reports::write_report(file, text); !wrong.empty()) {
      console.error(wrong);
      is_written = false;
    }
  }
  if (!has_document) console.document(document_of(report, console.format));
  std::string annotations = outputs.has_annotations ? reports::annotations_of(report) : "";
  if (!annotations.empty()) console.say(annotations.substr(0, annotations.size() - 1));
  return is_written;
}

ExitCode exit_code_of(reports::Outcome outcome) {
  switch (outcome) {
    case reports::Outcome::held: return ExitCode::held;
    case reports::Outcome::violated: return ExitCode::violated;
    case reports::Outcome::nondeterministic:
    case reports::Outcome::vacuous: break;
  }
  return ExitCode::harness_failed;
}

}  // namespace holdfast::drivers
