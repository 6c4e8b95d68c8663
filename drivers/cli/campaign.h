// Many seeds of one scenario, run by several threads, one world in each at a time.
//
//   shard of a seed range --batches--> threads --Tally each--> merged Tally --> reports::Campaign
//
//   K1  The result does not depend on the number of threads: all that is kept of a run is added up, or belongs to the
//       lowest seed that showed it.
//   K2  One run in twenty, the first among them, is made twice (all, if asked) and must have the same trace hash; so is the
//       run that tells each distinct finding.
//   K3  A broken rule of the core (check) ends the process with `violated`, after the repro line of the seed
//       (drivers/cli/broken_rule.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "reports/campaign.h"
#include "scenarios/scenario.h"

namespace holdfast::drivers {

struct CampaignOptions {
  std::uint64_t first_seed = 0;
  std::uint64_t end_seed = 1;  // not included
  reports::Shard shard;  // of these seeds
  bool is_single_run = false;  // --seed: marks are not demanded
  bool compares_all = false;  // every run is made twice
  bool counts_moments = false;
  unsigned threads = 1;
  std::string repro;  // the command line to which " --seed 0x…" is added
  // Asked before each run: true leaves the rest out, and the report counts as many seeds as were run, whichever they were.
  std::function<bool()> is_over;
};

// Told from time to time: runs done so far, power cuts so far, seconds.
using CampaignProgress = std::function<void(std::uint64_t, std::uint64_t, double)>;

reports::Campaign run_campaign(const scenarios::Scenario& scenario, const CampaignOptions& options,
                               const CampaignProgress& progress);

// Whether the scenario asks for this verdict. A volume that declares its write hole has it among what is declared; any
// other is one that it promised not to have.
bool is_expected(const scenarios::Scenario& scenario, oracle::Verdict verdict, bool is_declared);

// --shard "K/N": the Kth of N. What is wrong, or nothing.
std::string parse_shard(const std::string& text, reports::Shard& into);

}  // namespace holdfast::drivers
