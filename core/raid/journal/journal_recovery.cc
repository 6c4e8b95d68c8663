// How a log is taken up again.

#include "core/raid/journal/journal.h"

namespace holdfast::raid::journal {

Task<SurveyResult> Journal::replay(Members& members) {
  Lba told(metadata_.journal().superblock.recovery_offset);
  bool is_place = told.value < ring_.size().value && told.value % block_sectors.value == 0;
  Lba tail = is_place ? told : Lba(0);  // as Linux
  auto log = co_await survey(ring_, seed_, geometry_, tail, metadata_.is_fresh_from_create(),
                             members, rules_, ports_);
  if (!log) co_return log;
  auto done = co_await journal::replay(*log, ring_, seed_, geometry_, members, rules_, ports_);
  if (!done) co_return tl::unexpected<OpenError>(done.error());
  co_return log;
}

Task<IoResult> Journal::begin(const Survey& log) {
  auto go_on = [&](Lba tail, std::uint64_t used, Sequence next) {
    units_ = std::make_unique<Units>(ring_, seed_, ports_.executor, tail, used, next);
    metadata_.watch_journal([this](IoError error) { fail(error); });
  };
  Sequence first = log.is_new ? first_sequence(ports_.entropy) : log.next + rules_.recovery_gap;
  bool writes_empty_unit =
      log.is_new ? rules_.empty_block_in_new_log : rules_.gap_after_short_logs || log.units >= 2;
  if (!writes_empty_unit) {
    go_on(log.tail, log.blocks, log.is_new ? first : log.next);
    co_return IoResult{};
  }
  ports_.observer.mark(log.is_new ? "raid.journal_new_log" : "raid.journal_gap_written");
  if (auto written = co_await write_empty_unit(log.end, first); !written) co_return written;
  if (auto told = co_await metadata_.record_journal_tail(log.end); !told) co_return told;
  go_on(log.end, 1, first + 1);
  co_return IoResult{};
}

Task<IoResult> Journal::write_empty_unit(Lba position, Sequence sequence) {
  Slice block(MetaBlockWriter(seed_, sequence, position).finish());
  auto written = co_await ring_.write(position, Pages(&block, 1), write_preflush_fua);
  co_return written;
}

}  // namespace holdfast::raid::journal
