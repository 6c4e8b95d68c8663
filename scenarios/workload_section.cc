#include "scenarios/workload_section.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "scenarios/traces/request_text.h"
#include "scenarios/traces/trace.h"
#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

constexpr std::uint64_t all_ppm = 1'000'000;

constexpr std::array<Choice<sim::Place>, 4> places{{{"random", sim::Place::random},
                                                    {"sequential", sim::Place::sequential},
                                                    {"hot-spots", sim::Place::hot_spots},
                                                    {"mixed", sim::Place::mixed}}};

constexpr std::array<Choice<traces::Format>, 4> formats{
    {{"fio-iolog", traces::Format::fio_iolog},
     {"blkparse", traces::Format::blkparse},
     {"msr-csv", traces::Format::msr_csv},
     {"dm-log-writes", traces::Format::dm_log_writes}}};

void read_request_sizes(Section& section, std::vector<sim::WeightedSize>& into) {
  std::vector<std::uint64_t> sizes;
  if (!section.read_sizes("sizes", sizes)) return;
  if (sizes.empty()) return section.problem("sizes", "is empty");
  std::vector<sim::WeightedSize> weighted;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0 || sizes[i] % sector_bytes != 0 || sizes[i] > sim::request_bytes_max)
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

// What a trace says already.
constexpr std::array<std::string_view, 10> drawn_keys{
    "places",  "sizes", "reads",    "discards", "write_zeroes",
    "flushes", "fua",   "preflush", "pauses",   "pause_max"};

void read_rates(Section& section, sim::WorkloadSpec& workload) {
  section.read_choice<sim::Place>("places", workload.place, places);
  read_request_sizes(section, workload.sizes);
  section.read_probability("reads", workload.read_ppm);
  section.read_probability("discards", workload.discard_ppm);
  section.read_probability("write_zeroes", workload.write_zeroes_ppm);
  section.read_probability("flushes", workload.flush_ppm);
  section.read_probability("fua", workload.fua_ppm);
  section.read_probability("preflush", workload.preflush_ppm);
  section.read_probability("pauses", workload.pause_ppm);
  section.read_duration("pause_max", workload.pause_max);
  std::uint64_t others = std::uint64_t{workload.read_ppm} + workload.discard_ppm +
                         workload.write_zeroes_ppm + workload.flush_ppm;
  if (others > all_ppm)
    section.problem("reads, discards, write_zeroes and flushes together are more than 1");
  if (workload.pause_ppm > 0 && workload.pause_max == Nanoseconds())
    section.problem("pause_max", "is 0: contradicts pauses");
  if (section.has("pause_max") && workload.pause_ppm == 0)
    section.problem("pause_max", "says nothing without pauses");
}

void refuse_rates(Section& section, std::string_view beside) {
  for (std::string_view key : drawn_keys)
    if (section.find(key))
      section.problem(key,
                      fmt::format("says nothing beside {}: what clients do stands there", beside));
}

std::string path_beside(const std::string& scenario, const std::string& file) {
  return (std::filesystem::path(scenario).parent_path() / file).lexically_normal().string();
}

std::optional<traces::Trace> read_trace(Section& section, TraceSource& source) {
  traces::Wish wish;
  section.require("file");
  bool has_file = section.read("file", source.file);
  traces::Format format{};
  if (section.read_choice<traces::Format>("format", format, formats)) wish.format = format;
  section.read("device", wish.device);
  section.read_integer("skip", wish.skip, 0, UINT32_MAX);
  section.refuse_unknown_keys();
  if (has_file && (source.file.empty() || source.file.find('\0') != source.file.npos)) {
    section.problem("file", "expected the path of a trace, as seen from this file");
    return {};
  }
  if (!has_file) return {};
  wish.path = path_beside(section.file(), source.file);
  auto trace = traces::read_trace(wish);
  if (!trace) {
    for (const Problem& problem : trace.error()) section.problem("file", problem.text());
    return {};
  }
  source.format = traces::name_of(trace->format);
  source.goes_on = trace->goes_on;
  return std::move(*trace);
}

std::optional<traces::Trace> read_requests(Section& section) {
  std::vector<std::string> texts;
  if (!section.read_strings("requests", texts)) return {};
  if (texts.empty() || texts.size() > traces::requests_max) {
    section.problem("requests",
                    fmt::format("has {}, expected 1 to {}", texts.size(), traces::requests_max));
    return {};
  }
  traces::Trace trace;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto request = traces::request_in(texts[i]);
    if (!request) {
      section.problem(fmt::format("requests/{}", i),
                      fmt::format("found \"{}\", expected {}", texts[i], traces::request_expected));
      return {};
    }
    trace.has_times |= request->due.value > 0;
    trace.requests.push_back(*request);
  }
  return trace;
}

void use_trace(Section& section, traces::Trace trace, sim::WorkloadSpec& workload) {
  if (workload.speed > 0 && !trace.has_times)
    section.problem("speed", "says nothing: this trace does not say when its requests were made");
  auto count = static_cast<std::uint32_t>(trace.requests.size());
  workload.operations = section.has("operations") ? std::min(workload.operations, count) : count;
  workload.requests = std::make_shared<const std::vector<sim::Request>>(std::move(trace.requests));
}

}  // namespace

WorkloadRead read_workload(Section& section, const Document& document, Problems& problems) {
  WorkloadRead read;
  sim::WorkloadSpec& workload = read.spec;
  section.read_integer("operations", workload.operations, 1, 100'000);
  section.read_integer("depth", workload.depth, 1, 256);
  section.read_integer("flush_every", workload.flush_every, 0, 100'000);
  section.read_integer("speed", workload.speed, 1, 1'000'000);
  section.read("swarm", workload.swarm);
  bool has_trace = section.find("trace") != nullptr, is_spelled_out = section.find("requests");
  std::optional<traces::Trace> trace;
  if (has_trace) {
    Section trace_section(document, section.pointer() + "/trace", problems);
    trace = read_trace(trace_section, read.source.emplace());
    refuse_rates(section, "trace");
    if (is_spelled_out)
      section.problem("requests", "contradicts trace: one of the two says it all");
  } else if (is_spelled_out) {
    trace = read_requests(section);
    read.source.emplace();
    refuse_rates(section, "requests");
  } else {
    read_rates(section, workload);
    if (section.has("speed")) section.problem("speed", "says nothing without trace or requests");
  }
  if (trace) use_trace(section, std::move(*trace), workload);
  section.refuse_unknown_keys();
  return read;
}

std::vector<std::string> texts_of(const std::vector<sim::Request>& requests) {
  std::vector<std::string> texts;
  for (const sim::Request& request : requests) texts.push_back(traces::text_of(request));
  return texts;
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
  WorkloadRead workload = read_workload(section, *document, problems);
  if (!problems.empty()) return tl::unexpected(in_order(std::move(problems)));
  return std::move(workload.spec);
}

}  // namespace holdfast::scenarios
