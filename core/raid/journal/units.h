// The units of the log from tail to head: where the next one goes, and which are still needed.
//
//   tail -> [finished][finished][logged][written][writing][open] -> head -> [free] ... wraps
//
//   open      takes stripes
//   closed    full                                                              take_next()
//   writing   on its way to the log's device                                    written()
//   written   there, perhaps in its cache                                       begin_flush()
//   flushing  the cache is being flushed                                        logged()
//   logged    recovery will find it, and all in front of it; the members may be written     release() of its last batch
//   finished  its stripes are on the members, perhaps in their caches           forget_before(): the tail passed it
//
//   U1  Sequence numbers rise by one from unit to unit; units adjoin in the ring.
//   U2  The last finished unit stays: the tail always points at a valid meta block.
//   U3  A unit takes less than half of the ring, and so does a batch: a batch that waits always finds room in the end.
//   U4  A batch is placed as a whole or not at all, in the order of coming: no two wait for each other's space.
#pragma once

#include <deque>
#include <optional>

#include "core/raid/journal/batch.h"
#include "core/raid/journal/ring.h"
#include "core/task/event.h"

namespace holdfast::raid::journal {

enum class UnitState : std::uint8_t { open, closed, writing, written, flushing, logged, failed };

struct Unit {
  Unit(Executor& executor, Seed seed, Sequence number, Lba at)
      : sequence(number), position(at), meta(seed, number, at), ended(executor) {}

  Sequence sequence;
  Lba position;
  std::uint32_t blocks = 1;
  std::uint32_t batches = 0;  // that it holds a part of, and that were not released
  UnitState state = UnitState::open;
  MetaBlockWriter meta;
  SliceList bytes;  // the meta block's, made when it is taken, and the pages'; dropped when written
  Event ended;  // logged or failed

  bool is_finished() const { return state == UnitState::logged && batches == 0; }
};

class Units {
 public:
  // The ring holds `used` blocks from `tail` on, which stay until the first new unit is finished; `next` goes behind them.
  Units(const Ring& ring, Seed seed, Executor& executor, Lba tail, std::uint64_t used,
        Sequence next);

  // What every batch may have: so many stripes of the whole row.
  static std::uint64_t stripes_max(const Ring& ring, const Geometry& geometry);

  // Beside `promised` blocks.
  bool has_room(const Batch& batch, std::uint64_t promised) const;
  void place(Batch& batch);  // only with room; its slices move into the units

  bool has_unwritten() const { return unwritten_ < next_; }
  // The oldest unit that is not on its way; closes it if it is open. Only if has_unwritten().
  Unit& take_next();
  // Its device write ended; nothing reads its pages any more.
  void written(Unit& unit);
  // Whether a flush of the log would help somebody. In order: units count only up to the first that is not written.
  bool has_unflushed(bool in_order) const;
  // Those units become `flushing`; returns how many. Then logged(): they are `logged`, and who waits is woken.
  std::size_t begin_flush(bool in_order);
  void logged();
  // Whatever is not logged fails, now and later, and who waits is woken: for a unit on its way when it has arrived.
  void fail_unlogged();

  Unit& unit(Sequence sequence) { return units_[index_of(sequence)]; }
  const Unit& unit(Sequence sequence) const { return units_[index_of(sequence)]; }
  // One batch is on the members.
  void release(const Batch& batch);
  // Some of its data stand in a write-back cache, until let_go(). Holds add up.
  void hold(Sequence sequence);
  void let_go(Sequence sequence);
  bool all_released() const;

  // While it is kept, what recovery left in front of the first new unit is needed still.
  void keep_recovered(bool is_kept) { keeps_recovered_ = is_kept; }
  // The place that the tail may move to: the last unit that is finished, as are all in front of it. Unset: nothing new.
  struct Target {
    Sequence sequence;
    Lba position;
  };
  std::optional<Target> reclaimable() const;
  std::uint64_t reclaimable_blocks() const;
  void forget_before(Target target);

  Lba tail() const { return tail_; }
  Lba head() const { return head_; }
  Sequence next() const { return next_; }
  std::uint64_t used_blocks() const { return used_; }

 private:
  struct Room {  // in a unit
    std::uint32_t blocks = 0;
    std::uint32_t record_bytes = 0;
  };
  Room room_in_open_unit() const;
  Room room_in_new_unit() const;
  static Room needed(const Batch& batch, const LoggedStripe& stripe);
  std::size_t index_of(Sequence sequence) const {
    return sequence.value - units_.front().sequence.value;
  }
  Unit& open_unit();
  static void end(Unit& unit, UnitState state);

  const Ring& ring_;
  Seed seed_;
  Executor& executor_;
  std::uint64_t unit_blocks_max_;
  std::deque<Unit> units_;
  Lba tail_;
  Lba head_;
  std::uint64_t used_;  // blocks from tail to head
  Sequence next_;  // number of the next unit to be opened
  Sequence unwritten_;  // the oldest that is open or closed; next_ if none
  Sequence unlogged_;  // all in front of it are logged
  Sequence unfinished_;  // all in front of it are finished
  bool keeps_recovered_ = false;
  bool has_failed_ = false;
};

}  // namespace holdfast::raid::journal
