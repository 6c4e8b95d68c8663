// A JSON report that `sim` wrote, as a RunReport again: json_of(read(json_of(report))) is json_of(report).
//
//   R1  Whatever the document holds is taken whole or refused: with the pointer of the first value that is not as expected,
//       and what was expected there.
//   R2  What can be worked out from the rest (counts of seeds, outcome of the whole) must agree with it.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "reports/campaign.h"

namespace holdfast::reports {

struct ReadingProblem {
  std::string pointer;  // JSON pointer: "/campaigns/0/seeds/first"
  std::string message;  // "found 12, expected …"
};

tl::expected<RunReport, ReadingProblem> read_report(const nlohmann::json& document);

}  // namespace holdfast::reports
