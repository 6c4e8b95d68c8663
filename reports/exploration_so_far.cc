#include "reports/exploration_so_far.h"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/checksum.h"
#include "reports/finding_reading.h"
#include "reports/json_parts.h"

namespace holdfast::reports {
namespace {

constexpr std::string_view schema = "holdfast.exploration/1";

std::uint64_t checksum_of(nlohmann::json document) {
  document.erase("checksum");
  std::string text = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return crc64(std::as_bytes(std::span(text)));
}

Json json_of(const sim::Scope& scope) {
  return {{"depth", scope.depth},       {"operations", scope.operations},
          {"arrivals", scope.arrivals}, {"sampled_schedules", scope.sampled},
          {"absent", scope.absent},     {"seed", hex(scope.seed)}};
}

Json json_of(const sim::Found& found) {
  const oracle::Finding& finding = found.finding;
  return {{"verdict", name_of(finding.verdict)},
          {"rule", finding.rule},
          {"signature", finding.signature()},
          {"crash", finding.crash},
          {"sector", finding.where.first.value},
          {"sectors", finding.where.count.value},
          {"blocks", finding.blocks},
          {"writes", finding.writes},
          {"story", finding.story},
          {"times", found.times},
          {"route", found.route},
          {"notes", found.notes}};
}

Json json_of(std::size_t part, const sim::ExplorationTally& tally) {
  Json out{{"part", part},
           {"crash_points", tally.crash_points},
           {"states", hex(tally.states)},
           {"lives_lived", tally.lives_lived},
           {"lives_remembered", tally.lives_remembered},
           {"judged", tally.judged},
           {"refusals", tally.refusals},
           {"write_hole_sectors", tally.write_hole_blocks},
           {"hash", fmt::format("0x{:016x}{:016x}", tally.hash.high, tally.hash.low)}};
  out["marks"] = Json::object();
  for (const auto& [mark, lives] : tally.marks) out["marks"][mark] = lives;
  out["findings"] = Json::array();
  for (const auto& [signature, found] : tally.found) out["findings"].push_back(json_of(found));
  return out;
}

sim::StateHash state_hash_in(const JsonValue& from) {
  constexpr std::size_t digits = 16;
  std::string text = from.text();
  sim::StateHash hash;
  bool is_hash = text.size() == 2 + 2 * digits && text.starts_with("0x") &&
                 text.find_first_not_of("0123456789abcdef", 2) == text.npos;
  if (!is_hash) return from.refuse("128 bits as text: \"0x\" and 32 digits"), hash;
  const char* middle = text.data() + 2 + digits;
  std::from_chars(text.data() + 2, middle, hash.high, 16);
  std::from_chars(middle, middle + digits, hash.low, 16);
  return hash;
}

std::uint32_t small_number(const JsonValue& from) {
  return static_cast<std::uint32_t>(from.number_between(0, UINT32_MAX));
}

sim::Scope scope_in(const JsonValue& from) {
  sim::Scope scope;
  scope.depth = small_number(from.at("depth"));
  scope.operations.clear();
  from.at("operations").each([&](const JsonValue& of_life) {
    scope.operations.push_back(small_number(of_life));
  });
  scope.arrivals = small_number(from.at("arrivals"));
  scope.sampled = small_number(from.at("sampled_schedules"));
  scope.absent = from.at("absent").truth();
  scope.seed = from.at("seed").hex();
  return scope;
}

sim::Found found_in(const JsonValue& from) {
  sim::Found found;
  found.finding = finding_in(from);
  found.times = from.at("times").number();
  found.route = from.at("route").text();
  found.notes = texts_in(from.at("notes"));
  return found;
}

sim::ExplorationTally tally_in(const JsonValue& from) {
  sim::ExplorationTally tally;
  tally.crash_points = from.at("crash_points").number();
  tally.states = from.at("states").hex();
  tally.lives_lived = from.at("lives_lived").number();
  tally.lives_remembered = from.at("lives_remembered").number();
  tally.judged = from.at("judged").number();
  tally.refusals = from.at("refusals").number();
  tally.write_hole_blocks = from.at("write_hole_sectors").number();
  tally.hash = state_hash_in(from.at("hash"));
  from.at("marks").each_member(
      [&](const std::string& mark, const JsonValue& lives) { tally.marks[mark] = lives.number(); });
  from.at("findings").each([&](const JsonValue& one) {
    sim::Found found = found_in(one);
    bool is_new = tally.found.try_emplace(found.finding.signature(), std::move(found)).second;
    if (!is_new) one.refuse("another signature: this one stands twice");
  });
  return tally;
}

void read_done(const JsonValue& from, ExplorationSoFar& into) {
  from.each([&](const JsonValue& one) {
    std::size_t first = into.done.empty() ? 0 : into.done.rbegin()->first + 1;
    if (first >= into.parts) return one.refuse("no more parts than there are");
    std::size_t part = one.at("part").number_between(first, into.parts - 1);
    into.done.emplace_hint(into.done.end(), part, tally_in(one));
  });
}

std::string text_of(const sim::Scope& scope) {
  return fmt::format("depth {}, operations {}, {} arrivals, {} sampled schedules, {}seed 0x{:x}",
                     scope.depth, fmt::join(scope.operations, "+"), scope.arrivals, scope.sampled,
                     scope.absent ? "each member absent, " : "", scope.seed);
}

}  // namespace

std::string json_of(const ExplorationSoFar& so_far) {
  Json out{{"schema", schema},
           {"program", hex(so_far.program)},
           {"scenario", so_far.scenario},
           {"scenario_hash", hex(so_far.scenario_hash)},
           {"scope", json_of(so_far.scope)},
           {"parts", so_far.parts},
           {"seconds", so_far.seconds},
           {"core_seconds", so_far.core_seconds}};
  out["done"] = Json::array();
  for (const auto& [part, tally] : so_far.done) out["done"].push_back(json_of(part, tally));
  out["checksum"] = hex(checksum_of(nlohmann::json(out)));
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

tl::expected<ExplorationSoFar, ReadingProblem> read_exploration(const nlohmann::json& document) {
  Disappointment first;
  JsonValue root(document, "", first);
  if (root.at("schema").text() != schema) root.at("schema").refuse(fmt::format("\"{}\"", schema));
  ExplorationSoFar so_far;
  so_far.program = root.at("program").hex();
  so_far.scenario = root.at("scenario").text();
  so_far.scenario_hash = root.at("scenario_hash").hex();
  so_far.scope = scope_in(root.at("scope"));
  so_far.parts = root.at("parts").number();
  so_far.seconds = root.at("seconds").real();
  so_far.core_seconds = root.at("core_seconds").real();
  read_done(root.at("done"), so_far);
  std::uint64_t checksum = root.at("checksum").hex();
  if (!first.is_there() && checksum != checksum_of(document))
    root.at("checksum")
        .refuse(fmt::format("\"{}\": something was changed", hex(checksum_of(document))));
  if (first.is_there()) return tl::unexpected(ReadingProblem{first.pointer, first.message});
  return so_far;
}

ReadingProblem difference(const ExplorationSoFar& found, const ExplorationSoFar& wanted) {
  if (found.scenario != wanted.scenario)
    return {"/scenario", fmt::format("holds an exploration of \"{}\", not of \"{}\"",
                                     found.scenario, wanted.scenario)};
  if (found.scenario_hash != wanted.scenario_hash)
    return {"/scenario_hash", fmt::format("the scenario, its overrides or its rules were others")};
  if (std::string was = text_of(found.scope), is = text_of(wanted.scope); was != is)
    return {"/scope", fmt::format("the scope was {}; now it is {}", was, is)};
  if (found.program != wanted.program)
    return {"/program", "was written by another build of the program, which may explore otherwise"};
  return {};
}

}  // namespace holdfast::reports
