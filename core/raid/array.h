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
//   R7  Written back (set_write_back), a write is acked when the log holds its data; the stripe stays in the cache
//       (core/raid/stripe_cache.h) and reaches the members later, its parity logged first. Not so while a member is missing or a
//       resync runs, nor for what overlaps no whole batch of the log: that is written through, and what the cache
//       holds of those stripes in front of it.
//   Caller: flush_former_life() and start() once, before the first request. stop() ends it; without stop() it is a crash.
#pragma once

#include <memory>

#include "core/raid/assembly.h"
#include "core/raid/bands.h"
#include "core/raid/journal/journal.h"
#include "core/raid/journal/replay.h"
#include "core/raid/metadata.h"
#include "core/raid/row_buffers.h"
#include "core/raid/stripe_cache.h"
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

  // R7, from the next write on. Stripes that are in the cache stay there until they are written out. `stripes_max` of them at
  // most; beyond half of that they are written out. Without a journal it has no effect.
  void set_write_back(std::uint64_t stripes_max);
  void set_write_through();
  bool is_write_back() const { return cached_stripes_max_ > 0; }
  // When no resync is running or due, and nothing is left in the cache; `failed` if it can't go on.
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
  // Of the log, for a write: waited for under its lease, or promised before it took one (J5).
  enum class Room : std::uint8_t { waited_for, promised };

  // Whole chunks, or the same part of several, by role.
  struct NewData {
    int role;
    SliceList pages;
  };
  using NewDatas = boost::container::small_vector<NewData, 4>;
  using RowWrites = boost::container::small_vector<RowWrite, 1>;
  using Outcomes = boost::container::small_vector<IoResult, 8>;
  using Extents = boost::container::small_vector<Extent, 8>;
  struct Piece;
  using Pieces = boost::container::small_vector<Piece, 4>;

  // array.cc
  Task<journal::Opened> recover_from_log();
  Task<IoResult> take_up_log(const journal::Survey& log);
  Task<IoResult> repair_suspects(const journal::Survey& log);
  Task<IoResult> write_out_recovered(const journal::Survey& log);
  Task<IoResult> write_out_some(std::span<const journal::DataOnly::StripePage>& pages);
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
  Task<IoResult> write_through(Extent request, Pages from, WriteFlags flags, Room room);
  Task<IoResult> complete_pages(Extent& request, Pages from, SliceList& whole);
  void plan_rows(const Band& band, Lba first, Pages from, RowWrites& writes);
  Task<IoResult> plan_part(const Band& band, Lba first, Pages from, RowWrites& writes);
  Task<IoResult> plan_row(std::uint64_t number, Extent span, const NewDatas& data,
                          RowWrites& writes);
  Task<IoResult> fill(RowBuffers& row, const Roles& written);
  Task<IoResult> reconstruct(RowBuffers& row);
  Task<IoResult> modify(RowBuffers& row, const Roles& written);
  Task<IoResult> recover_and_reconstruct(RowBuffers& row);
  Roles written_roles(const Band& band, const RowMap& map) const;
  void allocate_parity(RowBuffers& row) const;
  bool is_durable_when_acked() const { return journal_ && !journal_->has_failed(); }
  bool keeps_parity(int role) const { return journal_ || members_.is_active(role); }

  // array_cache.cc
  bool keeps_cache() const;
  bool may_cache(Extent request) const;
  std::uint64_t blocks_to_cache(Extent request) const;
  Task<IoResult> write_part_by_part(Lba first, Pages from);
  Extent first_part(Extent request) const;
  Task<IoResult> write_part(Extent request, Pages from);
  std::uint64_t blocks_of_batch(std::uint64_t stripes) const;
  Task<IoResult> log_data(Extent request, Pages from);
  void keep_in_cache(const RowWrites& writes, const journal::Batch& batch);
  void show_cached(Lba first, MutablePages into) const;
  bool shows_all_from_cache(Lba first, MutablePages into) const;
  bool wants_write_out() const;
  void write_out_soon();
  Task<> write_out_when_wanted();
  Extent lease_oldest(StripeLease& lease);
  Task<IoResult> write_out_all();
  Task<IoResult> write_out(Extent span);
  Task<IoResult> write_out_rows(RowWrites& writes);
  std::uint64_t write_out_blocks(std::uint64_t stripes) const;

  // array_commit.cc
  Sectors height_max() const;
  Task<IoResult> commit(RowWrites& writes, WriteFlags flags, Room room);
  Task<IoResult> log_and_write(RowWrites& writes, Room room);
  Task<IoResult> append(journal::Batch& batch, Room room);
  Task<IoResult> write_members(const RowWrites& writes, WriteFlags flags);
  Task<IoResult> write_parity_alone(RowWrites& writes);
  Task<IoResult> finish(journal::Batch& batch, IoResult written);

  // array_zero.cc
  Task<IoResult> zero(Extent extent, WriteFlags flags);
  Task<IoResult> zero_stripes(Extent extent, WriteFlags flags, bool is_discard);
  Task<IoResult> zero_part_by_part(Extent extent, bool is_discard);
  Task<IoResult> zero_part(const Band& band, bool is_discard);
  Task<IoResult> zero_rows(const Band& band, WriteFlags flags, bool is_discard, Room room);
  Task<IoResult> log_zeros(const Band& band, journal::Batch& batch, Room room);
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
  StripeCache cache_;
  std::uint64_t cached_stripes_max_ = 0;  // 0: written through
  bool promises_room_ = false;  // it was ever written back
  // In recovery: a journal that died may be back, and stripes were written out without it when the power went.
  bool distrusts_parity_ = false;
  bool is_draining_ = false;  // all of the cache is to be written out
  std::uint64_t requests_in_flight_ = 0;
  std::uint64_t writes_in_flight_ = 0;
  Event is_quiet_;  // no request in flight
  Event was_written_;  // wakes the idle watch
  Event is_settled_;  // resync ended
  bool is_stopping_ = false;
  Event wants_write_out_;
  Background write_out_;
  Background idle_watch_;
  Background resync_;
};

}  // namespace holdfast::raid
