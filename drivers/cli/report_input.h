// Reports that `sim` or `merge` wrote, read back.
#pragma once

#include <optional>
#include <string>

#include "drivers/cli/console.h"
#include "reports/campaign.h"

namespace holdfast::drivers {

// Nothing if the file is no such report; then what is wrong is said: file, line, pointer, and what was expected there.
std::optional<reports::RunReport> read_report_file(const std::string& path, Console& console);

// The same of what `mutants` wrote.
std::optional<reports::MutantsReport> read_mutants_file(const std::string& path, Console& console);

}  // namespace holdfast::drivers
