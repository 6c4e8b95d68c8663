#include "scenarios/workload_section.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

constexpr std::uint64_t request_bytes_max = 1 << 20;
constexpr std::uint64_t all_ppm = 1'000'000;

constexpr std::array<Choice<sim::Place>, 4> places{{{"random", sim::Place::random},
                                                    {"sequential", sim::Place::sequential},
                                                    {"hot-spots", sim::Place::hot_spots},
                                                    {"mixed", sim::Place::mixed}}};

void read_request_sizes(Section& section, std::vector<sim::WeightedSize>& into) {
  std::vector<std::uint64_t> sizes;
  if (!section.read_sizes("sizes", sizes)) return;
  if (sizes.empty()) return section.problem("sizes", "is empty");
  std::vector<sim::WeightedSize> weighted;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0 || sizes[i] % sector_bytes != 0 || sizes[i] > request_bytes_max)
      section.problem(
          fmt::format("sizes/{}", i),
          fmt::format("is {}: expected a multiple of 512B, at most 1MiB", size_text(sizes[i])));
    auto same = std::ranges::find(weighted, sizes[i], &sim::WeightedSize::bytes);
    if (same == weighted.end())
      weighted.emplace_back(sizes[i], 1);
    else
      ++same->weight;
  }
  into = std::move(weighted);
}

}  // namespace

sim::WorkloadSpec read_workload(Section& section) {
  sim::WorkloadSpec workload;
  section.read_integer("operations", workload.operations, 1, 100'000);
  section.read_integer("depth", workload.depth, 1, 256);
  section.read_choice<sim::Place>("places", workload.place, places);
  read_request_sizes(section, workload.sizes);
  section.read_probability("reads", workload.read_ppm);
  section.read_probability("discards", workload.discard_ppm);
  section.read_probability("write_zeroes", workload.write_zeroes_ppm);
  section.read_probability("flushes", workload.flush_ppm);
  section.read_integer("flush_every", workload.flush_every, 0, 100'000);
  section.read_probability("fua", workload.fua_ppm);
  section.read_probability("preflush", workload.preflush_ppm);
  section.read_probability("pauses", workload.pause_ppm);
  section.read_duration("pause_max", workload.pause_max);
  section.read("swarm", workload.swarm);
  std::uint64_t others = std::uint64_t{workload.read_ppm} + workload.discard_ppm +
                         workload.write_zeroes_ppm + workload.flush_ppm;
  if (others > all_ppm)
    section.problem("reads, discards, write_zeroes and flushes together are more than 1");
  if (workload.pause_ppm > 0 && workload.pause_max == Nanoseconds())
    section.problem("pause_max", "is 0: contradicts pauses");
  if (section.has("pause_max") && workload.pause_ppm == 0)
    section.problem("pause_max", "says nothing without pauses");
  section.refuse_unknown_keys();
  return workload;
}

Parsed<sim::WorkloadSpec> parse_workload(const std::string& name, std::string_view text,
                                         const std::vector<std::string>& overrides) {
  auto document = Document::parse(name, text, overrides);
  if (!document) return tl::unexpected(document.error());
  Problems problems;
  Section root(*document, "", problems);
  root.find("workload");
  root.refuse_unknown_keys();
  Section section(*document, "/workload", problems);
  sim::WorkloadSpec workload = read_workload(section);
  if (!problems.empty()) return tl::unexpected(in_order(std::move(problems)));
  return workload;
}

}  // namespace holdfast::scenarios
