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
//   D7  With a journal nothing is ever dirty: what an unclean stop left half written, its replay makes whole. Nor once it has
//       failed: then nothing but repairs is written, and those tear no stripe. The journal's superblock is
//       written with the others (D5 holds for it too), and alone when only its tail moves.
//   D8  A life with a journal records its beginning, twice: no write of it would raise an event (D7), and a copy of the journal,
//       or of a member, from before it must not stand level with those who went on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
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
  Metadata(Members& members, std::vector<Member> spares, std::optional<Member> journal,
           Superblock freshest, const RaidRules& rules, Ports ports);

  // Member sectors below this are resynced. Set in memory only; the superblocks follow by the next mark or checkpoint.
  Lba resync_position() const { return resync_position_; }
  bool is_synced(Extent span) const { return span.end() <= resync_position_; }
  bool is_in_sync() const { return resync_position_ == everything; }
  void resynced_to(Lba position) {
    resync_position_ = position;
    flushed_position_ = std::min(flushed_position_, position);
  }
  // The members were flushed since: the next superblocks may say so.
  void resynced_durably_to(Lba position) { resync_position_ = flushed_position_ = position; }

  // D1. If not ready, prepare first.
  bool is_ready_for_writes() const {
    return is_recorded() && (says_dirty_ || is_journaled_ || !rules_.mark_dirty_before_write);
  }
  Task<IoResult> prepare_for_writes();

  // D2. Whether all superblocks durably say the same and name all who are missing; record() makes it so, or answers
  // `failed`.
  bool is_recorded() const { return recorded_epoch_ == members_.epoch(); }
  Task<IoResult> record();

  // D3. Does nothing if writes are in flight (a count that its owner raises before it asks is_ready_for_writes).
  Task<IoResult> mark_clean(const std::uint64_t& writes_in_flight);
  Task<IoResult> checkpoint_resync();

  // D7.
  bool has_journal() const { return journal_.has_value(); }
  const Member& journal() const { return *journal_; }
  // The journal's superblock alone, without a new event; durable when it answers.
  Task<IoResult> record_journal_tail(Lba tail);
  // Called when its superblock can't be written.
  void watch_journal(std::function<void(IoError)> on_error) {
    on_journal_error_ = std::move(on_error);
  }
  // The journal fails, but is still needed: only record() goes on, for who is missing must be told.
  void journal_fails() { journal_fails_ = true; }
  bool is_journal_failing() const { return journal_fails_; }
  // From the next record() on the superblocks call the journal faulty, and its own is left alone.
  Task<> drop_journal();

  // Whether any superblock of this array was ever written by somebody who ran it.
  bool is_fresh_from_create() const { return shared_.events == 0; }

  // Flushes every active member; one that can't is failed. `failed` if that was one too many.
  Task<IoResult> flush_members();

 private:
  Task<IoResult> write_superblocks(Lba position);
  Task<IoResult> catch_up();
  Task<> write_in_halves(std::span<const int> roles);
  Task<> write_to(std::span<const int> roles);
  Task<IoResult> write_to_member(int role);
  Task<> write_to_spares();
  Task<> write_to_journal();
  Task<IoResult> write_one(Member& member, bool with_news);
  void update_roles();

  Members& members_;
  std::vector<Member> spares_;
  std::optional<Member> journal_;
  Superblock shared_;  // events, resync_offset, dev_roles and update time as last written
  const RaidRules& rules_;
  Ports ports_;
  Mutex writing_;
  Lba resync_position_;
  Lba flushed_position_;  // D3: how far resync came when the members were last flushed for it
  Lba recorded_position_;
  std::uint64_t recorded_epoch_;
  bool may_be_overtaken_;  // D6, D8
  bool is_journaled_;  // D7: it has a journal, or had one and takes no writes
  bool says_dirty_ = false;
  bool journal_fails_ = false;
  std::function<void(IoError)> on_journal_error_;
};

}  // namespace holdfast::raid
