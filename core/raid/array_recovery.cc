// The two steps of opening an array, and how it takes up what its journal holds.

#include <algorithm>

#include <fmt/format.h>

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

// Written out at once in recovery: 1 MiB of each member.
constexpr std::uint64_t stripes_at_once = 256;

tl::unexpected<OpenError> cant_record() {
  return tl::unexpected<OpenError>(OpenError(
      OpenError::Kind::io, "the superblocks can't be written: too many members failed meanwhile"));
}

tl::unexpected<OpenError> cant_use_journal() {
  return tl::unexpected<OpenError>(OpenError(
      OpenError::Kind::refused,
      "the journal can be neither flushed nor written, and it may hold what was "
      "acknowledged last. Try again when its device is well, or copy it to one that is; no "
      "data were written"));
}

tl::unexpected<OpenError> cant_write_out(IoError error) {
  return tl::unexpected<OpenError>(OpenError(
      OpenError::Kind::io,
      fmt::format("what only the journal holds can't be brought to the members: {} at sector {}; "
                  "the journal keeps it, and nothing is lost by trying again",
                  name_of(error.kind), error.where.value)));
}

}  // namespace

Task<IoResult> Array::flush_former_life() {
  if (rules_.flush_before_recovery) {
    if (auto flushed = co_await metadata_.flush_members(); !flushed) co_return flushed;
  }
  if (!journal_ || !journal_rules_.flush_log_before_recovery) co_return IoResult{};
  auto flushed = co_await journal_->ring().flush();
  // A power cut may take from the log what is half replayed by then: parity would be torn there.
  if (!flushed) {
    synced_before_replay_ = metadata_.resync_position();
    metadata_.resynced_to(Lba(0));
  }
  co_return IoResult{};
}

Task<journal::Opened> Array::start(bool resyncs) {
  if (is_log_volatile()) {
    if (auto told = co_await metadata_.checkpoint_resync(); !told) co_return cant_use_journal();
    metadata_.journal_fails();  // what it holds is replayed, for the last time
  }
  if (journal_) {
    if (auto recovered = co_await recover_from_log(); !recovered) co_return recovered;
  }
  bool shall_record = must_believe_parity() && rules_.record_missing_before_serving;
  // One member may be all that knows of the journal's end, and may be missing next time.
  bool shall_tell = is_read_only_ && !metadata_.is_recorded();
  if (shall_record || shall_tell || lost_its_journal_) {
    if (auto recorded = co_await metadata_.record(); !recorded) co_return cant_record();
  }
  if (!rules_.resync_after_unclean_stop) metadata_.resynced_to(Metadata::everything);
  idle_watch_.start(mark_clean_when_idle());
  if (journal_) {
    journal_->watch_room([this] { write_out_soon(); });
    write_out_.start(write_out_when_wanted());
  }
  if (resyncs)
    resync_.start(resync());
  else
    is_settled_.set();
  co_return journal::Opened{};
}

Task<journal::Opened> Array::recover_from_log() {
  auto log = co_await journal_->replay(members_);
  if (!log) co_return tl::unexpected<OpenError>(log.error());
  if (auto repaired = co_await repair_suspects(*log); !repaired) co_return cant_record();
  if (journal_rules_.flush_replayed_before_tail) {
    if (auto flushed = co_await metadata_.flush_members(); !flushed) co_return cant_record();
    if (is_log_volatile() && !log->all_are_suspect)
      metadata_.resynced_durably_to(*synced_before_replay_);
  }
  auto taken_up = co_await take_up_log(*log);
  if (taken_up && !log->data_only.empty() && !log->replays_data_only) {
    auto written = co_await write_out_recovered(*log);
    if (!written) co_return cant_write_out(written.error());
    co_return journal::Opened{};
  }
  if (taken_up) co_return journal::Opened{};
  bool is_recorded = false;
  if (!members_.is_broken()) {
    auto goes_on = co_await journal_->go_without(taken_up.error());
    is_recorded = goes_on;
  }
  if (!is_recorded) co_return cant_record();
  co_return journal::Opened{};
}

