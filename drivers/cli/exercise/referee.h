// What is known of the volume across all lives: its history, and the judge. Lives in the judging process; a forked engine
// has a copy, which goes on from the same state.
//
//   judging process: hear(event)*, crashed() | stopped(), judge(seen) -> pinned         its copy: pin(seen)
//
//   G1  Both take the same limits and the same observations in the same order, so their numbers agree
//       (oracle/history_event.h, E2).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "drivers/cli/exercise/setup.h"
#include "oracle/judge.h"

namespace holdfast::drivers {

// What a volume that was read whole says of itself.
struct LookCircumstances {
  std::vector<std::size_t> missing_devices;
  bool is_settled = false;  // nothing is left to resync
  bool is_first_of_life =
      false;  // nobody has written in this life: what its members hold is what it shows
};

class Referee {
 public:
  explicit Referee(const ExerciseSetup& setup) : setup_(setup) {}

  // Of the part that is exercised; the first time history begins.
  void meet(const DeviceLimits& limits);
  bool has_met() const { return history_ != nullptr; }
  bool has_learnt() const { return has_learnt_; }
  oracle::History& history() { return *history_; }
  const oracle::History& history() const { return *history_; }
  oracle::Observation blank() const;

  void pin(const oracle::Observation& seen);
  void judge(const oracle::Observation& seen, const LookCircumstances& look);

  void crashed() { history_->crash(oracle::Crash::host); }
  void stopped() { history_->clean_stop(); }
  void device_failed(std::size_t device);
  // Findings from now on came after this many kills.
  void set_kills(std::uint64_t kills) { kills_ = kills; }
  void note_findings();

  oracle::Judgement& judgement() { return judgement_; }
  std::vector<unsigned> roles_of(const std::vector<std::size_t>& devices) const;
  // Members that were read raw could not be; empty if they could.
  const std::string& problem() const { return problem_; }

 private:
  void compare_members(const oracle::Observation& seen, const std::vector<unsigned>& missing);

  const ExerciseSetup& setup_;
  std::unique_ptr<oracle::History> history_;
  std::unique_ptr<oracle::Judge> judge_;
  oracle::Judgement judgement_;
  bool has_learnt_ = false;
  std::uint64_t kills_ = 0;
  std::size_t findings_noted_ = 0;
  std::size_t declared_noted_ = 0;
  std::vector<unsigned> failed_since_;  // roles, since the last judgement
  std::string problem_;
};

}  // namespace holdfast::drivers
