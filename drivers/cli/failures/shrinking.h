// Makes a failure smaller, step by step, as long as the oracle says the same of it.
//
//   last cycles -> whole families of choices -> clients -> operations -> choices one by one -> sizes -> again, until nothing goes
//
//   S1  Each step is kept only if the run that it gives shows the signature; then the choices that nobody asked for go, too.
//   S2  After each step the best failure so far is told, and is a failure file's content: going on from it loses nothing.
//   S3  Equal failure and program: equal steps. Time only says how many of them.
#pragma once

#include <cstdint>
#include <functional>

#include "scenarios/failure_file.h"

namespace holdfast::drivers {

struct ShrinkingHooks {
  std::function<bool()> is_over;
  std::function<void(const sim::Failure&)> best;  // S2
  std::function<void(const sim::Failure&, std::uint64_t)> tried;  // how many runs so far
};

class Shrinking {
 public:
  Shrinking(scenarios::FailureFile file, ShrinkingHooks hooks);

  // False if the failure does not fail to begin with.
  bool run();
  const sim::Failure& best() const { return best_; }
  const scenarios::Scenario& scenario() const { return scenario_; }  // of the best
  std::uint64_t runs() const { return runs_; }
  // Nothing more can be left out: it was not stopped.
  bool is_done() const { return is_done_; }

  // Operations that are done, over all cycles.
  static std::uint64_t operations_of(const sim::Failure& failure, const sim::WorldSpec& world);

 private:
  bool accepts(sim::Failure candidate);
  bool accepts(sim::Failure candidate, const std::vector<std::string>& overrides);
  bool is_over() const { return hooks_.is_over(); }

  void end_earlier();
  void leave_out_families();
  void leave_out_family(sim::Family family);
  void take_fewer_clients();
  void leave_out_operations();
  void leave_out_choices();
  void take_smaller_answers();
  void take_smaller_requests();
  void take_larger_requests();
  void take_smaller_devices();
  void count_anew();
  void cut_at_the_end();
  void cut_at_the_end(std::uint64_t cycle);
  void lose_whole_caches();

  sim::Failure best_;
  scenarios::Scenario scenario_;
  ShrinkingHooks hooks_;
  std::uint64_t runs_ = 0;
  std::uint64_t steps_ = 0;
  bool is_done_ = false;
};

}  // namespace holdfast::drivers
