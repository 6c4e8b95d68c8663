#include "drivers/cli/failures/failure_folder.h"

#include <filesystem>

#include <fmt/format.h>

#include "reports/failure_json.h"
#include "reports/report_file.h"
#include "sim/failure.h"

namespace holdfast::drivers {

std::string FailureFolder::prepare() const {
  if (path_.empty()) return "";
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (!error && !std::filesystem::is_directory(path_, error) && !error)
    return fmt::format("{}: is no folder for failures", path_);
  return error ? fmt::format("{}: no folder for failures: {}", path_, error.message()) : "";
}

std::string FailureFolder::add(const scenarios::Scenario& scenario,
                               reports::Campaign& campaign) const {
  std::string wrong;
  if (path_.empty()) return wrong;
  for (reports::DistinctFinding& found : campaign.violations)
    wrong += write(scenario, found, false);
  for (reports::DistinctFinding& found : campaign.declared)
    if (found.is_expected) wrong += write(scenario, found, true);
  return wrong;
}

std::string FailureFolder::write(const scenarios::Scenario& scenario,
                                 reports::DistinctFinding& found, bool is_declared) const {
  sim::Failure failure;
  failure.name = scenario.name;
  failure.scenario = scenario.effective;
  failure.run_number = found.seed;
  failure.signature = found.finding.signature();
  failure.is_declared = is_declared;
  failure.crash = found.finding.crash;
  failure.where = found.finding.where;
  failure.story = {found.finding.story};
  sim::Recorded recorded = sim::record(scenario.world, found.seed);
  failure.choices = std::move(recorded.choices);
  std::filesystem::path file =
      std::filesystem::path(path_) / reports::file_name_of(failure, name_of(found.finding.verdict));
  std::string wrong = reports::write_report(file.string(), reports::json_of(failure));
  if (wrong.empty()) found.file = file.string();
  return wrong;
}

}  // namespace holdfast::drivers
