// What `sim` found: one campaign for each scenario, over many seeds.
//
//   outcome    held              nothing was found; or exactly what the scenario expects, by at least one run
//              violated          some run broke a promise
//              nondeterministic  two runs of one seed differed: nothing else here can be believed
//              vacuous           nothing was judged, a required mark was never reached, or what the scenario
//                                expects was never found
//
//   C1  Equal scenario and seeds: equal in everything but times, whatever the number of threads, and whether they ran in one
//       process or in shards that were merged.
//   C2  Of a shard marks and what the scenario expects are not demanded: they are when the shards are merged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oracle/verdict.h"
#include "reports/mutants.h"
#include "reports/seed_range.h"
#include "reports/timeline.h"
#include "reports/trace_use.h"
#include "sim/world.h"

namespace holdfast::reports {

enum class Outcome : std::uint8_t { held, violated, nondeterministic, vacuous };
std::string_view name_of(Outcome outcome);

struct MarkReached {
  std::string name;
  bool is_required = false;
  std::uint64_t runs = 0;  // that reached it
  std::uint64_t count = 0;  // in all of them
};

// All findings of one signature, told by that of the lowest seed.
struct DistinctFinding {
  oracle::Finding finding;
  std::uint64_t seed = 0;
  std::uint64_t runs = 0;  // that found it
  bool is_expected = false;
  std::string repro;  // to paste
  std::string file;  // the failure file; empty if none was asked for
  std::vector<std::string> notes;  // of the engine in that run, oldest first
  std::vector<std::string> events;  // the last of each device, in the order of time
  std::optional<Timeline> timeline;  // of the first findings
};

// What `fuzz` did beside running seeds. A campaign under pressure demands neither marks nor what the scenario expects.
struct Pressure {
  std::uint64_t rounds = 0;  // each with its own settings
  std::uint64_t aimed_rounds = 0;  // whose power cuts aimed at one moment
  std::uint64_t demoting_rounds = 0;  // whose devices completed by priorities
  sim::MomentCounts moments;

  std::uint64_t moments_passed() const;
  // Those that were passed, and the power never went in them.
  std::vector<sim::Moment> left_out() const;
};

struct Campaign {
  std::string scenario;
  std::string path;
  std::uint64_t scenario_hash = 0;  // of what was run: with what --set and --rule made of the file
  Outcome outcome = Outcome::held;
  std::string why;  // of an outcome that the findings don't explain
  std::string expected;  // verdict; empty if none
  std::optional<TraceUse> trace;  // if clients made the requests of one
  std::uint64_t first_seed = 0;
  std::uint64_t end_seed = 0;  // not included
  Shard shard;  // of these seeds
  bool is_single_run =
      false;  // one seed, looked at closely: events are told, marks are not demanded
  std::optional<Pressure> pressure;  // of `fuzz`
  unsigned threads = 1;
  double seconds = 0;
  double core_seconds = 0;  // in runs, of all threads together
  sim::RunCounts counts;
  oracle::Counts looked_at;
  std::vector<MarkReached> marks;  // required ones first, then by name
  std::vector<DistinctFinding> violations;  // by seed
  std::vector<DistinctFinding> declared;  // what the volume doesn't promise: excused, or expected
  std::uint64_t runs_compared = 0;  // run twice
  std::uint64_t runs_equal = 0;  // with equal trace hashes
  std::uint64_t trace_hash = 0;  // over all runs

  std::uint64_t runs() const { return shard.seeds_of(end_seed - first_seed); }
  double cuts_per_core_second() const;
  // How much faster than real time one core simulates.
  double times_real_time() const;
};

struct RunReport {
  std::vector<Campaign> campaigns;
  std::optional<MutantsReport> mutants{};  // shown beside them, on the page

  // The worst: violated, nondeterministic, vacuous, held.
  Outcome outcome() const;
};

// Sets outcome and why. `divergence` is empty if no two runs of one seed differed.
void decide(Campaign& campaign, const std::string& divergence);
// The findings that may have a timeline, in the order in which they get one.
std::vector<DistinctFinding*> told_findings(Campaign& campaign);

std::string text_of(const RunReport& report);
std::string markdown_of(const RunReport& report);
std::string json_of(const RunReport& report);

}  // namespace holdfast::reports
