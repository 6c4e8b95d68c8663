#include "core/raid/journal/journal.h"

#include <fmt/format.h>

namespace holdfast::raid::journal {

Journal::Journal(Ring ring, const Geometry& geometry, Seed seed, Metadata& metadata,
                 const JournalRules& rules, Ports ports)
    : ring_(ring),
      geometry_(geometry),
      stripes_max_(Units::stripes_max(ring_, geometry)),
      seed_(seed),
      metadata_(metadata),
      rules_(rules),
      ports_(ports),
      placing_(ports.executor),
      reclaiming_(ports.executor),
      room_(ports.executor),
      is_released_(ports.executor),
      is_given_up_(ports.executor) {}

Task<IoResult> Journal::append(Batch& batch) {
  {
    MutexLock turn = co_await placing_.lock();
    std::function<bool()> has_room = [&] { return units_->has_room(batch, promised_); };
    if (auto room = co_await wait_for_room(has_room); !room) co_return room;
    units_->place(batch);
  }
  auto done = co_await logged(batch);
  co_return done;
}

Task<IoResult> Journal::append_at_once(Batch& batch) {
  if (has_failed_) co_return io_error(IoErrorKind::read_only, Lba(0));
  units_->place(batch);
  auto done = co_await logged(batch);
  co_return done;
}

// J1.
Task<IoResult> Journal::logged(Batch& batch) {
  write_soon();
  bool is_logged = true;
  for (Sequence at = batch.first_unit; at <= batch.last_unit; at = at + 1) {
    Unit& unit = units_->unit(at);
    co_await unit.ended.wait();
    is_logged = is_logged && unit.state == UnitState::logged;
  }
  if (is_logged) co_return IoResult{};
  release(batch);  // a part of it may be logged; no member holds any of it
  co_return io_error(IoErrorKind::read_only, Lba(0));
}

Task<IoResult> Journal::promise(std::uint64_t blocks) {
  MutexLock turn = co_await placing_.lock();
  std::function<bool()> has_room = [this, blocks] {
    return units_->used_blocks() + promised_ + blocks < ring_.blocks();
  };
  if (auto room = co_await wait_for_room(has_room); !room) co_return room;
  promised_ += blocks;
  co_return IoResult{};
}

void Journal::take_back(std::uint64_t blocks) {
  check(promised_ >= blocks, "J5: what is taken back was promised");
  promised_ -= blocks;
  if (waits_for_room_) room_.set();
}

Task<IoResult> Journal::wait_for_room(const std::function<bool()>& has_room) {
  while (!has_failed_ && !is_blocked_ && !has_room()) {
    ports_.observer.mark("raid.journal_waited_for_space");
    waits_for_room_ = true;
    room_.reset();
    if (on_want_) on_want_();
    reclaim_soon();
    co_await room_.wait();
  }
  waits_for_room_ = false;
  if (has_failed_) co_return io_error(IoErrorKind::read_only, Lba(0));
  if (is_blocked_) co_return io_error(IoErrorKind::failed, Lba(0));
  co_return IoResult{};
}

void Journal::release(const Batch& batch) {
  units_->release(batch);
  if (has_failed_ && units_->all_released()) is_released_.set();
  if (wants_reclaim()) reclaim_soon();
}

void Journal::let_go(Sequence unit) {
  units_->let_go(unit);
  if (has_failed_ && units_->all_released()) is_released_.set();
  if (wants_reclaim()) reclaim_soon();
}

void Journal::abandon() {
  is_blocked_ = true;
  room_.set();
  is_released_.set();
}

void Journal::fail(IoError error) {
  if (has_failed_) return;
  has_failed_ = true;
  ports_.observer.mark("raid.journal_failed");
  ports_.observer.note(
      fmt::format("the journal failed: {} at sector {} of its ring; the array takes no writes from "
                  "here on, what was acknowledged is kept",
                  name_of(error.kind), error.where.value));
  metadata_.journal_fails();
  if (units_) units_->fail_unlogged();
  bool is_released = units_ ? units_->all_released() : rules_.give_up_in_recovery;
  if (is_released || is_blocked_) is_released_.set();
  room_.set();
  if (on_want_) on_want_();
  undertaker_.start(give_up());
}

// J4. What is logged and not yet on the members' media is needed from this log until then.
Task<> Journal::give_up() {
  co_await is_released_.wait();
  MutexLock lock = co_await reclaiming_.lock();
  if (auto flushed = co_await metadata_.flush_members(); flushed) {
    co_await metadata_.drop_journal();
    if (auto recorded = co_await metadata_.record(); recorded) is_recorded_faulty_ = true;
  }
  if (is_recorded_faulty_) ports_.observer.mark("raid.journal_recorded_faulty");
  is_given_up_.set();
}

Task<bool> Journal::given_up() {
  co_await is_given_up_.wait();
  co_return is_recorded_faulty_;
}

Task<bool> Journal::go_without(IoError error) {
  fail(error);
  auto is_recorded = co_await given_up();
  co_return is_recorded;
}

Task<IoResult> Journal::quiesce() {
  if (!has_failed_) {
    MutexLock lock = co_await reclaiming_.lock();
    while (!has_failed_) {
      auto target = units_->reclaimable();
      if (!target) co_return IoResult{};
      if (auto moved = co_await move_tail(*target); !moved && !has_failed_) co_return moved;
    }
  }
  co_await is_given_up_.wait();
  co_return IoResult{};
}

}  // namespace holdfast::raid::journal
