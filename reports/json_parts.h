// What the JSON of several reports has in common.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "oracle/verdict.h"
#include "reports/trace_use.h"

namespace holdfast::reports {

using Json = nlohmann::ordered_json;

// JavaScript and jq 1.6 round numbers above 2^53: seeds and hashes are text.
std::string hex(std::uint64_t number);
Json looked_at_json(const oracle::Counts& counts);
Json json_of(const TraceUse& use);

}  // namespace holdfast::reports
