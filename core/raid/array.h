// An md RAID-4, 5 or 6, with or without a write journal, as a block device that stands on its members.
//
//   write: dirty mark -> lease of the stripes -> fill (what parity needs) -> parity -> log -> members -> failures recorded
//          -> ack              with a journal: the log, no dirty mark; without one: the dirty mark, no log
//   read:  lease (shared) -> members; what is missing or unreadable is computed from the others
//
//   R1  A write is acked only when all that it changed is on the members, or on parity for a member that is gone, and
//       the superblocks durably name who missed it (core/raid/metadata.h, D1 and D2).
//   R2  Where parity may not match data (above the resync position) it is made from all data, not from its old value.
//   R3  A sector that can't be read is computed from the others and written anew; a member that can't be written is
//       failed.
//   R4  With a journal (core/raid/journal) a write is durable when it is acked, and no power cut tears a stripe.
//   R5  Without a journal a power cut can leave parity torn until resync has passed; degraded meanwhile, blocks beside
//       unfinished writes may be wrong. That is the write hole, and it is promised nowhere that it is closed.
//   R6  Without the journal that it should have (it failed) an array takes no writes.
//   Caller: flush_former_life() and start() once, before the first request. stop() ends it; without stop() it is a crash.
#pragma once

#include <memory>

#include "core/raid/assembly.h"
#include "core/raid/bands.h"
#include "core/raid/journal/journal.h"
#include "core/raid/journal/replay.h"
#include "core/raid/metadata.h"
#include "core/raid/row_buffers.h"
#include "core/raid/stripe_locks.h"
#include "core/task/background.h"
#include "core/task/event.h"
#include "core/task/join.h"

namespace holdfast::raid {

class Array final : public BlockDevice {
 public:
  Array(Assembly assembly, const RaidRules& rules, const journal::JournalRules& journal_rules,
        Ports ports);

  // The two steps of opening. First: makes durable what a former life left in caches; a member that can't is failed.
  Task<IoResult> flush_former_life();
  // Dirty, and without some member: only parity tells that member's blocks, and it may be torn (R5).
  bool must_believe_parity() const { return members_.is_degraded() && !metadata_.is_in_sync(); }
  // The log can't be flushed: a power cut in the middle of replay would tear parity, journal or not.
  bool is_log_volatile() const { return synced_before_replay_.has_value(); }
  // Second: replays the journal, and begins resync in the background where it is due, if at all.
  Task<journal::Opened> start(bool resyncs = true);

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  // Whole rows only, where every member reads zeros after a discard.
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

  // When no resync is running or due; `failed` if it can't go on.
  Task<IoResult> settled();
  Task<IoResult> stop();

  const Geometry& geometry() const { return geometry_; }
  const Members& members() const { return members_; }
  const Metadata& metadata() const { return metadata_; }
  // The superblocks durably call it faulty.
  bool is_journal_recorded_faulty() const { return journal_ && journal_->is_recorded_faulty(); }

 private:
  // A request in flight: stop() waits for all, a clean mark for those that write.
  class Activity {
   public:
    Activity(Array& array, bool is_write);
    Activity(const Activity&) = delete;
    ~Activity();

   private:
    Array& array_;
    bool is_write_;
  };

  // What is ready to be written: rows of chunks, or parts of one, and which of their data are new.
  struct RowWrite {
    std::uint64_t number;
    RowBuffers row;
    Roles data;
    Roles members;  // that are to be written

    RowWrite(std::uint64_t row_number, const RowMap& map, Extent span, Roles new_data)
        : number(row_number), row(map, span), data(std::move(new_data)) {}
  };
  using RowWrites = boost::container::small_vector<RowWrite, 1>;
  using Outcomes = boost::container::small_vector<IoResult, 8>;
  using Extents = boost::container::small_vector<Extent, 8>;
  struct Piece;
  using Pieces = boost::container::small_vector<Piece, 4>;

  // array.cc
  Task<journal::Opened> recover_from_log();
  Task<IoResult> take_up_log(const journal::Survey& log);
  Task<IoResult> repair_suspects(const journal::Survey& log);
  IoResult admit(Extent extent) const;
  IoResult admit(Lba first, Pages pages) const;
  IoResult admit_writes(Lba first) const;
  Task<IoResult> begin_write(Lba first, WriteFlags flags);
  Task<IoResult> begin_repair();
  Task<IoResult> prepare_for_writes();
  bool must_record() const { return !metadata_.is_recorded() && rules_.record_failure_before_ack; }
  Task<IoResult> acknowledge();
  Task<IoResult> outlive_journal(IoResult error);
  Task<> mark_clean_when_idle();

