// Who makes things go wrong in one run: how each cycle ends, which devices suffer, and when.
//
//   A1  Only victims suffer: max_degraded devices, chosen once. So the budget is kept without counting.
//   A2  A victim is well, or lost: it dropped, was absent at an open, or the volume goes on without it. A lost one may be
//       back at a later open with what it held; well again is who the volume then uses.
//   A3  A journal that dropped is back at the next open, unless an open has shown that the volume goes on without it: until
//       then it may be the only one that holds what was acked durably, and two devices would be lost at once.
//   A4  A journal that is absent at an open, though the volume counts on it, is away for this one open, which is to be
//       refused.
//   A5  Sectors of a journal go bad only where it is the only victim and no power is cut: what it held stands in the members'
//       caches. What was being written then has lost its only witness. One sector at a time: never a record and what tells
//       of it.
//   A6  Silent faults keep to the same victims: so of each stripe no more than parity repairs is wrong, and of each superblock
//       that has copies there is a good one. A journal deceives where A5 lets its sectors go bad, never in its superblock, which
//       has no copy. Over budget every device deceives, and all superblocks are spared.
//   A7  Whose superblock was hit, by deceit or by a tear, may make the volume refuse: then it is left out, as the refusal says.
//   A8  Any device may stall.
//   A9  Of victims by stripes one device less is chosen for the whole run. In its place any member's sectors may go bad, or rot, in
//       stripes that are its own: a stripe never has more than parity repairs, and no superblock is hit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/media.h"
#include "sim/stripe_atlas.h"
#include "sim/world.h"

namespace holdfast::sim {

FaultSpec swarmed(FaultSpec spec, Choices& choices);

enum class CycleEnd : std::uint8_t { power_cut, host_crash, clean_stop };

// A moment in a workload: so many events after the submit of an operation.
struct Instant {
  std::uint32_t operation = 0;
  std::uint64_t events = 0;
};

struct CyclePlan {
  CycleEnd end = CycleEnd::power_cut;
  Instant instant;  // of a crash
  std::optional<std::size_t> lost;  // drops alone,
  Instant lost_at;  // here
  std::optional<std::size_t> first_dark;  // loses its power
  std::uint64_t dark_events = 0;  // so many events before the others
};

class Adversary {
 public:
  // `atlas`: A9, else none.
  Adversary(const FaultSpec& spec, std::size_t devices, std::optional<std::size_t> journal,
            std::uint32_t operations, std::optional<StripeAtlas> atlas, Choices& choices);

  CyclePlan plan(std::uint64_t cycle);
  // Who is there at the next open; may damage sectors of victims.
  std::vector<bool> devices_at_open(std::vector<Media>& media, RunCounts& counts);
  // Bits that changed while the power was off: the sectors.
  std::vector<Lba> rot(Media& media);
  void dropped(std::size_t device) { lost_[device] = true; }
  void erred(std::size_t device) { has_erred_[device] = true; }
  // Its superblock may be wrong from now on.
  void deceived_superblock(std::size_t device) { has_wrong_superblock_[device] = true; }
  // A7: one more of these stays away from now on, if there is one left.
  bool leaves_out();
  bool is_victim(std::size_t device) const { return is_victim_[device]; }
  // After a successful open: the devices that the volume goes on without.
  void volume_misses(const std::vector<std::size_t>& devices);

  CompletionOrder order() const { return order_; }
  bool settles(std::uint64_t nth_open) const;
  // Whether recovery is cut, after how many events; `expected` is what an undisturbed one took lately.
  std::optional<std::uint64_t> recovery_cut(std::uint64_t nth_open, std::uint64_t expected) const;
  // Aimed cuts: how often the moment is let pass.
  std::uint64_t passes_of(Family family, std::uint64_t nth) const;
  // For a device that is no victim only A8, unless over budget.
  DiskFaults errors_of(std::size_t device) const;
  // A4, of the latest open.
  bool is_journal_away() const { return is_journal_away_; }
  // A5: at the latest open some sector of it could not be read.
  bool was_journal_damaged() const { return was_journal_damaged_; }
  // Commands to victims may fail at any time, and the volume may then give them up.
  bool may_err() const;
  // Whether the volume may go on without some device: one is lost, has failed a command since the volume was last judged,
  // or has sectors that can't be read.
  bool has_struck(const std::vector<Media>& media) const;

 private:
  bool may_suffer(std::size_t device) const;
  bool is_journal_present(std::uint64_t nth_open, RunCounts& counts);
  bool may_damage_log() const;
  bool may_deceive(std::size_t device) const;
  bool may_hit(std::size_t device, Lba sector) const;
  void damage(Media& media, std::uint64_t nth_open);
  std::optional<std::size_t> well_victim(Key key) const;
  Instant choose_instant(Family family, std::uint64_t cycle) const;

  FaultSpec spec_;
  std::optional<std::size_t> journal_;
  std::uint32_t operations_;
  std::optional<StripeAtlas> atlas_;
  Choices& choices_;
  std::vector<bool> is_victim_;
  std::vector<bool> lost_;
  std::vector<bool> has_erred_;
  std::vector<bool> has_wrong_superblock_;  // ever
  std::vector<bool> is_left_out_;
  std::uint64_t opens_ = 0;
  CompletionOrder order_ = CompletionOrder::modeled;
  bool is_journal_given_up_ = false;  // an open has shown it
  bool is_journal_away_ = false;
  bool was_journal_damaged_ = false;
};

}  // namespace holdfast::sim
