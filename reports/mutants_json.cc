#include "reports/json_parts.h"
#include "reports/mutants.h"

namespace holdfast::reports {
namespace {

Json json_of(const std::vector<Hunt>& hunts) {
  Json list = Json::array();
  for (const Hunt& hunt : hunts) {
    Json out{{"seeds", {{"first", hex(hunt.first_seed)}, {"end", hex(hunt.end_seed)}}},
             {"tried", hunt.seeds},
             {"core_seconds", hunt.core_seconds}};
    if (hunt.has_killed()) {
      out["verdict"] = hunt.verdict;
      out["seed"] = hex(hunt.last_seed());
    }
    list.push_back(std::move(out));
  }
  return list;
}

Json json_of(const MutantTried& mutant) {
  Json out{{"id", mutant.id},
           {"outcome", name_of(mutant.outcome)},
           {"rules", mutant.rules},
           {"sabotage", mutant.sabotages},
           {"bugs", mutant.bugs}};
  if (mutant.outcome == MutantOutcome::harmless) {
    out["argument"] = mutant.argument;
    return out;
  }
  out["scenario"] = mutant.scenario;
  out["path"] = mutant.path;
  out["set"] = mutant.overrides;
  out["hunts"] = json_of(mutant.hunts);
  out["median_seeds_to_kill"] = mutant.median_seeds();
  out["median_core_seconds_to_kill"] = mutant.median_seconds();
  out["sound_runs"] = mutant.sound_runs;
  if (!mutant.why_unproved.empty()) out["why"] = mutant.why_unproved;
  if (!mutant.repro.empty()) {
    out["verdict"] = mutant.verdict();
    out["repro"] = mutant.repro;
  }
  return out;
}

Json json_of(const KnownBug& bug, const std::vector<std::string>& found_by) {
  Json out{{"id", bug.id}, {"engine", bug.engine}, {"what", bug.what}, {"found_by", found_by}};
  if (!bug.not_yet.empty()) out["not_yet"] = bug.not_yet;
  return out;
}

}  // namespace

std::string json_of(const MutantsReport& report) {
  Json out{{"schema", "holdfast.report/1"}, {"kind", "mutants"}, {"catalogue", report.catalogue}};
  out["seeds_max"] = report.seeds_max;
  out["seconds"] = report.seconds;
  out["score"] = {{"killed", report.count(MutantOutcome::killed)},
                  {"applicable", report.applicable()},
                  {"survived", report.count(MutantOutcome::survived)},
                  {"unproved", report.count(MutantOutcome::unproved)},
                  {"harmless", report.count(MutantOutcome::harmless)}};
  out["mutants"] = Json::array();
  for (const MutantTried& mutant : report.mutants) out["mutants"].push_back(json_of(mutant));
  out["bugs"] = Json::array();
  for (const KnownBug& bug : report.bugs) out["bugs"].push_back(json_of(bug, report.found_by(bug)));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
