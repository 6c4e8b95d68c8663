// md's write journal in write-through mode: what a stripe shall become stands in the log before any member is touched.
//
//   append: room -> units -> log -> log flush       so that recovery finds it        (core/raid/journal/units.h)
//   ... the caller writes the members ...
//   release                                          the log need not hold it longer than the members' caches do
//   reclaim: members flushed -> superblock with the new tail, durable -> space free
//
//   J1  append() answers when the batch is logged: on the log's medium, as is every unit in front of it.
//   J2  One flush of the log is in flight; units that are written meanwhile share the next one.
//   J3  The tail never passes a unit whose stripes have not reached the members' media, or whose failed members are not
//       recorded.
//   J4  A log that can't be written or flushed has failed for good: what is not logged fails, nothing is taken any more. When
//       all that was logged is on the members' media, and not before, the superblocks call the journal faulty.
//   J5  Who holds stripes in a cache has been promised the room that their write-out takes. So it never waits for room, and
//       whoever does wait has no lease on a stripe that is in the cache.
//   Caller: one batch at a time per stripe (a lease), and the members are written only between append() and release(), or
//   abandon() where they can't be.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "core/raid/journal/replay.h"
#include "core/raid/journal/rules.h"
#include "core/raid/journal/units.h"
#include "core/raid/metadata.h"
#include "core/task/background.h"
#include "core/task/mutex.h"

namespace holdfast::raid::journal {

class Journal {
 public:
  Journal(Ring ring, const Geometry& geometry, Seed seed, Metadata& metadata,
          const JournalRules& rules, Ports ports);

  const Ring& ring() const { return ring_; }

  // Recovery, once, before the first append(). First: the content of the log goes to the members (core/raid/journal/replay.h).
  Task<SurveyResult> replay(Members& members);
  // Second, when that is durable there: the log goes on, with a gap in its numbers, behind what it held. Where it holds data
  // whose parity is not logged yet: without a gap, and all of it stays until recovered_is_written().
  Task<IoResult> begin(const Survey& log);
  Task<IoResult> read(Lba position, MutablePages into) const { return ring_.read(position, into); }
  // Third, when the members hold that durably, too: the log begins anew.
  Task<IoResult> recovered_is_written();

  // The largest batch: so many stripes of the whole row.
  std::uint64_t stripes_max() const { return stripes_max_; }
  Batch new_batch() const { return Batch(geometry_, seed_); }

  // J1. read_only: the journal has failed, before or now. Nothing of the batch may go to the members.
  Task<IoResult> append(Batch& batch);
  // J5. The room is there: it was promised, and is taken back by the caller.
  Task<IoResult> append_at_once(Batch& batch);
  // J5. So many blocks are kept free, for one who comes later; waits for its turn and for room. Errors as append().
  Task<IoResult> promise(std::uint64_t blocks);
  void take_back(std::uint64_t blocks);
  // Called when somebody waits for room, and what the cache holds back may be why.
  void watch_room(std::function<void()> on_want) { on_want_ = std::move(on_want); }
  bool waits_for_room() const { return waits_for_room_; }
  // Some data of this unit are in the cache, until let_go().
  void hold(Sequence unit) { units_->hold(unit); }
  void let_go(Sequence unit);
  // Its stripes are on the members, and who missed them is recorded.
  void release(const Batch& batch);
  // The array is broken: what is not released stays in the log for the next life, and nobody waits for it.
  void abandon();

  bool has_failed() const { return has_failed_; }
  // J4.
  bool is_recorded_faulty() const { return is_recorded_faulty_; }
  // It has failed: waits until it is given up. Whether that is recorded now.
  Task<bool> given_up();
  // It failed in recovery, when all that it held is on the members: whether that is recorded now.
  Task<bool> go_without(IoError error);
  // No batch is in flight any more: the tail moves as far as it can. If the log has failed: ends when that is recorded.
  Task<IoResult> quiesce();

 private:
  // journal.cc
  Task<IoResult> wait_for_room(const std::function<bool()>& has_room);
  Task<IoResult> logged(Batch& batch);
  void fail(IoError error);
  Task<> give_up();

  // journal_recovery.cc
  Opened plan_write_out(Survey& log, const Members& members) const;
  Task<IoResult> begin_anew(Lba tail, Sequence sequence);
  void go_on(Lba tail, std::uint64_t used, Sequence next);
  Task<IoResult> erase_stale_units(const Survey& log);
  Task<IoResult> erase_if_stale(Lba position, const Slice& block, Sequence next);
  Task<IoResult> write_empty_unit(Lba position, Sequence sequence);

  // journal_write.cc
  void write_soon();
  Task<> write_units();
  Task<> write_unit(Unit& unit);
  void flush_soon();
  Task<> flush_units();

  // reclaim.cc
  bool wants_reclaim() const;
  void reclaim_soon();
  Task<> reclaim();
  Task<IoResult> move_tail(Units::Target target);

  Ring ring_;
  const Geometry& geometry_;
  const std::uint64_t stripes_max_;
  Seed seed_;
  Metadata& metadata_;
  const JournalRules& rules_;
  Ports ports_;
  std::unique_ptr<Units> units_;
  Mutex placing_;  // U4
  Mutex reclaiming_;
  Event room_;  // more of it, or the log has failed
  Event is_released_;  // the last logged batch
  Event is_given_up_;
  bool is_gathering_ = false;  // a writer is about to take the open unit
  bool waits_for_room_ = false;
  std::uint64_t promised_ = 0;  // blocks
  std::function<void()> on_want_;
  bool is_blocked_ = false;  // the tail can't move any more: the array is broken
  bool has_failed_ = false;
  bool is_recorded_faulty_ = false;
  std::array<Background, 16> writers_;  // so many units are on their way at once
  Background flusher_;
  Background reclaimer_;
  Background undertaker_;
};

}  // namespace holdfast::raid::journal
