// R7: how a write is acknowledged from the log, and how stripes leave the cache.

#include <algorithm>

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

constexpr Sectors page = Sectors::of_bytes(page_bytes);

}  // namespace

void Array::set_write_back(std::uint64_t stripes_max) {
  if (!journal_) return;
  cached_stripes_max_ = std::max<std::uint64_t>(1, stripes_max);
  promises_room_ = true;
}

void Array::set_write_through() {
  cached_stripes_max_ = 0;
  write_out_soon();
}

// What may stay in the cache for now.
bool Array::keeps_cache() const {
  return is_write_back() && !is_draining_ && !members_.is_degraded() && metadata_.is_in_sync() &&
         !journal_->has_failed();
}

// A request that one batch of the log holds, beside the unit that always stays there.
bool Array::may_cache(Extent request) const {
  if (!keeps_cache()) return false;
  std::uint64_t stripes = span_of(geometry_, request).count / page;
  return stripes <= journal_->stripes_max() &&
         blocks_to_cache(request) < journal_->ring().blocks() / 2;
}

// Each stripe may open a unit, and later its write-out another.
std::uint64_t Array::blocks_to_cache(Extent request) const {
  std::uint64_t pages =
      (request.end().value + page.value - 1) / page.value - request.first.value / page.value;
  std::uint64_t stripes = span_of(geometry_, request).count / page;
  return pages + stripes + write_out_blocks(stripes);
}

// Of stripes in the log without parity: a meta block and parity each, if they are written out one by one.
std::uint64_t Array::write_out_blocks(std::uint64_t stripes) const {
  return stripes * (1 + static_cast<std::uint64_t>(geometry_.parity_disks()));
}

// A whole batch of so many stripes, data and parity.
std::uint64_t Array::blocks_of_batch(std::uint64_t stripes) const {
  std::uint64_t one = 1 + static_cast<std::uint64_t>(geometry_.raid_disks);
  return std::min(stripes * one, (journal_->ring().blocks() - 1) / 2);
}

// What one batch may hold: whole rows, or what lies in one chunk.
Extent Array::first_part(Extent request) const {
  std::uint64_t stripes = journal_->stripes_max(), in_chunk = geometry_.chunk / page;
  Sectors step =
      stripes >= in_chunk ? geometry_.row_sectors() * (stripes / in_chunk) : page * stripes;
  Sectors limit = stripes >= in_chunk ? step : geometry_.chunk;
  Sectors to_step = step - Sectors((Sectors(request.first.value) % limit).value) % step;
  Sectors to_limit = limit - Sectors(request.first.value) % limit;
  return {request.first, std::min({request.count, to_step, to_limit})};
}

Task<IoResult> Array::write_part_by_part(Lba first, Pages from) {
  Extent left(first, Sectors::of_bytes(bytes_of(from)));
  while (!left.empty()) {
    Extent part = first_part(left);
    SliceList pages = range_of(from, (part.first - first).bytes(), part.count.bytes());
    if (auto written = co_await write_part(part, pages); !written) co_return written;
    left = Extent(part.end(), left.count - part.count);
  }
  co_return IoResult{};
}

// J5: room first, for the data and for the write-out, then the stripes.
Task<IoResult> Array::write_part(Extent request, Pages from) {
  Extent span = span_of(geometry_, request);
  std::uint64_t blocks = blocks_of_batch(span.count / page);
  bool has_room_for_cache = may_cache(request);
  if (has_room_for_cache) blocks = std::max(blocks, blocks_to_cache(request));
  if (auto promised = co_await journal_->promise(blocks); !promised) co_return promised;
  IoResult outcome;
  std::uint64_t cached = 0;
  {
    StripeLease lease = co_await stripes_.exclusive(span);
    if (has_room_for_cache && may_cache(request)) {
      std::uint64_t before = cache_.in(span).size();
      auto logged = co_await log_data(request, from);
      outcome = logged;
      cached = cache_.in(span).size() - before;
    } else {
      if (journal_rules_.write_out_before_write_through) {
        auto out = co_await write_out(span);
        outcome = out;
      }
      if (outcome) {
        auto written = co_await write_through(request, from, WriteFlags(), Room::promised);
        outcome = written;
      }
    }
  }
  journal_->take_back(blocks - write_out_blocks(cached));
  write_out_soon();
  co_return outcome;
}

