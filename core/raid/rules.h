// What a RAID array must do, each rule with the loss it prevents. Production uses the defaults; the verifier breaks them
// one by one, by name, and must notice.
#pragma once

#include <array>
#include <string_view>

namespace holdfast::raid {

struct RaidRules {
  // A member is accepted only if its events are at most one behind the freshest and the freshest superblock does not call
  // it faulty. Without it a member that missed writes serves its old data (md-stale-member).
  bool refuse_stale_members = true;
  // A write that some member missed is acked only after the surviving superblocks durably say that this member is faulty.
  // Without it the member comes back after a power cut and its old data with it (md-ack-before-fail).
  bool record_failure_before_ack = true;
  // A member whose flush, or durable write, failed is failed at once, not when the other members have answered too. Without
  // it a flush that it answers well meanwhile is acked, and what it lost was acked as durable (md-ack-before-fail).
  bool fail_unflushed_at_once = true;
  // A flush is acked only after every member was flushed. Without it a power cut takes flushed data from the members that
  // were left out (md-flush-one-member).
  bool flush_every_member = true;
  // Parity is computed after the last page that it covers has arrived. Without it parity is garbage, seen once degraded.
  bool compute_parity_after_fill = true;
  // A write to a missing member's block goes to parity. Without it the write is acked and nowhere.
  bool degraded_write_updates_parity = true;
  // Where parity may not match data (not resynced yet) it is computed from all data, never from its old value. Without it
  // the mismatch survives the write, and is served once the array is degraded.
  bool reconstruct_unsynced_stripes = true;
  // The superblocks durably say dirty before the first write goes to a member. Without it an unclean stop is not seen, no
  // resync is made, and parity stays torn.
  bool mark_dirty_before_write = true;
  // Members are flushed before the first superblock says clean. Without it a power cut tears parity under a clean mark.
  bool flush_before_clean = true;
  // The first act of opening is a flush of every member. Without it resync believes blocks that a second power cut still
  // takes back (md-recover-without-flush, for arrays without a journal).
  bool flush_before_recovery = true;
  // After an unclean stop parity is recomputed from data. Without it the write hole stays for ever.
  bool resync_after_unclean_stop = true;
  // Resynced parity is flushed before the superblocks say how far resync came. Without it a power cut loses parity behind
  // the checkpoint.
  bool flush_before_resync_checkpoint = true;
  // A member whose superblock is one behind gets the freshest state before anybody gets a newer one. Without it two lives
  // that each end between the halves of an update leave good members two events behind, and the array refuses them.
  bool catch_up_before_new_events = true;
  // Opened degraded though dirty, the superblocks durably call the missing member faulty before anything is read. Without it
  // the member may be back after a power cut, and blocks that were read from torn parity change under the reader.
  bool record_missing_before_serving = true;
  // A repair writes atomic units, and only those that could not be read. Without it a power cut in the middle leaves garbage,
  // and no error tells that, on disks that tear what they write.
  bool repair_by_atomic_units = true;
  // A block that can't be read is lost in its own stripe only. Without it a request over several stripes, each with
  // another bad member, fails though every stripe can be told.
  bool recover_by_stripes = true;
  // A superblock is believed only if its checksum holds. Without it one that is damaged says who is a member.
  bool verify_superblock_checksums = true;
  // A member may hold one event that the others have not seen when a life begins without it. That life records twice, and
  // of equally fresh superblocks the one that is called faulty by the other is not believed. Without it the member returns
  // level with the others, and its old data with it.
  bool outrank_absent_members = true;

  bool operator==(const RaidRules&) const = default;
};

struct RaidRule {
  std::string_view name;
  bool RaidRules::* field;
};

inline constexpr std::array raid_rules{
    RaidRule{"refuse_stale_members", &RaidRules::refuse_stale_members},
    RaidRule{"record_failure_before_ack", &RaidRules::record_failure_before_ack},
    RaidRule{"fail_unflushed_at_once", &RaidRules::fail_unflushed_at_once},
    RaidRule{"flush_every_member", &RaidRules::flush_every_member},
    RaidRule{"compute_parity_after_fill", &RaidRules::compute_parity_after_fill},
    RaidRule{"degraded_write_updates_parity", &RaidRules::degraded_write_updates_parity},
    RaidRule{"reconstruct_unsynced_stripes", &RaidRules::reconstruct_unsynced_stripes},
    RaidRule{"mark_dirty_before_write", &RaidRules::mark_dirty_before_write},
    RaidRule{"flush_before_clean", &RaidRules::flush_before_clean},
    RaidRule{"flush_before_recovery", &RaidRules::flush_before_recovery},
    RaidRule{"resync_after_unclean_stop", &RaidRules::resync_after_unclean_stop},
    RaidRule{"flush_before_resync_checkpoint", &RaidRules::flush_before_resync_checkpoint},
    RaidRule{"catch_up_before_new_events", &RaidRules::catch_up_before_new_events},
    RaidRule{"record_missing_before_serving", &RaidRules::record_missing_before_serving},
    RaidRule{"repair_by_atomic_units", &RaidRules::repair_by_atomic_units},
    RaidRule{"recover_by_stripes", &RaidRules::recover_by_stripes},
    RaidRule{"verify_superblock_checksums", &RaidRules::verify_superblock_checksums},
    RaidRule{"outrank_absent_members", &RaidRules::outrank_absent_members},
};

}  // namespace holdfast::raid
