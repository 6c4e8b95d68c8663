// Reports of shards and machines as one report.
//
//   campaigns of one scenario (equal name and hash) and one seed range
//     all N shards there  -> one campaign, equal to that of one process but for time and machine
//     some are missing    -> they stay as they are, side by side, until the others come
//     a shard beside its whole, or twice -> counts once
//
//   M1  Associative, commutative, idempotent: nothing is added up before all parts of a range are there.
//   M2  Refused: one scenario file in two versions; seed ranges that overlap and are not the same; equal seeds with other
//       results. Both files are named.
//   M3  Campaigns stand in the order of their paths, then of their seeds.
//   Times: seconds are those of the longest shard, core seconds and threads are added up.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "reports/campaign.h"

namespace holdfast::reports {

struct NamedReport {
  std::string file;
  RunReport report;
};

// Or one sentence that says why not.
tl::expected<RunReport, std::string> merge(const std::vector<NamedReport>& reports);

// "write_hole, seeds 0x0..0x3e8: of 4 shards these are missing: 2, 3", one for each range that is not whole.
std::vector<std::string> missing_shards(const RunReport& report);

}  // namespace holdfast::reports
