// A failure file: what `sim --failures` writes, and `replay` and `shrink` read again.
//
//   { "schema": "holdfast.failure/1",
//     "name": "power_cut_anywhere",
//     "story": ["block 8 shows zeros; …"],
//     "finding": { "signature": "R1 lost_durable: flushed, power cut", "declared": false, "crash": 2, "sector": 8, "sectors": 1 },
//     "run": "0x00000000000001a5",
//     "scenario": { "schema": "holdfast.scenario/1", … },
//     "operations": [[], [17, 18]],
//     "choices": { "cut_pattern/0/0/2/0": 1, "operation_place/0/0/4294967313/0": 8 } }
//
//   Written by reports/failure_json.h. A file that is cut off, of another version, or says two things about one choice is
//   refused, each problem with its place and what to do.
#pragma once

#include <string>

#include "scenarios/scenario.h"
#include "sim/failure.h"

namespace holdfast::scenarios {

struct FailureFile {
  sim::Failure failure;
  Scenario scenario;  // the one that is embedded
};

Parsed<FailureFile> read_failure(const std::string& path);
Parsed<FailureFile> parse_failure(const std::string& name, const std::string& text);

}  // namespace holdfast::scenarios
