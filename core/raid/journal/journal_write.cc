// The way of a unit into the log.

#include "core/raid/journal/journal.h"

namespace holdfast::raid::journal {

// One writer a unit. The next starts at once, while the log's device still works on this one; when all are busy, stripes
// gather in the open unit.
void Journal::write_soon() {
  if (is_gathering_ || !units_->has_unwritten()) return;
  for (Background& writer : writers_) {
    if (writer.is_running()) continue;
    is_gathering_ = true;
    return writer.start(write_units());
  }
}

Task<> Journal::write_units() {
  do {
    is_gathering_ = true;
    co_await ports_.executor.yield();  // whoever is ready joins the unit
    is_gathering_ = false;
    if (!units_->has_unwritten()) co_return;
    Unit& unit = units_->take_next();
    write_soon();
    co_await write_unit(unit);
  } while (units_->has_unwritten() && !is_gathering_);
}

Task<> Journal::write_unit(Unit& unit) {
  ports_.observer.mark("raid.journal_unit");
  if (Sectors(unit.position.value) + block_sectors * unit.blocks > ring_.size())
    ports_.observer.mark("raid.journal_wrapped");
  auto written = co_await ring_.write(unit.position, unit.bytes, WriteFlags());
  units_->written(unit);
  if (!written && rules_.fail_unlogged_stripes) {
    fail(written.error());
    co_return;
  }
  flush_soon();
}

void Journal::flush_soon() {
  if (!flusher_.is_running()) flusher_.start(flush_units());
}

// J2.
Task<> Journal::flush_units() {
  while (!has_failed_ && units_->has_unflushed(rules_.log_units_in_order)) {
    std::size_t units = units_->begin_flush(rules_.log_units_in_order);
    if (ring_.has_volatile_cache() && rules_.flush_log_before_members) {
      auto flushed = co_await ring_.flush();
      if (!flushed && rules_.fail_unlogged_stripes) fail(flushed.error());
      if (has_failed_) co_return;
    }
    if (units > 1) ports_.observer.mark("raid.journal_group_commit");
    units_->logged();
    if (!rules_.wait_for_own_flush && units_->begin_flush(rules_.log_units_in_order) > 0)
      units_->logged();
  }
}

}  // namespace holdfast::raid::journal
