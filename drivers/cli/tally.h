// What is kept of many runs: sums, and of each distinct finding the lowest seed that tells it.
//
//   add() in any order and merge() in any order give the same tally.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/campaign.h"

namespace holdfast::drivers {

struct Tally {
  using Findings = std::map<std::string, reports::DistinctFinding>;  // by signature

  struct MarkCount {
    std::uint64_t runs = 0;
    std::uint64_t count = 0;
  };

  std::uint64_t runs = 0;
  DeviceLimits limits;  // of the volume, which are the same in each run that opened it
  sim::RunCounts counts;
  oracle::Counts looked_at;
  std::map<std::string, MarkCount> marks;
  Findings violations;
  Findings declared;
  sim::MomentCounts moments;  // if they were counted
  std::uint64_t trace_hash = 0;
  std::uint64_t core_nanoseconds = 0;
  std::uint64_t runs_compared = 0;
  std::vector<std::uint64_t> unequal_seeds;

  void add(std::uint64_t seed, const sim::RunResult& result,
           const std::vector<std::string>& device_names);
  void compare(std::uint64_t seed, bool is_equal);
  void merge(const Tally& other);
};

}  // namespace holdfast::drivers
