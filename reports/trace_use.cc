#include "reports/trace_use.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/words.h"

namespace holdfast::reports {

std::string text_of(const TraceUse& use) {
  const sim::RequestCounts& counts = use.counts;
  std::vector<std::string> told;
  auto tell = [&told](std::uint64_t count, std::string_view what) {
    if (count > 0) told.push_back(fmt::format("{} {}", grouped(count), what));
  };
  tell(counts.folded, "folded into the volume");
  tell(counts.widened, "widened to its blocks");
  tell(counts.shortened, "shortened at its end");
  tell(counts.in_pieces, "made in pieces of 1 MiB");
  tell(counts.discards_left_out, "left out: it takes no discards");
  std::string source =
      use.file.empty() ? "requests" : fmt::format("trace {} ({})", use.file, use.format);
  return fmt::format("  {}: {}{}{}{}\n", source, use.goes_on ? "the first " : "",
                     counted(counts.requests, "request"), told.empty() ? "" : "; ",
                     fmt::join(told, ", "));
}

}  // namespace holdfast::reports
