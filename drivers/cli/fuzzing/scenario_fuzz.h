// One scenario under pressure, round by round: each round is a small campaign of its own settings.
//
//   round 0      the scenario as it is
//   then         two aimed rounds: power cuts in the moment that runs came through and that was cut in least
//                one free round:   wild settings; the devices of one in three complete by priorities
//
//   F1  A finding is told by a line that `sim` takes: the round's settings and the seed. Nothing else has to be kept.
//   F2  Rounds have seeds of their own, one after the other; what a round does depends on those before it, and so, where
//       time is up, on the machine.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drivers/cli/campaign.h"
#include "drivers/cli/failures/failure_folder.h"
#include "drivers/cli/fuzzing/settings.h"
#include "drivers/cli/scenario_choice.h"

namespace holdfast::drivers {

struct FuzzPlan {
  std::uint64_t first_seed = 0;
  unsigned threads = 1;
};

class ScenarioFuzz {
 public:
  ScenarioFuzz(const scenarios::Scenario& base, const ScenarioChoice& choice, const FuzzPlan& plan,
               const FailureFolder& failures);

  // What could not be written, or nothing. `is_time_up`: asked before each run, and if so, the round ends.
  std::string do_round(const std::function<bool()>& is_time_up);
  // Enough was found; more would be told by nobody.
  bool is_over() const;
  // All rounds as one campaign.
  reports::Campaign concluded() const;
  const reports::Campaign& so_far() const { return sum_; }

 private:
  struct Round {
    Settings settings;
    bool is_aimed = false;
    bool demotes = false;
    std::uint64_t seeds = 0;
  };

  Round next_round();
  std::optional<std::size_t> neediest() const;
  Round aimed_at(std::size_t moment);
  Round free_round() const;
  void remember_moments(const Round& round, const sim::MomentCounts& counts);
  void fold(const reports::Campaign& round, const reports::Campaign& news);
  void fold_marks(const std::vector<reports::MarkReached>& marks);
  static void fold_findings(std::vector<reports::DistinctFinding>& into,
                            const std::vector<reports::DistinctFinding>& found,
                            const std::vector<reports::DistinctFinding>& news);

  // How a moment was come through most often, and how often it was aimed at.
  struct Way {
    Settings settings;
    std::uint32_t passed = 0;
    unsigned tries = 0;
  };

  const ScenarioChoice& choice_;
  const FuzzPlan& plan_;
  const FailureFolder& failures_;
  ScenarioText text_;
  scenarios::Scenario base_;
  sim::SeededChoices choices_;
  std::array<Way, sim::moments_count> ways_;
  reports::Campaign sum_;
  std::string divergence_;
};

}  // namespace holdfast::drivers
