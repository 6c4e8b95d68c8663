#include "reports/mutants_reading.h"

#include <array>

#include "reports/json_reading.h"

namespace holdfast::reports {
namespace {

constexpr std::array<std::string_view, 4> outcome_names{"killed", "survived", "unproved",
                                                        "harmless"};

std::vector<std::string> texts_of(const JsonValue& from) {
  std::vector<std::string> texts;
  from.each([&](const JsonValue& each) { texts.push_back(each.text()); });
  return texts;
}

Hunt hunt_of(const JsonValue& from) {
  Hunt hunt;
  hunt.first_seed = from.at("seeds").at("first").hex();
  hunt.end_seed = from.at("seeds").at("end").hex();
  hunt.seeds = from.at("tried").number();
  hunt.core_seconds = from.at("core_seconds").real();
  if (auto verdict = from.optional("verdict")) hunt.verdict = verdict->text();
  return hunt;
}

MutantTried mutant_of(const JsonValue& from) {
  MutantTried mutant;
  mutant.id = from.at("id").text();
  mutant.outcome = static_cast<MutantOutcome>(from.at("outcome").one_of(outcome_names));
  mutant.rules = texts_of(from.at("rules"));
  mutant.sabotages = texts_of(from.at("sabotage"));
  mutant.bugs = texts_of(from.at("bugs"));
  if (mutant.outcome == MutantOutcome::harmless) {
    mutant.argument = from.at("argument").text();
    return mutant;
  }
  mutant.scenario = from.at("scenario").text();
  mutant.path = from.at("path").text();
  mutant.overrides = texts_of(from.at("set"));
  from.at("hunts").each([&](const JsonValue& hunt) { mutant.hunts.push_back(hunt_of(hunt)); });
  mutant.sound_runs = from.at("sound_runs").number();
  if (auto why = from.optional("why")) mutant.why_unproved = why->text();
  if (auto repro = from.optional("repro")) mutant.repro = repro->text();
  return mutant;
}

KnownBug bug_of(const JsonValue& from) {
  KnownBug bug;
  bug.id = from.at("id").text();
  bug.engine = from.at("engine").text();
  bug.what = from.at("what").text();
  if (auto not_yet = from.optional("not_yet")) bug.not_yet = not_yet->text();
  return bug;
}

}  // namespace

tl::expected<MutantsReport, ReadingProblem> read_mutants(const nlohmann::json& document) {
  Disappointment first;
  JsonValue root(document, "", first);
  if (root.at("schema").text() != "holdfast.report/1")
    root.at("schema").refuse("\"holdfast.report/1\"");
  if (root.at("kind").text() != "mutants")
    root.at("kind").refuse("\"mutants\": a report that `mutants` wrote");
  MutantsReport report;
  report.catalogue = root.at("catalogue").text();
  report.seeds_max = root.at("seeds_max").number();
  report.seconds = root.at("seconds").real();
  root.at("mutants").each(
      [&](const JsonValue& mutant) { report.mutants.push_back(mutant_of(mutant)); });
  root.at("bugs").each([&](const JsonValue& bug) { report.bugs.push_back(bug_of(bug)); });
  if (root.at("score").at("killed").number() != report.count(MutantOutcome::killed))
    root.at("score").at("killed").refuse("as many as the mutants say");
  if (first.is_there()) return tl::unexpected(ReadingProblem{first.pointer, first.message});
  return report;
}

}  // namespace holdfast::reports
