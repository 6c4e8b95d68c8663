// The course of one run: see sim/world.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/adversary.h"
#include "sim/boot.h"
#include "sim/world.h"

namespace holdfast::sim {

class Run {
 public:
  Run(const WorldSpec& spec, Choices& choices, std::uint64_t run_number, RunOptions options);

  RunResult execute();

 private:
  using Outcome = Boot::Outcome;

  bool create();
  bool learn();
  // Opens until it is judged; false: the run is over.
  bool open_and_judge(bool may_be_cut, bool must_settle);
  bool open_once(std::optional<Phase> may_be_cut, bool must_settle, bool& was_cut);
  bool judge_once(bool& was_cut);
  bool look_again(bool& was_cut);
  bool settle(bool& was_cut);
  bool work(std::uint64_t cycle);
  void plan_recovery_cut(Phase phase, std::uint64_t nth);
  void plan_resync_cut(std::uint64_t nth);
  bool stop();
  void look_degraded(std::vector<Media> copies);

  void power_on(const std::vector<bool>& present);
  void spare_superblocks();
  void begin_errors();
  DiskFaults faults_of(std::size_t device) const;
  void rot();
  void deceived(std::size_t device, Extent extent);
  Boot::Outcome read_quietly(oracle::Observation& seen);
  void count_misdeeds();
  void note_errors();
  void power_off(CycleEnd how);
  void reach(Boot::Outcome outcome, std::string_view what, bool& was_cut);
  bool refuse(const OpenError& error);
  bool has_journal_failed() const;
  bool has_rotten_journal() const;
  bool is_journal_lost() const;
  oracle::Opening opening();
  void tell_if_settled();
  void compare_members(const oracle::Observation& seen);
  std::vector<unsigned> missing_roles() const;
  void look_for_unreadable();
  std::vector<oracle::MemberPlace> unreadable_places() const;
  std::size_t device_of(unsigned role) const;
  std::optional<unsigned> role_of(std::size_t device) const;  // nothing: a spare, the journal
  void report_cut();
  void record_end(CycleEnd how);
  std::uint64_t crashes() const { return counts_.power_cuts + counts_.host_crashes; }
  void note_findings();
  std::uint64_t note(oracle::Finding& finding, bool is_declared);
  std::uint64_t events_of_requests() const;
  std::uint64_t events_max() const;
  RunResult result();

  const WorldSpec& spec_;
  RunOptions options_;
  std::uint64_t run_number_;
  Trace trace_;
  TracedChoices choices_;
  Entropy entropy_;
  Witness witness_;
  WorkloadSpec workload_;
  std::vector<Media> media_;
  Adversary adversary_;
  std::optional<Lookout> lookout_;  // if moments are counted, or aimed at
  CrashRecord crashes_;
  std::unique_ptr<Boot> boot_;
  std::unique_ptr<oracle::History> history_;
  std::unique_ptr<oracle::Judge> judge_;
  std::unique_ptr<oracle::Observation> seen_;  // by the last full read,
  // without these roles; nothing if one of them went in the middle of it
  std::optional<std::vector<unsigned>> seen_missing_{std::in_place};
  oracle::CutReport cut_;
  oracle::Judgement judgement_;
  RunCounts counts_;
  RunRecord record_;
  DeviceLimits limits_;  // of the volume
  std::uint64_t events_of_requests_ = 0;
  Nanoseconds now_;
  std::uint64_t recovery_events_ = 2;   // of the last one that was not cut
  std::size_t findings_noted_ = 0;
  std::size_t declared_noted_ = 0;
  bool power_was_lost_ = false;         // by some device, since the last judged recovery
  std::vector<unsigned> missing_before_;  // roles, since then
  std::vector<std::vector<Lba>> had_unreadable_;  // by device, since then
  bool had_damaged_journal_ = false;  // since then
  bool had_failed_journal_ = false;  // ever
  // A journal that had failed was not replayed to the end, and no resync was since.
  bool had_ill_replay_ = false;
  std::optional<std::uint64_t> log_deceived_at_;  // at which open, or since it
  std::uint64_t judged_open_ = 0;                 // the last one
  bool is_honest_ = false;                        // no device deceives any more
  bool has_settled_ = false;            // in this boot, before the first request
};

}  // namespace holdfast::sim
