// A failure as the file that scenarios/failure_file.h reads again.
#pragma once

#include <string>
#include <string_view>

#include "sim/failure.h"

namespace holdfast::reports {

// One choice a line; the story on top.
std::string json_of(const sim::Failure& failure);

// The name of its file: "power_cut_anywhere-lost_durable-1a5-3f09b92c.json"; the last part tells signatures apart.
std::string file_name_of(const sim::Failure& failure, std::string_view verdict);

}  // namespace holdfast::reports
