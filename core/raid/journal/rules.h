// What a write journal must do, each rule with the loss it prevents. Production uses the defaults; the verifier breaks them
// one by one, by name, and must notice.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

namespace holdfast::raid::journal {

struct JournalRules {
  // Members are written only after the log was flushed. Without it a power cut tears a stripe that the log does not hold:
  // the write hole again.
  bool flush_log_before_members = true;
  // A unit counts as logged only when every unit in front of it does. Without it members are written for a unit that
  // recovery never reaches, because one in front of it was torn (md-unordered-units).
  bool log_units_in_order = true;
  // A unit counts as logged only after a flush of the log that began when it was written. Without it a flush in flight is
  // taken for the flush of the units that were written meanwhile, and a power cut takes them (md-flush-in-flight).
  bool wait_for_own_flush = true;
  // The tail moves only after the members' caches were flushed. Without it a power cut takes from the members what the log
  // no longer holds (md-tail-before-flush).
  bool flush_members_before_tail = true;
  // Space is reused only after the superblock with the new tail is durable. Without it recovery begins at a place that was
  // overwritten, and finds nothing (md-reuse-before-superblock).
  bool record_tail_before_reuse = true;
  // A stripe whose log write or log flush failed fails. Without it the members are written, and a power cut tears them
  // (md-log-error-ignored).
  bool fail_unlogged_stripes = true;
  // Nothing of such a stripe goes to the members. Without it parity is written though its data are not: silent corruption
  // once degraded (md-parity-without-data).
  bool withhold_parity_of_failed_stripes = true;
  // A new log begins with an empty meta block. Without it a first block that is torn leaves the tail at a place that says
  // nothing (md-no-empty-meta).
  bool empty_block_in_new_log = true;
  // A tail at which no valid meta block stands is the end of a log only if the array was never used. Without it a new log
  // is made silently over the one that can't be read, and with it what recovery must mend (md-new-journal-silently).
  bool refuse_invalid_tail = true;
  // After recovery the log goes on so far behind the last sequence number that it met. With less, stale units behind the
  // torn one become valid again after a second power cut: dropped writes come back (md-seq-gap; Linux 4.8 had 10).
  std::uint64_t recovery_gap = 10'000;
  // ... also when fewer than two valid units were found. Without it (Linux 4.8) such a log goes on at the same place and
  // number (md-seq-gap, md-no-empty-meta).
  bool gap_after_short_logs = true;
  // The log keeps the units of whatever is in the write-back cache. Without it the tail passes acknowledged data that no
  // member holds, and a power cut takes them.
  bool keep_cached_units = true;
  // Parity is logged before a stripe goes from the cache to the members. Without it a power cut tears the stripe: the write hole.
  bool log_parity_before_write_out = true;
  // What the cache holds of stripes that are written through goes out first. Without it the cache shows older data than were
  // written, and writes them over the newer later.
  bool write_out_before_write_through = true;
  // Parity of data that stand in the log alone is logged before the members are touched, as in any other life. Without it a cut
  // in the middle of recovery, and a member that does not come back, leave a write hole.
  bool log_recovered_parity = true;
  // That parity is computed from all data, where all are there. Without it it comes from its old value, which may be torn: the
  // journal may have died, stripes been written out without it, and the power gone.
  bool recompute_recovered_parity = true;
  // Where such a log goes on right behind its end, stale units that stand there are erased first: no gap in the numbers keeps
  // them from becoming valid again (md-seq-gap).
  bool erase_stale_units = true;
  // What recovery wrote to the members is flushed before the log forgets it. Without it a second power cut takes it back.
  bool flush_replayed_before_tail = true;
  // The log is flushed before recovery believes it. Without it a second power cut takes units back that were half replayed.
  // (md-recover-without-flush; the members' side is RaidRules::flush_before_recovery).
  bool flush_log_before_recovery = true;
  // A journal that fails in recovery is given up at once: nothing is in flight that would have to reach the members first.
  // Without it recovery waits for a change of the superblocks that waits for recovery (md-recovery-deadlock).
  bool give_up_in_recovery = true;
  // A meta block is believed only if its checksum holds. Without it the records behind a tear are those of an older unit.
  bool verify_meta_checksums = true;
  // A unit is replayed only if the checksums of all its pages hold. Without it torn pages overwrite good data.
  bool verify_page_checksums = true;
  // A block of the log that can't be read is no end of the log: recovery goes on at the next unit, and resyncs what it
  // may have missed. Without it acked data are dropped silently (md-media-error-ends-log).
  bool go_on_after_media_errors = true;
  // A discard goes through the log, as zeros. Without it replay brings back what was discarded, and a power cut tears it.
  bool log_discards = true;

  bool operator==(const JournalRules&) const = default;
};

struct JournalRule {
  std::string_view name;
  std::variant<bool JournalRules::*, std::uint64_t JournalRules::*> field;
};

inline constexpr std::array journal_rules{
    JournalRule{"flush_log_before_members", &JournalRules::flush_log_before_members},
    JournalRule{"log_units_in_order", &JournalRules::log_units_in_order},
    JournalRule{"wait_for_own_flush", &JournalRules::wait_for_own_flush},
    JournalRule{"flush_members_before_tail", &JournalRules::flush_members_before_tail},
    JournalRule{"record_tail_before_reuse", &JournalRules::record_tail_before_reuse},
    JournalRule{"fail_unlogged_stripes", &JournalRules::fail_unlogged_stripes},
    JournalRule{"withhold_parity_of_failed_stripes",
                &JournalRules::withhold_parity_of_failed_stripes},
    JournalRule{"empty_block_in_new_log", &JournalRules::empty_block_in_new_log},
    JournalRule{"refuse_invalid_tail", &JournalRules::refuse_invalid_tail},
    JournalRule{"recovery_gap", &JournalRules::recovery_gap},
    JournalRule{"gap_after_short_logs", &JournalRules::gap_after_short_logs},
    JournalRule{"keep_cached_units", &JournalRules::keep_cached_units},
    JournalRule{"log_parity_before_write_out", &JournalRules::log_parity_before_write_out},
    JournalRule{"write_out_before_write_through", &JournalRules::write_out_before_write_through},
    JournalRule{"log_recovered_parity", &JournalRules::log_recovered_parity},
    JournalRule{"recompute_recovered_parity", &JournalRules::recompute_recovered_parity},
    JournalRule{"erase_stale_units", &JournalRules::erase_stale_units},
    JournalRule{"flush_replayed_before_tail", &JournalRules::flush_replayed_before_tail},
    JournalRule{"flush_log_before_recovery", &JournalRules::flush_log_before_recovery},
    JournalRule{"give_up_in_recovery", &JournalRules::give_up_in_recovery},
    JournalRule{"verify_meta_checksums", &JournalRules::verify_meta_checksums},
    JournalRule{"verify_page_checksums", &JournalRules::verify_page_checksums},
    JournalRule{"go_on_after_media_errors", &JournalRules::go_on_after_media_errors},
    JournalRule{"log_discards", &JournalRules::log_discards},
};

}  // namespace holdfast::raid::journal
