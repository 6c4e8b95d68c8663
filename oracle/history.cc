#include "oracle/history.h"

#include <algorithm>

namespace holdfast::oracle {
namespace {

Extent whole_granules(Extent extent, std::uint32_t granularity_bytes) {
  if (granularity_bytes == 0) return Extent(extent.first, Sectors(0));
  std::uint64_t granule = std::max<std::uint64_t>(granularity_bytes / sector_bytes, 1);
  std::uint64_t first = (extent.first.value + granule - 1) / granule * granule;
  std::uint64_t end = extent.end().value / granule * granule;
  return Extent(Lba(first), Sectors(end > first ? end - first : 0));
}

}  // namespace

History::History(std::uint64_t run, const Profile& profile)
    : profile_(profile),
      payload_(run),
      writes_(1),
      baseline_(profile.sectors.value),
      first_touch_(profile.sectors.value, nothing),
      first_sight_(profile.sectors.value, nothing) {}

void History::learn(const Observation& seen) {
  check(!has_learnt_ && writes_.size() == 1, "a volume is learnt once, before the first request");
  has_learnt_ = true;
  start_epoch(seen);
  learnt_ = baseline_;
}

WriteId History::begin(Extent extent, WriteFlags flags, Effect effect, bool is_discard) {
  check(has_learnt_, "the volume was learnt before the first request");
  check(extent.end().value <= baseline_.size(), "a write lies inside the volume");
  check(writes_.size() < Content::write_limit, "a run has fewer than 2^26 writes");
  auto id = static_cast<WriteId>(writes_.size());
  WriteRecord record;
  record.extent = extent;
  record.submitted = ++clock_;
  record.epoch = epoch_;
  record.effect = effect;
  record.is_discard = is_discard;
  record.fua = flags.fua;
  record.preflush = flags.preflush;
  writes_.push_back(record);
  for (Lba lba = extent.first; lba < extent.end(); lba += Sectors(1)) {
    std::uint32_t& first = first_touch_[lba.value];
    if (first == nothing) touched_.push_back(lba);
    touches_.push_back({id, first});
    first = static_cast<std::uint32_t>(touches_.size() - 1);
  }
  return id;
}

std::uint32_t History::told(HistoryEvent::Kind kind, std::uint32_t id, Extent extent,
                            WriteFlags flags) {
  if (!listener_) return id;
  HistoryEvent event(kind, id);
  event.extent = extent;
  event.flags = flags;
  listener_(event);
  return id;
}

void History::told_end(HistoryEvent::Kind kind, std::uint32_t id, bool ok) {
  if (!listener_) return;
  HistoryEvent event(kind, id);
  event.ok = ok;
  listener_(event);
}

void History::replay(const HistoryEvent& event) {
  auto is_same = [&event](std::uint32_t id) {
    check(id == event.id, "E2: a request that is replayed has the number that it had");
  };
  switch (event.kind) {
    case HistoryEvent::Kind::write: return is_same(begin_write(event.extent, event.flags));
    case HistoryEvent::Kind::write_zeroes:
      return is_same(begin_write_zeroes(event.extent, event.flags));
    case HistoryEvent::Kind::discard: return is_same(begin_discard(event.extent));
    case HistoryEvent::Kind::write_ended: return end_write(event.id, event.ok);
    case HistoryEvent::Kind::flush: return is_same(begin_flush());
    case HistoryEvent::Kind::flush_ended: return end_flush(event.id, event.ok);
    case HistoryEvent::Kind::read: return is_same(begin_read(event.extent));
    case HistoryEvent::Kind::read_ended: return end_read(event.id, event.seen);
    case HistoryEvent::Kind::member_lost: return member_lost();
  }
}

WriteId History::begin_write(Extent extent, WriteFlags flags) {
  WriteId id = begin(extent, flags, Effect::data, false);
  return told(HistoryEvent::Kind::write, id, extent, flags);
}

WriteId History::begin_write_zeroes(Extent extent, WriteFlags flags) {
  WriteId id = begin(extent, flags, Effect::zeros, false);
  return told(HistoryEvent::Kind::write_zeroes, id, extent, flags);
}

WriteId History::begin_discard(Extent extent) {
  Effect effect = profile_.discard_reads_zero ? Effect::zeros : Effect::any;
  WriteId id = begin(whole_granules(extent, profile_.discard_granularity_bytes), {}, effect, true);
  return told(HistoryEvent::Kind::discard, id, extent, {});
}

void History::fill(WriteId write, MutablePages into) const {
  const WriteRecord& record = writes_[write];
  check(record.effect == Effect::data, "only writes of data have a payload");
  check(bytes_of(into) == record.extent.count.bytes(), "the slices have the size of the write");
  Lba lba = record.extent.first;
  for (const Slice& slice : into) {
    check(slice.bytes % sector_bytes == 0, "a slice is whole sectors");
    for (std::uint32_t at = 0; at < slice.bytes; at += sector_bytes, lba += Sectors(1))
      payload_.encode(write, record.epoch, lba, slice.room().subspan(at, sector_bytes));
  }
}

void History::end_write(WriteId write, bool ok) {
  WriteRecord& record = writes_[write];
  check(!record.is_acked() && record.epoch == epoch_, "a write ends once, in its own epoch");
  ++clock_;
  told_end(HistoryEvent::Kind::write_ended, write, ok);
  if (!ok) return;
  record.acked = clock_;
  if (record.preflush) flushed_before_ = std::max(flushed_before_, record.submitted);
}

FlushId History::begin_flush() {
  flushes_.push_back(++clock_);
  return told(HistoryEvent::Kind::flush, static_cast<FlushId>(flushes_.size() - 1), {}, {});
}

void History::end_flush(FlushId flush, bool ok) {
  ++clock_;
  told_end(HistoryEvent::Kind::flush_ended, flush, ok);
  if (ok) flushed_before_ = std::max(flushed_before_, flushes_[flush]);
}

ReadId History::begin_read(Extent extent) {
  check(has_learnt_ && extent.end().value <= baseline_.size(), "a read lies inside the volume");
  ReadRecord record;
  record.extent = extent;
  record.submitted = ++clock_;
  reads_.push_back(record);
  return told(HistoryEvent::Kind::read, static_cast<ReadId>(reads_.size() - 1), extent, {});
}

void History::see(ReadId read, Lba lba, Content seen) {
  ++reads_seen_;
  if (first_touch_[lba.value] == nothing && seen == baseline_[lba.value]) return;
  std::uint32_t& first = first_sight_[lba.value];
  if (first == nothing) sighted_.push_back(lba);
  sights_.push_back({seen, read, first});
  first = static_cast<std::uint32_t>(sights_.size() - 1);
}

void History::end_read(ReadId read, Pages seen) {
  check(bytes_of(seen) == reads_[read].extent.count.bytes(),
        "the slices have the size of the read");
  decoded_.clear();
  for_each_sector(reads_[read].extent.first, seen, [this](Lba lba, Bytes sector) {
    decoded_.push_back(payload_.decode(lba, sector));
  });
  end_read(read, decoded_);
}

void History::end_read(ReadId read, std::span<const Content> seen) {
  ReadRecord& record = reads_[read];
  check(record.ended == never, "a read ends once");
  check(seen.size() == record.extent.count.value, "one content for each sector");
  record.ended = ++clock_;
  if (listener_) {
    HistoryEvent event(HistoryEvent::Kind::read_ended, read);
    event.ok = true;
    event.seen = seen;
    listener_(event);
  }
  for (std::size_t i = 0; i < seen.size(); ++i)
    see(read, record.extent.first + Sectors(i), seen[i]);
}

void History::member_lost() {
  member_lost_ = std::min(member_lost_, ++clock_);
  told_end(HistoryEvent::Kind::member_lost, 0, false);
}

void History::clean_stop() { stopped_before_ = ++clock_; }

void History::crash(Crash kind) {
  ++clock_;
  crash_ = std::max(crash_, kind);
}

bool History::is_durable(const WriteRecord& write) const {
  if (!write.is_acked()) return false;
  if (write.fua || !profile_.has_volatile_cache) return true;
  if (is_flushed(write) || is_stopped(write)) return true;
  return crash_ != Crash::power && profile_.acked_writes_survive_host_crash;
}

void History::recovered(const Observation& seen) {
  check(has_learnt_, "a recovery comes after the volume was learnt");
  start_epoch(seen);
}

void History::start_epoch(const Observation& seen) {
  check(seen.sectors() == sectors(), "the whole volume was observed");
  for (std::uint64_t i = 0; i < baseline_.size(); ++i) {
    Content now = seen.at(Lba(i));
    baseline_[i] = now.kind() == Content::Kind::unreadable ? Content() : now;
  }
  for (Lba lba : touched_) first_touch_[lba.value] = nothing;
  for (Lba lba : sighted_) first_sight_[lba.value] = nothing;
  touched_.clear();
  sighted_.clear();
  touches_.clear();
  sights_.clear();
  reads_.clear();
  flushes_.clear();
  epoch_begin_ = static_cast<WriteId>(writes_.size());
  ++epoch_;
  ++clock_;
  crash_ = Crash::none;
  member_lost_ = never;
}

}  // namespace holdfast::oracle
