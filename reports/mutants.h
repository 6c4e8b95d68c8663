// What `mutants` found: each way to break the engine, and how soon the verifier noticed.
//
//   outcome of a mutant   killed     some range of seeds found it, and the unbroken scenario holds on the same seeds
//                         survived   no range did
//                         unproved   it was found, but the unbroken scenario does not hold either: nothing is shown
//                         harmless   not run; its argument says why nothing is lost
//
//   Score: killed of applicable, which are all but the harmless ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::reports {

enum class MutantOutcome : std::uint8_t { killed, survived, unproved, harmless };
std::string_view name_of(MutantOutcome outcome);

// Seeds one after another until one notices.
struct Hunt {
  std::uint64_t first_seed = 0;
  std::uint64_t end_seed = 0;  // not included
  std::uint64_t seeds = 0;  // tried, the last of them noticed
  double core_seconds = 0;  // of one core, to make ready included
  std::string
      verdict;  // by name; "nondeterministic"; "check: …", "crash: …" or "hang"; empty: none noticed

  bool has_killed() const { return !verdict.empty(); }
  std::uint64_t last_seed() const { return first_seed + seeds - 1; }
};

struct MutantTried {
  std::string id;
  std::vector<std::string> rules, sabotages, overrides;  // "name=value"
  std::vector<std::string> bugs;
  std::string scenario;  // its name; empty of a harmless one
  std::string path;
  MutantOutcome outcome = MutantOutcome::survived;
  std::string argument;  // of a harmless one
  std::vector<Hunt> hunts;  // over ranges that don't overlap
  std::uint64_t sound_runs = 0;  // of the unbroken scenario
  std::string why_unproved;
  std::string repro;  // to paste; empty if none noticed

  // Of all hunts; those that found nothing count with what they tried.
  std::uint64_t median_seeds() const;
  double median_seconds() const;
  std::string verdict() const;  // of the first hunt that noticed
};

// One that really happened, somewhere.
struct KnownBug {
  std::string id;
  std::string engine;
  std::string what;
  std::string not_yet;  // why nobody brings it back
};

struct MutantsReport {
  std::string catalogue;  // its path
  std::uint64_t seeds_max = 0;  // of a hunt
  double seconds = 0;
  std::vector<MutantTried> mutants;
  std::vector<KnownBug> bugs;

  std::uint64_t count(MutantOutcome outcome) const;
  // Killed mutants that bring this bug back.
  std::vector<std::string> found_by(const KnownBug& bug) const;
  std::uint64_t applicable() const { return mutants.size() - count(MutantOutcome::harmless); }
};

std::string text_of(const MutantsReport& report);
std::string markdown_of(const MutantsReport& report);
std::string json_of(const MutantsReport& report);

}  // namespace holdfast::reports
