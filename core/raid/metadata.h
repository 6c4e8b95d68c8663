// What the superblocks of an array say while it runs, and when they durably say it.
//
//   clean, in sync    resync_offset ~0          written when idle and at a clean stop
//   clean, resyncing  resync_offset = position  a restart goes on from there
//   dirty             resync_offset 0           written before the first write; after a crash everything is resynced
//
//   D1  No write goes to a member before the superblocks durably say dirty, and who is missing.
//   D2  No write or flush that a member missed is acked before the surviving superblocks durably call it faulty; while
//       parity may be torn no read either, or the blocks that it computed might change when the member is back.
//   D3  A clean mark, or a resync position, is written only after all members were flushed.
//   D4  Superblocks are written PREFLUSH|FUA, half of the members, then the other half: never all at once.
//   D5  No superblock says events N + 1 before every active member durably says N: two behind would be stale.
//   D6  A life that began without some member records that twice: the member may carry one event that no other has seen,
//       and must not stand level with those who went on without it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/raid/members.h"
#include "core/raid/rules.h"
#include "core/task/mutex.h"

namespace holdfast::raid {

class Metadata {
 public:
  static constexpr Lba everything{in_sync};

  // `freshest` is the superblock that assembly believed. Spares are told of every change, too.
  Metadata(Members& members, std::vector<Member> spares, Superblock freshest,
           const RaidRules& rules, Ports ports);

  // Member sectors below this are resynced. Set in memory only; the superblocks follow by the next mark or checkpoint.
  Lba resync_position() const { return resync_position_; }
  bool is_synced(Extent span) const { return span.end() <= resync_position_; }
  bool is_in_sync() const { return resync_position_ == everything; }
  void resynced_to(Lba position) { resync_position_ = position; }

  // D1. If not ready, prepare first.
  bool is_ready_for_writes() const {
    return is_recorded() && (says_dirty_ || !rules_.mark_dirty_before_write);
  }
  Task<IoResult> prepare_for_writes();

  // D2. Whether all superblocks durably say the same and name all who are missing; record() makes it so, or answers
  // `failed`.
  bool is_recorded() const { return recorded_epoch_ == members_.epoch(); }
  Task<IoResult> record();

  // D3. Does nothing if writes are in flight (a count that its owner raises before it asks is_ready_for_writes).
  Task<IoResult> mark_clean(const std::uint64_t& writes_in_flight);
  Task<IoResult> checkpoint_resync();

  // Flushes every active member; one that can't is failed. `failed` if that was one too many.
  Task<IoResult> flush_members();

 private:
  Task<IoResult> flush_member(int role);
  Task<IoResult> write_superblocks(Lba position);
  Task<> catch_up();
  Task<> write_in_halves(std::span<const int> roles);
  Task<> write_to(std::span<const int> roles);
  Task<> write_to_spares();
  Task<IoResult> write_one(Member& member);
  void update_roles();

  Members& members_;
  std::vector<Member> spares_;
  Superblock shared_;  // events, resync_offset, dev_roles and update time as last written
  const RaidRules& rules_;
  Ports ports_;
  Mutex writing_;
  Lba resync_position_;
  Lba recorded_position_;
  std::uint64_t recorded_epoch_;
  bool may_be_overtaken_;  // D6
  bool says_dirty_ = false;
};

}  // namespace holdfast::raid