// The log lets go of what it held when the superblocks say who missed it.
Task<IoResult> Array::take_up_log(const journal::Survey& log) {
  if (rules_.record_missing_before_serving || !members_.is_degraded()) {
    if (auto recorded = co_await metadata_.record(); !recorded) co_return recorded;
  }
  if (metadata_.is_journal_failing()) co_return io_error(IoErrorKind::io, Lba(0));
  auto begun = co_await journal_->begin(log);
  co_return begun;
}

// Parity that was computed from data that the log has lost is made anew; where nobody knows which, all of it, by a resync.
Task<IoResult> Array::repair_suspects(const journal::Survey& log) {
  if (log.damaged > 0)
    ports_.observer.note(fmt::format(
        "{} of the journal's units can't be read whole, though the log goes on behind: a power cut "
        "does that to units that nobody was told of; else the journal is damaged, and writes that "
        "only they held are lost; stripes to be resynced: {}",
        log.damaged, log.all_are_suspect ? "all" : fmt::format("{}", log.suspects.size())));
  if (log.damaged > 0 && members_.is_degraded())
    ports_.observer.note(
        "blocks of the missing member in those stripes can't be told from lost parity: they may be "
        "wrong");
  for (Lba stripe : log.suspects) {
    Extent page(stripe, journal::block_sectors);
    if (auto made = co_await resync_window(page); !made) co_return made;
  }
  if (log.replays_data_only) {
    for (const journal::DataOnly::StripePage& lone : log.data_only.pages()) {
      Extent page(lone.stripe, journal::block_sectors);
      if (auto made = co_await resync_window(page); !made) co_return made;
    }
  }
  if (!log.all_are_suspect) co_return IoResult{};
  metadata_.resynced_to(Lba(0));
  auto told = co_await metadata_.checkpoint_resync();
  co_return told;
}

// Y5: their parity is logged, then they go to the members, as a write-back cache would have done it. A cut is followed by the
// same once more, less what the log holds whole by then.
Task<IoResult> Array::write_out_recovered(const journal::Survey& log) {
  ports_.observer.mark("raid.journal_data_only_written_out");
  std::span<const journal::DataOnly::StripePage> left = log.data_only.pages();
  const std::size_t all = left.size();
  distrusts_parity_ = journal_rules_.recompute_recovered_parity;
  while (!left.empty()) {
    auto written = co_await write_out_some(left);
    if (!written) co_return written;
    ports_.observer.progress("write-out of the journal's data", (all - left.size()) * page_bytes,
                             all * page_bytes);
  }
  distrusts_parity_ = false;
  if (journal_rules_.flush_replayed_before_tail) {
    if (auto flushed = co_await metadata_.flush_members(); !flushed) co_return flushed;
  }
  auto done = co_await journal_->recovered_is_written();
  co_return done;
}

Task<IoResult> Array::write_out_some(std::span<const journal::DataOnly::StripePage>& pages) {
  const std::uint64_t stripes = std::min(journal_->stripes_max(), stripes_at_once);
  std::vector<NewDatas> rows;
  std::vector<Lba> sectors;
  const auto first = pages.begin();
  while (!pages.empty()) {
    const journal::DataOnly::StripePage& page = pages.front();
    if (sectors.empty() || sectors.back() != page.stripe) {
      if (sectors.size() == stripes) break;
      sectors.push_back(page.stripe);
      rows.emplace_back();
    }
    rows.back().emplace_back(page.role, allocate_slices(page_bytes));
    pages = pages.subspan(1);
  }
  Join<IoResult> reads;
  auto page = first;
  for (const NewDatas& row : rows)
    for (const NewData& data : row) reads.add(journal_->read((page++)->position, data.pages));
  co_await reads.all();
  for (std::size_t i = 0; i < reads.size(); ++i)
    if (auto read = reads.result(i); !read) co_return read;
  RowWrites writes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::uint64_t number = Sectors(sectors[i].value) / geometry_.chunk;
    Extent span(sectors[i], journal::block_sectors);
    if (auto planned = co_await plan_row(number, span, rows[i], writes); !planned)
      co_return planned;
  }
  auto written = co_await write_out_rows(writes);
  co_return written;
}

}  // namespace holdfast::raid
