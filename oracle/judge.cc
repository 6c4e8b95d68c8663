#include "oracle/judge.h"

#include <algorithm>

#include <fmt/format.h>

#include "oracle/allowed.h"
#include "oracle/register_check.h"
#include "oracle/story.h"

namespace holdfast::oracle {
namespace {

std::vector<WriteId> without_none(WriteId seen, WriteId expected) {
  std::vector<WriteId> writes;
  if (seen != 0) writes.push_back(seen);
  if (expected != 0) writes.push_back(expected);
  return writes;
}

Finding finding_at(Verdict verdict, std::string_view rule, Extent where, std::string kind) {
  Finding finding;
  finding.verdict = verdict;
  finding.rule = rule;
  finding.where = where;
  finding.blocks = std::max<std::uint64_t>(where.count.value, 1);
  finding.kind = std::move(kind);
  return finding;
}

Finding finding_at(Verdict verdict, std::string_view rule, Lba lba, std::string kind) {
  return finding_at(verdict, rule, Extent(lba, Sectors(1)), std::move(kind));
}

RegisterHistory register_of(const History& history, Lba lba, std::vector<ReadId>& ids) {
  RegisterHistory told;
  told.initial = history.baseline(lba);
  for (auto at = history.first_touch(lba); at != History::nothing; at = history.next_touch(at)) {
    WriteId id = history.touch_write(at);
    const WriteRecord& write = history.write(id);
    Content value = Content::written(id);
    if (write.effect == Effect::zeros) value = Content::zero();
    if (write.effect == Effect::any) value = Content();
    told.writes.push_back({write.submitted, write.acked, value});
  }
  for (auto at = history.first_sight(lba); at != History::nothing; at = history.sight(at).next) {
    const History::Sight& sight = history.sight(at);
    const ReadRecord& read = history.read(sight.read);
    told.reads.push_back({read.submitted, read.ended, sight.seen});
    ids.push_back(sight.read);
  }
  return told;
}

// Of a write that is whole or absent: where the volume shows that it landed, and where that it did not.
struct Halves {
  bool has_landed = false;
  bool is_absent = false;
  Lba landed;
  Lba absent;
};

// Zeros made by this write and nobody else, or its own payload.
bool has_landed(const History& history, WriteId id, Lba lba, Content seen) {
  const WriteRecord& write = history.write(id);
  if (write.effect == Effect::data) return seen == Content::written(id);
  if (write.effect != Effect::zeros || seen != Content::zero()) return false;
  bool is_only = history.baseline(lba) != Content::zero();
  for (auto at = history.first_touch(lba); at != History::nothing; at = history.next_touch(at)) {
    WriteId other = history.touch_write(at);
    if (other != id && history.write(other).effect != Effect::data) is_only = false;
  }
  return is_only;
}

// What is seen can only have stood there before this write took effect.
bool is_absent(const History& history, const Allowed& allowed, WriteId id, Lba lba, Content seen) {
  bool may_be_later = false;
  bool is_known = seen == history.baseline(lba);
  for (auto at = history.first_touch(lba); at != History::nothing; at = history.next_touch(at)) {
    WriteId other = history.touch_write(at);
    const WriteRecord& write = history.write(other);
    bool makes_it =
        allowed.may_hold_anything(write) ||
        seen == (write.effect == Effect::zeros ? Content::zero() : Content::written(other));
    if (!makes_it) continue;
    is_known = true;
    if (other == id || !allowed.is_before(other, id)) may_be_later = true;
  }
  return is_known && !may_be_later;
}

}  // namespace

Judge::Judge(History& history, const Profile& profile)
    : history_(history), profile_(profile), damage_(profile_) {
  if (!profile_.raid) return;
  check(profile_.raid->contradiction().empty(), "the shape of the array makes sense");
  check(profile_.raid->sectors() == profile_.sectors, "the array has the size of its shape");
  dirty_ = std::make_unique<DirtyRegions>(*profile_.raid);
}

Judge::Judge(History& history, const Judge& other)
    : history_(history),
      profile_(other.profile_),
      damage_(profile_, other.damage_),
      is_settled_(other.is_settled_),
      reads_judged_(other.reads_judged_) {
  if (other.dirty_) dirty_ = std::make_unique<DirtyRegions>(*profile_.raid, *other.dirty_);
}

void Judge::redundancy_settled() {
  if (dirty_) dirty_->settled();
  is_settled_ = true;
}

bool Judge::may_be_write_hole(Lba lba, const Opening& opening) const {
  return dirty_ && dirty_->is_dirty(lba) && is_computed(lba, opening);
}

// It stands where it can't be read, so what is seen of it comes from the members beside it.
bool Judge::is_computed(Lba lba, const Opening& opening) const {
  if (!profile_.raid || (opening.missing.empty() && opening.unreadable.empty())) return false;
  MemberPlace place = place_of(*profile_.raid, lba);
  auto is_among = [](const auto& list, const auto& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  return is_among(opening.missing, place.role) || is_among(opening.unreadable, place);
}

// What this format can't see.
bool Judge::is_silent(const Finding& finding, const Opening& opening) const {
  Lba lba = finding.where.first;
  bool is_read = finding.verdict == Verdict::wrong_read;  // those are judged by their moment
  // A computed block doesn't show what was hit: its column decides.
  if (!is_read && !is_computed(lba, opening) && damage_.is_hit(history_, lba)) return true;
  if (damage_.is_hit_column(lba) && is_computed(lba, opening)) return true;
  bool is_older =
      finding.verdict == Verdict::lost_durable || finding.verdict == Verdict::stale_resurrected;
  return opening.has_rotten_journal && is_older;
}

Finding* Judge::add(Finding finding, const Opening& opening, Judgement& into) {
  Lba lba = finding.where.first;
  if (is_silent(finding, opening)) {
    into.counts.silent_by_format += finding.blocks;
    return nullptr;
  }
  if (!may_be_write_hole(lba, opening)) return into.add(std::move(finding));
  finding.kind = fmt::format("{} of a member's block", name_of(finding.verdict));
  finding.verdict = Verdict::write_hole;
  finding.rule = "R5";
  bool is_declared = dirty_->is_excused(lba);
  if (is_declared) into.counts.write_hole_blocks += finding.blocks;
  Finding* told = into.add(std::move(finding), is_declared);
  if (told)
    told->story = "; " + story_of_write_hole(history_, *profile_.raid, *dirty_, lba,
                                             opening.missing, opening.cut);
  return told;
}

// --- R4 ---

void Judge::live_reads(const Opening& now, Judgement& into) {
  if (dirty_) dirty_->writes_acked(history_);
  into.counts.live_reads += history_.reads_seen() - reads_judged_;
  reads_judged_ = history_.reads_seen();
  for (Lba lba : history_.sighted()) judge_reads_of(lba, now, into);
  for (Lba lba : damage_.hits()) history_.distrust_reads(lba);
}

void Judge::judge_reads_of(Lba lba, const Opening& now, Judgement& into) {
  std::vector<ReadId> ids;
  RegisterHistory told = register_of(history_, lba, ids);
  Explained explained = explain(told);
  if (explained == Explained::yes) return;
  history_.distrust_reads(lba);
  if (explained == Explained::given_up) {
    into.counts.live_reads_open += told.reads.size();
    return;
  }
  std::size_t wrong = first_unexplained(told);
  if (damage_.may_mislead(lba, told.reads[wrong].end)) {
    ++into.counts.silent_by_format;
    return;
  }
  Content seen = told.reads[wrong].value;
  Finding finding = finding_at(Verdict::wrong_read, "R4", lba, "");
  if (seen.write() != 0) finding.writes.push_back(seen.write());
  finding.kind = seen.is_written() ? "a value out of its time" : "bytes that nobody wrote";
  Finding* added = add(std::move(finding), now, into);
  if (!added) return;
  const ReadRecord& read = history_.read(ids[wrong]);
  std::string writes;
  for (auto at = history_.first_touch(lba); at != History::nothing; at = history_.next_touch(at)) {
    WriteId id = history_.touch_write(at);
    const WriteRecord& write = history_.write(id);
    if (write.submitted > read.ended) continue;
    std::string_view beside = write.acked < read.submitted ? "" : " (not over)";
    writes += fmt::format("{}{}{}", writes.empty() ? "" : ", ", id, beside);
  }
  added->story = fmt::format(
                     "a read of block {} (events {} to {}) returned {}, which no order of the "
                     "requests explains; newest first, "
                     "writes {}, then {}",
                     lba.value, read.submitted, read.ended, seen.text(),
                     writes.empty() ? "none" : writes, history_.baseline(lba).text()) +
                 added->story;
}

// --- R1, R2, R3, R9 ---

void Judge::recovery(const Observation& seen, const Opening& opening, Judgement& into) {
  check(seen.sectors() == history_.sectors() && seen.is_complete(),
        "J1: a recovery is judged when the whole volume was read");
  Opening meanwhile = opening;
  meanwhile.missing.insert(meanwhile.missing.end(), opening.missing_before.begin(),
                           opening.missing_before.end());
  live_reads(meanwhile, into);
  using Behind = DirtyRegions::Behind;
  Behind behind = opening.has_damaged_journal ? Behind::damaged_journal : Behind::journal;
  if (dirty_) dirty_->recovery_begins(history_, profile_.has_write_hole ? Behind::nothing : behind);
  if (opening.has_rotten_journal) damage_.lost_log(history_);
  is_settled_ = false;
  ++into.counts.recoveries;
  for (Lba lba; lba < Lba(seen.sectors().value); lba += Sectors(1))
    judge_block(lba, seen.at(lba), opening, into);
  bool is_atomic = profile_.atomic_write_bytes > sector_bytes && !profile_.tears_inside_blocks;
  if (is_atomic && !opening.has_damaged_journal && !opening.has_rotten_journal)
    for (WriteId id = history_.epoch_begin(); id < history_.writes_end(); ++id)
      judge_atomicity(id, seen, opening, into);
  history_.recovered(seen);
  damage_.recovered([&](Lba lba) { return is_computed(lba, opening); });
  if (!opening.missing.empty() || !opening.unreadable.empty()) history_.member_lost();
}

void Judge::judge_block(Lba lba, Content seen, const Opening& opening, Judgement& into) {
  Content before = history_.baseline(lba);
  bool is_unreadable = seen.kind() == Content::Kind::unreadable;
  if (is_unreadable && !opening.is_over_budget)
    unexpected_error("reading after the recovery", Extent(lba, Sectors(1)),
                     IoError(IoErrorKind::io, lba), into);
  bool is_known = !is_unreadable && (history_.is_touched(lba) || before != Content());
  ++(is_known ? into.counts.blocks : into.counts.blocks_unknown);
  if (!is_known) return;
  if (!history_.is_touched(lba)) {
    ++into.counts.blocks_must;
    if (seen == before) return;
  } else {
    Allowed allowed(history_, profile_, lba);
    if (allowed.is_single()) ++into.counts.blocks_must;
    if (allowed.contains(seen)) return;
  }

  if (is_spoiled_by_neighbor(lba, opening)) return;
  // The oldest version of all, which classify() can't tell from bytes that nobody wrote.
  if (opening.has_rotten_journal && seen == history_.first_content(lba)) {
    ++into.counts.silent_by_format;
    return;
  }
  Wrong wrong = classify(history_, profile_, lba, seen);
  Finding finding = finding_at(wrong.verdict, wrong.rule, lba, wrong.kind);
  finding.writes = without_none(seen.write(), wrong.expected);
  if (Finding* told = add(std::move(finding), opening, into))
    told->story = story_of_wrong(history_, lba, seen, wrong) + told->story;
}

// T3: a write that may hold anything was torn, or the repair of an unreadable block, and the physical block with it.
bool Judge::is_spoiled_by_neighbor(Lba lba, const Opening& opening) const {
  std::uint64_t together = profile_.spoiled_with_bytes / sector_bytes;
  if (together < 2 || history_.last_crash() != Crash::power) return false;
  for (const MemberPlace& bad : opening.unreadable) {
    MemberPlace place = place_of(*profile_.raid, lba);
    std::uint64_t block = profile_.spoiled_with_bytes;
    if (place.role == bad.role && place.offset / block == bad.offset / block) return true;
  }
  Lba first(lba.value / together * together);
  for (Lba at = first; at < first + Sectors(together); at += Sectors(1))
    if (history_.is_touched(at) && Allowed(history_, profile_, at).contains_anything()) return true;
  return false;
}

void Judge::judge_atomicity(WriteId id, const Observation& seen, const Opening& opening,
                            Judgement& into) {
  const WriteRecord& write = history_.write(id);
  if (write.extent.count.value < 2 || write.is_discard || !is_atomic(profile_, write)) return;
  Halves halves;
  for (Lba lba = write.extent.first; lba < write.extent.end(); lba += Sectors(1)) {
    if (damage_.is_hit(history_, lba)) continue;
    if (has_landed(history_, id, lba, seen.at(lba))) {
      halves.has_landed = true;
      halves.landed = lba;
      continue;
    }
    Allowed allowed(history_, profile_, lba);
    if (!allowed.contains(seen.at(lba)) || !is_absent(history_, allowed, id, lba, seen.at(lba)))
      continue;
    halves.is_absent = true;
    halves.absent = lba;
  }
  if (!halves.has_landed || !halves.is_absent) return;
  Finding finding = finding_at(Verdict::torn, "R2", halves.absent, "");
  finding.kind = fmt::format("inside an atomic unit of {} bytes", profile_.atomic_write_bytes);
  finding.writes = {id};
  if (Finding* told = add(std::move(finding), opening, into))
    told->story =
        fmt::format(
            "{} stands in block {} but not in block {}, which shows {}, inside one atomic "
            "unit of {} bytes",
            describe(history_, id), halves.landed.value, halves.absent.value,
            seen.at(halves.absent).text(), profile_.atomic_write_bytes) +
        told->story;
}

void Judge::reread(const Observation& first, const Observation& again, const Opening& opening,
                   Judgement& into) {
  for (Lba lba; lba < Lba(first.sectors().value); lba += Sectors(1)) {
    if (first.at(lba) == again.at(lba)) continue;
    Finding finding = finding_at(Verdict::unstable, "R3", lba, "read again");
    finding.writes = without_none(again.at(lba).write(), first.at(lba).write());
    if (Finding* told = add(std::move(finding), opening, into))
      told->story =
          fmt::format("block {} shows {} and, read again, {}, and nothing was written between",
                      lba.value, first.at(lba).text(), again.at(lba).text()) +
          told->story;
  }
}

// --- R7, R8 ---

void Judge::unexpected_error(std::string_view request, Extent where, IoError error,
                             Judgement& into) {
  Finding finding = finding_at(Verdict::unexpected_eio, "R7", where, std::string(request));
  finding.story = fmt::format(
      "{} (block {}, {} sectors) ended with '{}' at sector {}, though no more is "
      "broken than the volume promises to bear",
      request, where.first.value, where.count.value, name_of(error.kind), error.where.value);
  into.add(std::move(finding));
}

void Judge::stuck(std::string_view what, std::uint64_t events, Judgement& into) {
  Finding finding = finding_at(Verdict::stuck, "R8", Extent(), std::string(what));
  finding.story = fmt::format("{} did not end within {} events", what, events);
  into.add(std::move(finding));
}

void Judge::refused(std::string_view message, Judgement& into) {
  Finding finding = finding_at(Verdict::refused, "R8", Extent(), "open");
  finding.story = fmt::format("the volume refuses to open within the fault budget: {}", message);
  into.add(std::move(finding));
}

}  // namespace holdfast::oracle
