// A finding of the oracle out of the JSON that reports and explorations hold of it.
#pragma once

#include <string>
#include <vector>

#include "oracle/verdict.h"
#include "reports/json_reading.h"

namespace holdfast::reports {

oracle::Verdict verdict_in(const JsonValue& from);
// Takes verdict, rule, signature, sector, sectors, blocks, crash, story and writes.
oracle::Finding finding_in(const JsonValue& from);
std::vector<std::string> texts_in(const JsonValue& from);

}  // namespace holdfast::reports
