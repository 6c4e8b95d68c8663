// Watches one run for the moments it comes through, and says when one has come that its power is to go in.
//
//   boots -> begins(phase) -> [ accessed* -> step ]* -> cut | rests
//
//   L1  Looks only while the power may go: between begins() and rests().
//   L2  A moment is passed when a step of the machine ends there: all that was ready has run, and nothing else may happen
//       before the power goes.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/base/types.h"
#include "sim/moment.h"
#include "sim/trace.h"
#include "sim/world.h"

namespace holdfast::sim {

class Lookout {
 public:
  explicit Lookout(const WorldSpec& spec) : spec_(spec), is_missing_(spec.devices.size()) {}

  void boots(const std::vector<bool>& present);
  void begins(Phase phase);
  void rests() { is_looking_ = false; }
  bool is_looking() const { return is_looking_; }
  // The `nth` time from 0 that this moment comes, it is time. Until it came, or the next begins().
  void aim(const Moment& moment, std::uint64_t nth);

  // Told by a disk, by kind of the request.
  void accessed(std::uint16_t device, EventKind request, Extent extent, bool has_ended);
  void lost(std::size_t device) { is_missing_[device] = true; }
  // Told at the end of a step: whether it is time.
  bool step();
  // The power went.
  void cut();

  const MomentCounts& counts() const { return counts_; }

 private:
  Access access_of(std::uint16_t device, EventKind request, Lba first) const;
  Missing missing() const;

  const WorldSpec& spec_;
  std::vector<bool> is_missing_;
  bool is_looking_ = false;
  bool is_new_ = false;  // there was an access in this step
  bool was_any_ = false;  // since begins()
  Moment moment_;
  std::optional<Moment> aim_;
  std::uint64_t times_left_ = 0;
  MomentCounts counts_;
};

}  // namespace holdfast::sim
