#include "drivers/cli/report_input.h"

#include "reports/campaign_reading.h"
#include "scenarios/schema.h"

namespace holdfast::drivers {

// The reader says what is wrong more clearly than the schema, which looks for what the reader lets pass: unknown keys.
std::optional<reports::RunReport> read_report_file(const std::string& path, Console& console) {
  auto document = scenarios::Document::read(path, {}, scenarios::Document::report_bytes_max);
  if (!document) {
    console.error(scenarios::text_of(document.error()));
    return std::nullopt;
  }
  auto report = reports::read_report(document->root());
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

}  // namespace holdfast::drivers
