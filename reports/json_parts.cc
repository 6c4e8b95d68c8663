#include "reports/json_parts.h"

#include <fmt/format.h>

namespace holdfast::reports {

std::string hex(std::uint64_t number) { return fmt::format("0x{:016x}", number); }

Json looked_at_json(const oracle::Counts& counts) {
  return {{"recoveries", counts.recoveries},
          {"blocks", counts.blocks},
          {"blocks_must", counts.blocks_must},
          {"blocks_unknown", counts.blocks_unknown},
          {"live_reads", counts.live_reads},
          {"live_reads_open", counts.live_reads_open},
          {"views", counts.views},
          {"stripes", counts.stripes},
          {"stripes_dirty", counts.stripes_dirty},
          {"write_hole_blocks", counts.write_hole_blocks},
          {"silent_by_format", counts.silent_by_format}};
}

Json json_of(const TraceUse& use) {
  const sim::RequestCounts& counts = use.counts;
  Json out = Json::object();
  if (!use.file.empty()) out = {{"file", use.file}, {"format", use.format}};
  out["goes_on"] = use.goes_on;
  out["requests"] = counts.requests;
  out["folded"] = counts.folded;
  out["widened"] = counts.widened;
  out["shortened"] = counts.shortened;
  out["in_pieces"] = counts.in_pieces;
  out["discards_left_out"] = counts.discards_left_out;
  return out;
}

}  // namespace holdfast::reports
