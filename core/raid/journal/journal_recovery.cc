// How a log is taken up again.

#include <fmt/format.h>

#include "core/raid/journal/journal.h"

namespace holdfast::raid::journal {
namespace {

constexpr std::uint64_t erased_at_once = 256;  // blocks: 1 MiB

}  // namespace

Task<SurveyResult> Journal::replay(Members& members) {
  Lba told(metadata_.journal().superblock.recovery_offset);
  bool is_place = told.value < ring_.size().value && told.value % block_sectors.value == 0;
  Lba tail = is_place ? told : Lba(0);  // as Linux
  auto log = co_await survey(ring_, seed_, geometry_, tail, metadata_.is_fresh_from_create(),
                             members, rules_, ports_);
  if (!log) co_return log;
  if (auto refused = plan_write_out(*log, members); !refused)
    co_return tl::unexpected<OpenError>(refused.error());
  auto done = co_await journal::replay(*log, ring_, seed_, geometry_, members, rules_, ports_);
  if (!done) co_return tl::unexpected<OpenError>(done.error());
  co_return log;
}

// Y5, if the log has room for that parity: a cache leaves it, but the log may be anybody's.
Opened Journal::plan_write_out(Survey& log, const Members& members) const {
  if (log.data_only.empty()) return {};
  std::uint64_t stripes = log.data_only.stripes();
  std::uint64_t needed = stripes * (1 + static_cast<std::uint64_t>(geometry_.parity_disks()));
  std::uint64_t free = ring_.blocks() - log.blocks;
  bool takes_more = free > needed && !metadata_.is_journal_failing();
  log.replays_data_only = !takes_more || !rules_.log_recovered_parity;
  if (takes_more || !members.is_degraded()) return {};
  return tl::unexpected<OpenError>(OpenError(
      OpenError::Kind::refused,
      fmt::format(
          "the journal holds {} stripes without their parity, a member is missing, and that parity "
          "can't be logged: "
          "{}. A power cut could spoil blocks of the missing member. Bring it back, or a journal "
          "that can be written; nothing was written",
          stripes,
          free > needed
              ? "the journal can't be flushed"
              : fmt::format("found {} free blocks in it, expected more than {}", free, needed))));
}

Task<IoResult> Journal::begin(const Survey& log) {
  if (!log.data_only.empty() && !log.replays_data_only) {
    if (auto erased = co_await erase_stale_units(log); !erased) co_return erased;
    go_on(log.tail, log.blocks, log.next);
    units_->keep_recovered(true);
    co_return IoResult{};
  }
  Sequence first = log.is_new ? first_sequence(ports_.entropy) : log.next + rules_.recovery_gap;
  bool writes_empty_unit =
      log.is_new ? rules_.empty_block_in_new_log : rules_.gap_after_short_logs || log.units >= 2;
  if (!writes_empty_unit) {
    go_on(log.tail, log.blocks, log.is_new ? first : log.next);
    co_return IoResult{};
  }
  ports_.observer.mark(log.is_new ? "raid.journal_new_log" : "raid.journal_gap_written");
  auto begun = co_await begin_anew(log.end, first);
  co_return begun;
}

// Y5 is kept: what recovery left is on the members, and they are flushed.
Task<IoResult> Journal::recovered_is_written() {
  units_->keep_recovered(false);
  if (has_failed_) {
    if (units_->all_released()) is_released_.set();
    co_await is_given_up_.wait();
    co_return IoResult{};
  }
  auto begun = co_await begin_anew(units_->head(), units_->next() + rules_.recovery_gap);
  co_return begun;
}

// Nothing in front of this place is needed any more.
Task<IoResult> Journal::begin_anew(Lba tail, Sequence sequence) {
  if (auto written = co_await write_empty_unit(tail, sequence); !written) co_return written;
  if (auto told = co_await metadata_.record_journal_tail(tail); !told) co_return told;
  go_on(tail, 1, sequence + 1);
  co_return IoResult{};
}

void Journal::go_on(Lba tail, std::uint64_t used, Sequence next) {
  units_ = std::make_unique<Units>(ring_, seed_, ports_.executor, tail, used, next);
  metadata_.watch_journal([this](IoError error) { fail(error); });
}

// Blocks behind the end that would be valid as its next units: those of a former life that came behind a torn one.
Task<IoResult> Journal::erase_stale_units(const Survey& log) {
  if (!rules_.erase_stale_units) co_return IoResult{};
  SliceList window = allocate_slices(erased_at_once * block_bytes);
  for (std::uint64_t at = 0, free = ring_.blocks() - log.blocks; at < free; at += window.size()) {
    window.resize(std::min<std::uint64_t>(window.size(), free - at));
    auto read = co_await ring_.read(ring_.after(log.end, at), window);
    if (!read && read.error().kind != IoErrorKind::media) co_return read;
    for (std::uint64_t i = 0; i < window.size(); ++i) {
      Lba position = ring_.after(log.end, at + i);
      if (!read) {  // one of them can't be read, and so is no unit
        auto alone = co_await ring_.read(position, MutablePages(&window[i], 1));
        if (!alone && alone.error().kind != IoErrorKind::media) co_return alone;
        if (!alone) continue;
      }
      if (auto erased = co_await erase_if_stale(position, window[i], log.next); !erased)
        co_return erased;
    }
  }
  auto flushed = co_await ring_.flush();
  co_return flushed;
}

Task<IoResult> Journal::erase_if_stale(Lba position, const Slice& block, Sequence next) {
  MetaRead found = decode_meta_block(block.view(), seed_, geometry_, position, std::nullopt,
                                     rules_.verify_meta_checksums);
  if (!found.block || found.block->sequence < next) co_return IoResult{};
  ports_.observer.mark("raid.journal_stale_unit_erased");
  const Slice zeros(Page::zeros());
  auto erased = co_await ring_.write(position, Pages(&zeros, 1), WriteFlags());
  co_return erased;
}

Task<IoResult> Journal::write_empty_unit(Lba position, Sequence sequence) {
  Slice block(MetaBlockWriter(seed_, sequence, position).finish());
  auto written = co_await ring_.write(position, Pages(&block, 1), write_preflush_fua);
  co_return written;
}

}  // namespace holdfast::raid::journal