// Whole rows as zeros, the rest as any data.
Task<IoResult> Array::zero_part_by_part(Extent extent, bool is_discard) {
  Bands bands = bands_of(geometry_, extent, height_max());
  for (const Band& band : bands) {
    if (band.covers_all_data(geometry_)) {
      if (auto zeroed = co_await zero_part(band, is_discard); !zeroed) co_return zeroed;
      continue;
    }
    SliceList zeros = zero_slices(band.height.bytes());
    for (int index = band.first_data; index < band.first_data + band.data_count; ++index) {
      Lba first = band.lba(geometry_, band.row, index);
      if (auto written = co_await write_part_by_part(first, zeros); !written) co_return written;
    }
  }
  co_return IoResult{};
}

Task<IoResult> Array::zero_part(const Band& band, bool is_discard) {
  Extent span = band.span(geometry_);
  std::uint64_t blocks = blocks_of_batch(span.count / page);
  if (auto promised = co_await journal_->promise(blocks); !promised) co_return promised;
  IoResult outcome;
  {
    StripeLease lease = co_await stripes_.exclusive(span);
    if (journal_rules_.write_out_before_write_through) {
      auto out = co_await write_out(span);
      outcome = out;
    }
    if (outcome) {
      auto zeroed = co_await zero_rows(band, WriteFlags(), is_discard, Room::promised);
      outcome = zeroed;
    }
  }
  journal_->take_back(blocks);
  write_out_soon();
  co_return outcome;
}

Task<IoResult> Array::log_data(Extent request, Pages from) {
  SliceList whole;
  if (auto completed = co_await complete_pages(request, from, whole); !completed)
    co_return completed;
  if (!whole.empty()) from = whole;
  RowWrites writes;
  journal::Batch batch = journal_->new_batch();
  Bands bands = bands_of(geometry_, request);
  for (const Band& band : bands) {
    for (std::uint64_t number = band.row; number < band.row + band.rows; ++number) {
      RowMap map = geometry_.row(number);
      Extent span(geometry_.member_lba(number) + band.offset, band.height);
      RowWrite& write = writes.emplace_back(number, map, span, written_roles(band, map));
      for (int index = band.first_data; index < band.first_data + band.data_count; ++index)
        append_range(write.row.at(map.role_of(index)), from,
                     (band.lba(geometry_, number, index) - request.first).bytes(),
                     band.height.bytes());
      batch.add(write.row, number, write.data, journal::Logged::data);
    }
  }
  if (auto logged = co_await journal_->append_at_once(batch); !logged) co_return logged;
  keep_in_cache(writes, batch);
  journal_->release(batch);
  ports_.observer.mark("raid.write_back");
  co_return IoResult{};
}

// C2: the log keeps what a stripe's first unit and all behind it hold.
void Array::keep_in_cache(const RowWrites& writes, const journal::Batch& batch) {
  for (const RowWrite& write : writes) {
    for (Sectors at; at < write.row.span.count; at += page) {
      Lba stripe = write.row.span.first + at;
      for (int role : write.data) {
        Slice content(Page::allocate());
        SliceList part = range_of(write.row.at(role), at.bytes(), page_bytes);
        copy(Pages(part), content.room());
        bool is_new = cache_.put(stripe, role, std::move(content), batch.first_unit);
        if (is_new && journal_rules_.keep_cached_units) journal_->hold(batch.first_unit);
      }
    }
  }
}

bool Array::shows_all_from_cache(Lba first, MutablePages into) const {
  if (cache_.empty()) return false;
  Lba end = first + Sectors::of_bytes(bytes_of(into));
  for (Lba at = first - Sectors(first.value) % page; at < end; at += page) {
    ChunkPlace place = geometry_.locate(at);
    if (!cache_.find(geometry_.member_lba(place.row) + place.inside,
                     geometry_.row(place.row).role_of(place.index)))
      return false;
  }
  show_cached(first, into);
  ports_.observer.mark("raid.read_from_cache");
  return true;
}

// C1: over what the members gave.
void Array::show_cached(Lba first, MutablePages into) const {
  Lba end = first + Sectors::of_bytes(bytes_of(into));
  if (!cache_.overlaps(span_of(geometry_, {first, end - first}))) return;
  for (Lba at = first - Sectors(first.value) % page; at < end; at += page) {
    ChunkPlace place = geometry_.locate(at);
    const Slice* cached = cache_.find(geometry_.member_lba(place.row) + place.inside,
                                      geometry_.row(place.row).role_of(place.index));
    if (!cached) continue;
    Lba from = std::max(at, first), to = std::min(at + page, end);
    SliceList target = range_of(into, (from - first).bytes(), (to - from).bytes());
    copy(cached->view().subspan((from - at).bytes(), (to - from).bytes()), MutablePages(target));
  }
}

