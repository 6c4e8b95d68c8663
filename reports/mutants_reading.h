// The JSON report of `mutants`, read back to stand beside that of a campaign.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "reports/campaign_reading.h"
#include "reports/mutants.h"

namespace holdfast::reports {

tl::expected<MutantsReport, ReadingProblem> read_mutants(const nlohmann::json& document);

}  // namespace holdfast::reports