  // array_write.cc
  Task<IoResult> write_stripes(Lba first, Pages from, WriteFlags flags);
  Task<IoResult> complete_pages(Extent& request, Pages from, SliceList& whole);
  void plan_rows(const Band& band, Lba first, Pages from, RowWrites& writes);
  Task<IoResult> plan_part(const Band& band, Lba first, Pages from, RowWrites& writes);
  Task<IoResult> fill(const Band& band, RowBuffers& row);
  Task<IoResult> reconstruct(RowBuffers& row);
  Task<IoResult> modify(const Band& band, RowBuffers& row);
  Task<IoResult> recover_and_reconstruct(RowBuffers& row);
  Roles written_roles(const Band& band, const RowMap& map) const;
  void allocate_parity(RowBuffers& row) const;
  bool is_durable_when_acked() const { return journal_ && !journal_->has_failed(); }
  bool keeps_parity(int role) const { return journal_ || members_.is_active(role); }

  // array_commit.cc
  Sectors height_max() const;
  Task<IoResult> commit(RowWrites& writes, WriteFlags flags);
  Task<IoResult> log_and_write(RowWrites& writes);
  Task<IoResult> write_members(const RowWrites& writes, WriteFlags flags);
  Task<IoResult> write_parity_alone(RowWrites& writes);
  Task<IoResult> finish(journal::Batch& batch, IoResult written);

  // array_zero.cc
  Task<IoResult> zero(Extent extent, WriteFlags flags);
  Task<IoResult> zero_stripes(Extent extent, WriteFlags flags, bool is_discard);
  Task<IoResult> zero_rows(const Band& band, WriteFlags flags, bool is_discard);
  Task<IoResult> log_zeros(const Band& band, journal::Batch& batch);
  Task<IoResult> zero_members(const Band& band, WriteFlags flags, bool is_discard);

  // array_read.cc
  Task<IoResult> read_stripes(Lba first, MutablePages into);
  Task<IoResult> read_alone(Lba first, MutablePages into);
  Pieces pieces_of(Lba first, MutablePages into, bool merges) const;
  Task<IoResult> read_pieces(Lba first, MutablePages into);
  Task<IoResult> read_lost(Piece& piece);
  Task<IoResult> read_repairing(Piece& piece);
  Task<Outcomes> read_roles(RowBuffers& row, std::span<const int> roles);
  Task<IoResult> load(RowBuffers& row, std::span<const int> roles);
  Task<IoResult> recover(RowBuffers& row, std::span<const int> wanted);
  Task<IoResult> recover_at_once(RowBuffers& row, std::span<const int> wanted);
  Task<IoResult> repair(int role, Lba bad);
  Task<IoResult> recover_page(int role, Extent page, Pages whole, Extents& lost);
  Task<IoResult> write_back(int role, Extent unit, Extent page, Pages whole);
  Lba bad_sector(int role, Extent span, IoError error) const;

  // resync.cc
  Task<> resync();
  Task<> resync_until_done();
  Task<IoResult> resync_window(Extent window);
  Task<IoResult> resync_row(RowBuffers& row);
  Task<IoResult> correct_parity(const RowBuffers& row);

  Geometry geometry_;
  RaidRules rules_;
  Ports ports_;
  Members members_;
  Metadata metadata_;
  std::unique_ptr<journal::Journal> journal_;
  journal::JournalRules journal_rules_;
  bool is_read_only_;  // R6
  bool lost_its_journal_;
  // Set if the log can't be flushed: meanwhile nothing counts as synced.
  std::optional<Lba> synced_before_replay_;
  DeviceLimits limits_;
  StripeLocks stripes_;
  std::uint64_t requests_in_flight_ = 0;
  std::uint64_t writes_in_flight_ = 0;
  Event is_quiet_;  // no request in flight
  Event was_written_;  // wakes the idle watch
  Event is_settled_;  // resync ended
  bool is_stopping_ = false;
  Background idle_watch_;
  Background resync_;
};

}  // namespace holdfast::raid
