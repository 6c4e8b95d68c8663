#include "core/raid/journal/survey.h"

#include <fmt/format.h>

namespace holdfast::raid::journal {
namespace {

tl::unexpected<OpenError> refuse(OpenError::Kind kind, std::string message) {
  return tl::unexpected<OpenError>(OpenError(kind, std::move(message)));
}

class Surveyor {
 public:
  Surveyor(const Ring& ring, const Geometry& geometry, bool is_degraded, Observer& observer)
      : ring_(ring), geometry_(geometry), is_degraded_(is_degraded), observer_(observer) {}

  void intact(const ScanStep& step);
  void damaged(ScanStep step) { torn_.push_back(std::move(step)); }
  void skipped(const ScanStep& step, Sequence next);
  void end();
  void leave_out_torn_end();
  Task<> look_at_members(Members& members, Seed seed);

  Survey found;

 private:
  // A stripe that can't be replayed, and what its pages should be.
  struct Dropped {
    Lba stripe;
    Sequence unit;
    bool has_parity = false;
    std::vector<std::pair<MemberPage, std::uint32_t>> pages;
  };

  void note_stripes(const ScanStep& step);
  void is_in_the_middle(const ScanStep& step);
  void note_later_units(const ScanStep& step);

  const Ring& ring_;
  const Geometry& geometry_;
  bool is_degraded_;
  Observer& observer_;
  std::vector<Dropped> dropped_;
  std::map<Lba, Sequence> last_unit_of_;  // of suspect stripes
  std::vector<ScanStep> torn_;  // damaged units, as long as nothing shows that the log went on
};

void Surveyor::intact(const ScanStep& step) {
  for (const ScanStep& damaged : torn_) is_in_the_middle(damaged);
  torn_.clear();
  note_later_units(step);
  ++found.units;
  note_stripes(step);
}

// All records of a stripe stand beside each other.
void Surveyor::note_stripes(const ScanStep& step) {
  const std::vector<Record>& records = step.meta.records;
  std::uint64_t block = 1;
  for (std::size_t first = 0, end = 0; first < records.size(); first = end) {
    Lba stripe = stripe_of(geometry_, records[first]);
    bool has_parity = false;
    for (; end < records.size() && stripe_of(geometry_, records[end]) == stripe; ++end)
      has_parity |= records[end].kind == RecordKind::parity;
    bool is_there = !found.is_dropped(step.meta.sequence, stripe);
    if (has_parity && is_there) {
      found.data_only.parity(stripe, step.meta.sequence);
      ++found.stripes;
    }
    for (std::size_t i = first; i < end; block += static_cast<std::uint64_t>(records[i++].pages))
      if (records[i].kind == RecordKind::data && !has_parity && is_there)
        found.data_only.data(stripe, places_of(geometry_, records[i]).front().role,
                             step.meta.sequence, ring_.after(step.position, block));
  }
}

void Surveyor::is_in_the_middle(const ScanStep& step) {
  observer_.mark("raid.journal_damaged_unit_passed");
  ++found.damaged;
  found.last_damage = step.meta.sequence + 1;
  auto page = step.pages.begin();
  for (const Record& record : step.meta.records)
    for (int i = 0; i < record.pages; ++i, ++page)
      if (!*page) found.dropped.emplace(step.meta.sequence, stripe_of(geometry_, record));
  std::map<Lba, Dropped> stripes;
  for (const Record& record : step.meta.records) {
    Lba stripe = stripe_of(geometry_, record);
    if (!found.is_dropped(step.meta.sequence, stripe)) continue;
    found.suspects.insert(stripe);
    Dropped& dropped = stripes[stripe];
    dropped.stripe = stripe;
    dropped.unit = step.meta.sequence;
    dropped.has_parity |= record.kind == RecordKind::parity;
    auto places = places_of(geometry_, record);
    for (std::size_t i = 0; i < places.size(); ++i)
      dropped.pages.emplace_back(places[i], record.checksums[i]);
  }
  for (auto& [stripe, dropped] : stripes) dropped_.push_back(std::move(dropped));
  note_later_units(step);
  note_stripes(step);
}

void Surveyor::note_later_units(const ScanStep& step) {
  if (found.suspects.empty()) return;
  for (const Record& record : step.meta.records)
    if (Lba stripe = stripe_of(geometry_, record); found.suspects.contains(stripe))
      last_unit_of_[stripe] = step.meta.sequence;
}

// Y3.
Task<> Surveyor::look_at_members(Members& members, Seed seed) {
  for (const Dropped& stripe : dropped_) {
    bool was_followed = stripe.has_parity && stripe.unit < last_unit_of_[stripe.stripe];
    bool holds_all = true;
    for (const auto& [place, checksum] : stripe.pages) {
      if (was_followed || !members.is_active(place.role)) continue;
      Slice page(Page::allocate());
      auto read = co_await members.read(place.role, place.sector, MutablePages(&page, 1));
      holds_all = holds_all && read && seed.of_page(page.view()) == checksum;
    }
    if (!holds_all) continue;
    for (const auto& [place, checksum] : stripe.pages) found.kept[place] = stripe.unit;
  }
}

void Surveyor::skipped(const ScanStep& step, Sequence next) {
  observer_.mark("raid.journal_media_error_passed");
  for (const ScanStep& damaged : torn_) is_in_the_middle(damaged);
  torn_.clear();
  ++found.damaged;
  found.all_are_suspect = true;
  found.last_damage = next;
  found.lost_somewhere.insert(step.unknown.begin(), step.unknown.end());
}

void Surveyor::end() {
  for (const ScanStep& damaged : torn_) {
    if (damaged.is_unreadable) {  // no power cut does that
      is_in_the_middle(damaged);
      continue;
    }
    observer_.mark("raid.journal_torn_unit_dropped");
    note_later_units(damaged);
    for (const Record& record : damaged.meta.records)
      if (!is_degraded_) found.suspects.insert(stripe_of(geometry_, record));
  }
  found.data_only.finish();
  found.stripes += found.data_only.stripes();
}

// The log goes on in the place of what was never logged, or it would look like damage in the middle from then on.
void Surveyor::leave_out_torn_end() {
  while (!torn_.empty() && !torn_.back().is_unreadable) {
    found.end = torn_.back().position;
    found.next = torn_.back().meta.sequence;
    torn_.pop_back();
  }
  found.blocks = ring_.distance(found.tail, found.end);
}

}  // namespace

boost::container::small_vector<MemberPage, 2> places_of(const Geometry& geometry,
                                                        const Record& record) {
  if (record.kind == RecordKind::flush) return {};
  if (record.kind == RecordKind::data) {
    ChunkPlace place = geometry.locate(record.location);
    return {{geometry.row(place.row).role_of(place.index), stripe_of(geometry, record)}};
  }
  RowMap row = geometry.row(Sectors(record.location.value) / geometry.chunk);
  if (row.q() == RowMap::none) return {{row.p(), record.location}};
  return {{row.p(), record.location}, {row.q(), record.location}};
}

Lba stripe_of(const Geometry& geometry, const Record& record) {
  if (record.kind != RecordKind::data) return record.location;
  ChunkPlace place = geometry.locate(record.location);
  return geometry.member_lba(place.row) + place.inside;
}

Task<SurveyResult> survey(const Ring& ring, Seed seed, const Geometry& geometry, Lba tail,
                          bool may_be_new, Members& members, const JournalRules& rules,
                          Ports ports) {
  bool is_degraded = members.is_degraded();
  Surveyor surveyor(ring, geometry, is_degraded, ports.observer);
  Survey& found = surveyor.found;
  Scan scan(ring, seed, geometry, rules, tail);
  for (bool is_first = true;; is_first = false) {
    auto step = co_await scan.next();
    if (!step)
      co_return refuse(
          OpenError::Kind::io,
          fmt::format("the journal can't be read: {} at sector {} of its ring; nothing "
                      "was written, and nothing is lost by trying again",
                      name_of(step.error().kind), step.error().where.value));
    if (step->kind == ScanStep::Kind::end && is_first) {
      found.is_new = (may_be_new && !step->is_unreadable) || !rules.refuse_invalid_tail;
      if (found.is_new) break;
      co_return refuse(
          OpenError::Kind::refused,
          fmt::format("the journal's tail, sector {} of its ring, is no valid meta block: {}. "
                      "Acknowledged writes may stand only in this journal; accept its loss "
                      "explicitly to go on without it (accept_lost_journal); nothing was written",
                      tail.value, step->problem ? step->problem->text() : "nothing there"));
    }
    if (step->kind == ScanStep::Kind::end) {
      if (step->is_unreadable && rules.go_on_after_media_errors)
        surveyor.skipped(*step, *scan.expected());
      break;
    }
    if (step->kind == ScanStep::Kind::unit) surveyor.intact(*step);
    if (step->kind == ScanStep::Kind::skipped) surveyor.skipped(*step, *scan.expected());
    if (step->kind == ScanStep::Kind::damaged) surveyor.damaged(std::move(*step));
  }
  surveyor.end();
  co_await surveyor.look_at_members(members, seed);
  found.tail = tail;
  found.end = scan.position();
  found.blocks = scan.passed_blocks();
  found.next = scan.expected().value_or(Sequence(0));
  if (!found.data_only.empty()) surveyor.leave_out_torn_end();
  co_return std::move(found);
}

}  // namespace holdfast::raid::journal
