// How the tail follows: what the members hold for good, the log forgets.

#include <algorithm>

#include "core/raid/journal/journal.h"

namespace holdfast::raid::journal {
namespace {

constexpr std::uint64_t reclaimable_blocks_max = (std::uint64_t{10} << 30) / block_bytes;

}  // namespace

bool Journal::wants_reclaim() const {
  if (has_failed_) return false;
  std::uint64_t limit = std::min(ring_.blocks() / 4, reclaimable_blocks_max);
  std::uint64_t blocks = units_->reclaimable_blocks();
  return blocks > limit || (waits_for_room_ && blocks > 0);
}

void Journal::reclaim_soon() {
  if (!reclaimer_.is_running()) reclaimer_.start(reclaim());
}

Task<> Journal::reclaim() {
  co_await ports_.executor.yield();
  MutexLock lock = co_await reclaiming_.lock();
  while (wants_reclaim()) {
    auto target = units_->reclaimable();
    if (auto moved = co_await move_tail(*target); !moved) {
      is_blocked_ = true;
      room_.set();
      co_return;
    }
  }
}

// J3. Under the lock.
Task<IoResult> Journal::move_tail(Units::Target target) {
  if (rules_.flush_members_before_tail) {
    if (auto flushed = co_await metadata_.flush_members(); !flushed) co_return flushed;
    if (auto recorded = co_await metadata_.record(); !recorded) co_return recorded;
  }
  auto reuse = [&] {
    units_->forget_before(target);
    room_.set();
  };
  if (!rules_.record_tail_before_reuse) reuse();
  auto told = co_await metadata_.record_journal_tail(target.position);
  if (!told) {
    fail(told.error());
    co_return told;
  }
  if (rules_.record_tail_before_reuse) reuse();
  ports_.observer.mark("raid.journal_tail_moved");
  co_return IoResult{};
}

}  // namespace holdfast::raid::journal
