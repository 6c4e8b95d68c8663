#include <memory>

#include "drivers/cli/command.h"
#include "drivers/cli/exploration_file.h"
#include "reports/file_check.h"
#include "scenarios/failure_file.h"
#include "scenarios/mutant_catalogue.h"
#include "scenarios/recording_reader.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"
#include "scenarios/volume_file.h"

namespace holdfast::drivers {
namespace {

using scenarios::Problems;
using scenarios::SchemaKind;

template <class T>
Problems problems_of(const scenarios::Parsed<T>& parsed) {
  return parsed ? Problems() : parsed.error();
}

Problems problems_of_kind(const std::string& path, const scenarios::Document& document,
                          SchemaKind kind) {
  switch (kind) {
    case SchemaKind::scenario: return problems_of(scenarios::read_scenario(path));
    case SchemaKind::volume: return problems_of(scenarios::read_volume_file(path));
    case SchemaKind::mutants: return problems_of(scenarios::read_mutant_catalogue(path));
    case SchemaKind::failure: return problems_of(scenarios::read_failure(path));
    case SchemaKind::exploration: return problems_of(read_exploration_file(path));
    case SchemaKind::report: break;
  }
  return scenarios::schema_problems(document, kind);
}

Problems problems_of_file(const std::string& path) {
  if (scenarios::is_recording(path)) return problems_of(scenarios::read_recording(path));
  auto document = scenarios::Document::read(path, {}, scenarios::Document::report_bytes_max);
  if (!document) return document.error();
  auto kind = scenarios::schema_with_id(document->schema_id());
  if (kind) return problems_of_kind(path, *document, *kind);
  if (document->schema_id().starts_with("holdfast.failure/"))
    return problems_of(scenarios::read_failure(path));
  return {document->problem("/schema",
                            "expected \"holdfast.scenario/1\", \"holdfast.volume/1\", "
                            "\"holdfast.report/1\", \"holdfast.failure/1\", "
                            "\"holdfast.exploration/1\" or \"holdfast.mutants/1\"")};
}

ExitCode check_files(const std::vector<std::string>& paths, Console& console) {
  std::vector<reports::FileChecked> files;
  bool is_fine = true;
  for (const std::string& path : paths) {
    files.push_back({path, {}});
    for (const scenarios::Problem& problem : problems_of_file(path))
      files.back().problems.push_back({problem.line, problem.pointer, problem.message});
    is_fine = is_fine && files.back().problems.empty();
  }
  console.document(console.format == OutputFormat::json ? reports::json_of(files)
                                                        : reports::text_of(files));
  return is_fine ? ExitCode::held : ExitCode::usage;
}

}  // namespace

void add_check_file(Program& program) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App& command =
      program.add("check-file",
                  "say what is wrong with scenario, volume, report, failure, exploration or "
                  "mutants files, or recordings",
                  [paths](Console& console) { return check_files(*paths, console); });
  command.add_option("file", *paths, "files to check")->required();
}

}  // namespace holdfast::drivers
