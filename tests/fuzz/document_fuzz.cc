// Arbitrary text as one of the files that are read: refused in words, or read and written as it was; never a crash.
//
//   --kind=scenario | volume | mutants | failure | report | exploration | recording
//   Explorations and recordings are tried as they are and with their checksums mended, so that what is behind them is reached.
//   What is written again is read as the same. A scenario or a volume is only read; a scenario that says what it is after
//   overrides and rules must be the same scenario when that is read.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/check.h"
#include "core/base/checksum.h"
#include "reports/campaign_reading.h"
#include "reports/exploration_so_far.h"
#include "reports/failure_json.h"
#include "scenarios/failure_file.h"
#include "scenarios/mutant_catalogue.h"
#include "scenarios/recording_format.h"
#include "scenarios/recording_reader.h"
#include "scenarios/schema.h"
#include "scenarios/volume_file.h"
#include "sim/explore/exploration.h"

using namespace holdfast;
using scenarios::SchemaKind;

namespace {

constexpr const char* any_scenario = R"({
  "schema": "holdfast.scenario/1",
  "devices": { "m0..m3": {"model": "ssd", "size": "64KiB"}, "log": {"model": "ssd", "size": "64KiB"} },
  "volume": { "type": "raid", "level": 5, "members": ["m0..m3"], "chunk": "4KiB", "journal": "log" } })";

template <class T>
bool is_read(const scenarios::Parsed<T>& parsed) {
  if (parsed) return true;
  check(!parsed.error().empty(), "what is refused says why");
  for (const scenarios::Problem& problem : parsed.error())
    check(!problem.message.empty() && !problem.text().empty(), "a problem has words");
  return false;
}

void try_scenario(const std::string& text) {
  auto scenario = scenarios::parse_scenario("x.json", text);
  if (!is_read(scenario)) return;
  auto again = scenarios::parse_scenario("x.json", scenario->effective);
  check(is_read(again) && again->hash == scenario->hash, "a scenario says what it is");
}

void try_volume(const std::string& text) { is_read(scenarios::parse_volume_file("x.json", text)); }

void try_mutants(const std::string& text) {
  is_read(scenarios::parse_mutant_catalogue(
      "mutants/x.json", text, [](const auto& path, const auto& overrides, const auto& rules) {
        return scenarios::parse_scenario(path, any_scenario, overrides, rules);
      }));
}

void try_failure(const std::string& text) {
  auto file = scenarios::parse_failure("x.json", text);
  if (!is_read(file)) return;
  std::string written = reports::json_of(file->failure);
  auto again = scenarios::parse_failure("x.json", written);
  check(is_read(again) && reports::json_of(again->failure) == written,
        "a failure is read as it was written");
  auto before = scenarios::Document::parse("x.json", text);
  nlohmann::json after = nlohmann::json::parse(written);
  for (const auto& [key, value] : before->root().items())
    check(after.contains(key), "nothing is left out");
  check(after["choices"].size() == before->root()["choices"].size(), "no choice is left out");
}

// What the reader takes is written, read and written as the same; the schema finds what it finds.
template <class Read>
void try_own(const std::string& text, SchemaKind kind, Read read) {
  auto document = scenarios::Document::parse("x.json", text);
  if (!is_read(document)) return;
  auto value = read(document->root());
  if (!value) {
    check(!value.error().message.empty(), "what is refused says why");
    check(!document->problem(value.error().pointer, value.error().message).text().empty(), "where");
    return;
  }
  bool fits = scenarios::schema_problems(*document, kind).empty();
  std::string written = json_of(*value);
  nlohmann::json after = nlohmann::json::parse(written);
  // A report holds figures that are worked out anew.
  bool is_exact = kind == SchemaKind::exploration && fits;
  check(!is_exact || after == document->root(), "nothing is left out");
  auto again = read(after);
  check(again && json_of(*again) == written, "a report is read as it was written");
}

void try_report(const std::string& text) {
  try_own(text, SchemaKind::report, reports::read_report);
}

void try_exploration(const std::string& text) {
  try_own(text, SchemaKind::exploration, reports::read_exploration);
  nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) return;
  document.erase("checksum");
  std::string rest = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  document["checksum"] = fmt::format("0x{:016x}", crc64(std::as_bytes(std::span(rest))));
  try_own(document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          SchemaKind::exploration, reports::read_exploration);
}

void try_recording(const std::string& bytes) {
  std::string mended = bytes;
  for (std::size_t at = scenarios::recording_magic.size(); at + 12 <= mended.size();) {
    MutableBytes rest = std::as_writable_bytes(std::span(mended)).subspan(at);
    std::uint64_t size = std::min<std::uint64_t>(load_le<std::uint32_t>(rest, 4), rest.size() - 12);
    store_le(rest, 8, crc32c(crc32c(crc32c_start, rest.first(8)), rest.subspan(12, size)));
    at += 12 + size;
  }
  for (const std::string& one : {bytes, mended}) {
    auto file = scenarios::parse_recording("x", std::as_bytes(std::span(one)));
    if (!is_read(file) || !file->scenario.scope) continue;
    constexpr std::uint64_t small = 1 << 20;  // else it takes long
    std::uint64_t all = 0;
    for (const sim::DiskSpec& disk : file->scenario.world.devices)
      all += disk.limits.sectors.bytes();
    if (all > small) continue;
    sim::Scope scope = *file->scenario.scope;
    sim::Exploration(file->scenario.world, scope, 0, &file->run).begin();
  }
}

void (*try_document)(const std::string& text) = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  const std::map<std::string_view, decltype(try_document)> kinds{
      {"--kind=scenario", try_scenario},  {"--kind=volume", try_volume},
      {"--kind=mutants", try_mutants},    {"--kind=failure", try_failure},
      {"--kind=report", try_report},      {"--kind=exploration", try_exploration},
      {"--kind=recording", try_recording}};
  for (int i = 1; i < *count; ++i)
    if (auto kind = kinds.find((*arguments)[i]); kind != kinds.end()) try_document = kind->second;
  if (try_document) return 0;
  std::fprintf(stderr, "--kind=…: which kind of file?\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_document(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
