// The catalogue of mutants: ways to break an engine or its devices on purpose, each with the scenario that must notice.
//
//   { "schema": "holdfast.mutants/1",
//     "mutants": [
//       { "id": "refuse_stale_members", "rules": {"refuse_stale_members": false}, "bugs": ["md-stale-member"],
//         "scenario": "../scenarios/raid/member_dies_in_mid_write.json", "set": ["workload.depth=16"] },
//       { "id": "log_drops_flushes", "sabotage": {"log": "drop_flush"}, "scenario": "…" },
//       { "id": "…", "rules": {…}, "harmless": "why nothing is lost without it" } ],
//     "bugs": [
//       { "id": "md-stale-member", "engine": "md", "what": "…" },
//       { "id": "wb-magic-first", "engine": "writeboost", "what": "…", "not_yet": "there is no such engine yet" } ] }
//
//   G1  Every rule of every engine is broken by some mutant, alone or with others, and to a value that is not its default.
//   G2  Every known bug is brought back by a mutant that must be found, or says why that is not possible yet.
//   G3  Paths of scenarios are relative to the catalogue's folder. A mutant without `harmless` names its scenario.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace holdfast::scenarios {

struct Mutant {
  std::string id;
  std::vector<std::string> rules;  // "name=value", as --rule takes them
  std::vector<std::string> sabotages;  // "m1=drop_flush:3", as --sabotage takes them
  std::vector<std::string> overrides;  // as --set takes them
  std::vector<std::string> bugs;
  std::string harmless;  // why; empty: it must be found
  std::string path;  // of the scenario
  std::optional<Scenario> broken, sound;  // with what is broken, and without; not of a harmless one
};

struct KnownBug {
  std::string id;
  std::string engine;
  std::string what;
  std::string not_yet;  // why it can't be brought back; empty: some mutant does
};

struct MutantCatalogue {
  std::vector<Mutant> mutants;
  std::vector<KnownBug> bugs;
};

Parsed<MutantCatalogue> read_mutant_catalogue(const std::string& path);

// The scenario that a catalogue names, with overrides and rules.
using ReadScenario = std::function<Parsed<Scenario>(const std::string& path,
                                                    const std::vector<std::string>& overrides,
                                                    const std::vector<std::string>& rules)>;
Parsed<MutantCatalogue> parse_mutant_catalogue(const std::string& name, const std::string& text,
                                               ReadScenario read);

}  // namespace holdfast::scenarios