// More than half of the cache, or the log's room, or nothing of it is to stay.
bool Array::wants_write_out() const {
  if (cache_.empty()) return false;
  return !keeps_cache() || cache_.size() > cached_stripes_max_ / 2 || journal_->waits_for_room();
}

void Array::write_out_soon() {
  if (wants_write_out()) wants_write_out_.set();
}

Task<> Array::write_out_when_wanted() {
  for (;;) {
    co_await wants_write_out_.wait();
    wants_write_out_.reset();
    while (wants_write_out()) {
      StripeLease lease;
      Extent span = lease_oldest(lease);
      if (!lease) break;  // all are in use: who uses them calls write_out_soon() when he is done
      if (auto written = co_await write_out(span); !written) {
        ports_.observer.note(
            "stripes that stand in the journal can't be written out: a member can't be read or "
            "written; they stay there, and the array takes no more writes");
        journal_->abandon();
        co_return;
      }
      lease.release();
      co_await ports_.executor.yield();
    }
  }
}

// The oldest that nobody else has a lease on, and those behind it in the same chunks that are in the cache, too: they go to the
// members together. It waits for no lease: who has one may wait for the room that this makes (J5).
Extent Array::lease_oldest(StripeLease& lease) {
  for (const StripeCache::Stripe& stripe : cache_.by_age()) {
    Lba end = stripe.sector;
    Lba chunk_end = geometry_.member_lba(Sectors(end.value) / geometry_.chunk + 1);
    std::uint64_t most = journal_->stripes_max();
    for (std::uint64_t n = 0; n < most && end < chunk_end && cache_.find(end); ++n) end += page;
    for (Extent span : {Extent(stripe.sector, end - stripe.sector), Extent(stripe.sector, page)}) {
      lease = stripes_.try_exclusive(span);
      if (lease) return span;
    }
  }
  return {};
}

Task<IoResult> Array::write_out_all() {
  is_draining_ = true;
  while (!cache_.empty()) {
    Extent span(cache_.oldest().sector, page);
    StripeLease lease = co_await stripes_.exclusive(span);
    if (auto written = co_await write_out(span); !written) {
      is_draining_ = false;
      co_return written;
    }
  }
  is_draining_ = false;
  co_return IoResult{};
}

// The caller holds the stripes alone.
Task<IoResult> Array::write_out(Extent span) {
  if (!cache_.overlaps(span)) co_return IoResult{};
  std::vector<const StripeCache::Stripe*> stripes = cache_.in(span);
  std::size_t at_once = journal_->stripes_max();
  for (std::size_t begin = 0; begin < stripes.size(); begin += at_once) {
    std::size_t end = std::min(stripes.size(), begin + at_once);
    RowWrites writes;
    for (std::size_t i = begin; i < end; ++i) {
      const StripeCache::Stripe& stripe = *stripes[i];
      NewDatas data;
      for (const StripeCache::CachedPage& cached : stripe.pages)
        data.emplace_back(cached.role, SliceList{cached.content});
      std::uint64_t number = Sectors(stripe.sector.value) / geometry_.chunk;
      Extent whole(stripe.sector, page);
      if (auto planned = co_await plan_row(number, whole, data, writes); !planned)
        co_return planned;
    }
    if (auto written = co_await write_out_rows(writes); !written) co_return written;
    for (std::size_t i = begin; i < end; ++i) {
      if (journal_rules_.keep_cached_units) journal_->let_go(stripes[i]->first_unit);
      cache_.forget(stripes[i]->sector);
    }
    journal_->take_back(write_out_blocks(end - begin));
    ports_.observer.mark("raid.written_out");
  }
  co_return IoResult{};
}

// Their data stand in the log: parity joins them there before a member is touched. Where the log has failed nobody else holds
// them, and they go to the members all the same.
Task<IoResult> Array::write_out_rows(RowWrites& writes) {
  if (!journal_rules_.log_parity_before_write_out) {
    auto written = co_await write_members(writes, WriteFlags());
    co_return written;
  }
  journal::Batch batch = journal_->new_batch();
  for (const RowWrite& write : writes)
    batch.add(write.row, write.number, write.data, journal::Logged::parity);
  auto logged = co_await journal_->append_at_once(batch);
  auto written = co_await write_members(writes, WriteFlags());
  if (!logged) co_return written;
  auto finished = co_await finish(batch, written);
  co_return finished;
}

}  // namespace holdfast::raid
