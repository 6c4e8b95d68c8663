#include "drivers/cli/report_input.h"

#include "reports/campaign_reading.h"
#include "reports/mutants_reading.h"
#include "scenarios/schema.h"

namespace holdfast::drivers {

namespace {

// The reader says what is wrong more clearly than the schema, which looks for what the reader lets pass: unknown keys.
template <class Report, class Read>
std::optional<Report> read_file(const std::string& path, Console& console, Read read) {
  auto document = scenarios::Document::read(path, {}, scenarios::Document::report_bytes_max);
  if (!document) {
    console.error(scenarios::text_of(document.error()));
    return std::nullopt;
  }
  tl::expected<Report, reports::ReadingProblem> report = read(document->root());
  if (!report) {
    console.error(document->problem(report.error().pointer, report.error().message).text());
    return std::nullopt;
  }
  scenarios::Problems problems =
      scenarios::schema_problems(*document, scenarios::SchemaKind::report);
  if (!problems.empty()) {
    console.error(problems.front().text());
    return std::nullopt;
  }
  return std::move(*report);
}

}  // namespace

std::optional<reports::RunReport> read_report_file(const std::string& path, Console& console) {
  return read_file<reports::RunReport>(path, console, reports::read_report);
}

std::optional<reports::MutantsReport> read_mutants_file(const std::string& path, Console& console) {
  return read_file<reports::MutantsReport>(path, console, reports::read_mutants);
}

}  // namespace holdfast::drivers
