#include "oracle/allowed.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::oracle {
namespace {

bool makes(const WriteRecord& write, WriteId id, Content content) {
  if (write.effect == Effect::zeros) return content == Content::zero();
  return write.effect == Effect::data && content == Content::written(id);
}

template <class Visit>
void for_each_write(const History& history, Lba lba, Visit visit) {
  for (std::uint32_t at = history.first_touch(lba); at != History::nothing;
       at = history.next_touch(at)) {
    WriteId id = history.touch_write(at);
    visit(id, history.write(id));
  }
}

std::string_view reason_of(const History& history, const Profile& profile,
                           const WriteRecord& must) {
  if (!profile.has_volatile_cache) return "acked without a volatile cache";
  if (must.fua) return "FUA";
  if (history.is_flushed(must)) return "flushed";
  return history.is_stopped(must) ? "acked before a clean stop" : "acked";
}

std::string_view name_of(Crash crash) {
  switch (crash) {
    case Crash::none: return "reopened";
    case Crash::host: return "host crash";
    case Crash::power: return "power cut";
  }
  return "";
}

}  // namespace

bool is_atomic(const Profile& profile, const WriteRecord& write) {
  std::uint64_t unit = std::max<std::uint64_t>(profile.atomic_write_bytes / sector_bytes, 1);
  if (write.extent.empty()) return true;
  std::uint64_t last = write.extent.end().value - 1;
  return write.extent.first.value / unit == last / unit;
}

Allowed::Allowed(const History& history, const Profile& profile, Lba lba)
    : history_(history), profile_(profile), lba_(lba) {
  unsigned zeros = history.baseline(lba) == Content::zero();
  for_each_write(history, lba, [&](WriteId id, const WriteRecord& write) {
    if (write.effect == Effect::zeros) {
      only_zeros_ = ++zeros == 1 ? id : 0;
    }
    if (newest_must_ == 0 && history.is_durable(write)) newest_must_ = id;
  });
  if (newest_must_ == 0) {
    ++sources_;
    allows_anything_ = history.baseline(lba) == Content();
  }
  for_each_write(history, lba, [&](WriteId id, const WriteRecord& write) {
    if (is_ruled_out(id)) return;
    ++sources_;
    if (may_hold_anything(write)) allows_anything_ = true;
  });
}

bool Allowed::may_hold_anything(const WriteRecord& write) const {
  if (write.effect == Effect::any) return true;
  if (history_.last_crash() != Crash::power) return false;
  if (is_atomic(profile_, write) && !profile_.tears_inside_blocks) return false;
  if (!write.is_acked()) return profile_.arbitrary_under_unacked_writes;
  return profile_.arbitrary_under_undurable_writes && !history_.is_durable(write);
}

WriteId Allowed::returned_by(const History::Sight& sight) const {
  if (sight.seen == Content::zero()) return only_zeros_;
  return sight.seen.is_written() && sight.seen.write() >= history_.epoch_begin()
             ? sight.seen.write()
             : 0;
}

bool Allowed::is_before(WriteId w, WriteId m) const {
  const WriteRecord& earlier = history_.write(w);
  const WriteRecord& later = history_.write(m);
  if (!earlier.is_acked() || w == m) return false;
  if (earlier.acked < later.submitted) return true;
  for (std::uint32_t at = history_.first_sight(lba_); at != History::nothing;
       at = history_.sight(at).next) {
    const History::Sight& sight = history_.sight(at);
    Moment asked = history_.read(sight.read).submitted;
    if (returned_by(sight) == m && asked > earlier.acked && asked > later.acked) return true;
  }
  return false;
}

bool Allowed::is_ruled_out(WriteId w) const {
  if (!history_.write(w).is_acked() || newest_must_ == 0) return false;
  bool is_out = is_before(w, newest_must_);
  if (is_out || history_.first_sight(lba_) == History::nothing) return is_out;
  for_each_write(history_, lba_, [&](WriteId id, const WriteRecord& write) {
    if (!is_out && history_.is_durable(write)) is_out = is_before(w, id);
  });
  return is_out;
}

bool Allowed::contains(Content seen) const {
  if (allows_anything_) return true;
  if (newest_must_ == 0 && seen == history_.baseline(lba_)) return true;
  bool is_allowed = false;
  for_each_write(history_, lba_, [&](WriteId id, const WriteRecord& write) {
    if (!is_allowed && makes(write, id, seen)) is_allowed = !is_ruled_out(id);
  });
  return is_allowed;
}

Wrong classify(const History& history, const Profile& profile, Lba lba, Content seen) {
  Allowed allowed(history, profile, lba);
  WriteId must = allowed.newest_must();
  const WriteRecord& newest = history.write(must);
  std::string when(name_of(history.last_crash()));
  if (must != 0) when = fmt::format("{}, {}", reason_of(history, profile, newest), when);

  if (seen.kind() == Content::Kind::misdirected) return {Verdict::misdirected, "R1", must, when};
  bool was_possible = seen == history.baseline(lba);
  for_each_write(history, lba, [&](WriteId id, const WriteRecord& write) {
    was_possible = was_possible || makes(write, id, seen);
  });
  if (was_possible && must != 0) {
    if (newest.effect == Effect::zeros) return {Verdict::stale_resurrected, "R9", must, when};
    return {Verdict::lost_durable, "R1", must, when};
  }
  if (seen.is_written() && seen.write() < history.epoch_begin())
    return {Verdict::stale_resurrected, "R1", must, when};
  if (!history.is_touched(lba)) return {Verdict::unstable, "R3", 0, when};
  if (seen == Content::zero()) when = "zeros, " + when;
  return {Verdict::garbage, "R1", must, when};
}

}  // namespace holdfast::oracle
