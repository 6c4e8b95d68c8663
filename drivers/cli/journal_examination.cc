#include "drivers/cli/journal_examination.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/raid/journal/survey.h"

namespace holdfast::drivers {
namespace {

using raid::journal::Record;
using raid::journal::RecordKind;
using raid::journal::Scan;
using raid::journal::ScanStep;
using reports::JournalExamined;
using reports::LoggedPage;
using reports::LoggedRecord;
using reports::LoggedUnit;
using reports::PageState;
using reports::UnitState;

constexpr std::uint64_t short_log_records = 1000;
constexpr std::size_t summary_units_max = 100;

LoggedRecord placed(const raid::Geometry& geometry, const Record& record) {
  LoggedRecord logged;
  logged.record = record;
  logged.stripe = raid::journal::stripe_of(geometry, record);
  auto places = raid::journal::places_of(geometry, record);
  for (std::size_t i = 0; i < places.size(); ++i) {
    LoggedPage& page = logged.page_room[i];
    page.role = places[i].role;
    page.checksum = page.found = record.checksums[i];
  }
  return logged;
}

// Valid, though a record or a page may not be.
bool has_meta_block(const ScanStep& step) {
  return step.kind == ScanStep::Kind::unit || step.kind == ScanStep::Kind::damaged ||
         !step.meta.records.empty() ||
         (step.problem && step.problem->offset >= raid::journal::header_bytes);
}

bool has_unreadable_page(const LoggedUnit& unit) {
  return std::ranges::any_of(unit.records, [](const LoggedRecord& logged) {
    return std::ranges::any_of(
        logged.pages(), [](const LoggedPage& page) { return page.state == PageState::unreadable; });
  });
}

class JournalInspection {
 public:
  JournalInspection(BlockDevice& device, const raid::Superblock& superblock,
                    const raid::Geometry& geometry, JournalView view, Observer& observer)
      : geometry_(geometry),
        seed_(superblock.set_uuid),
        ring_(device, superblock.data_offset, superblock.data_size),
        view_(view),
        observer_(observer) {
    found_.begin = superblock.data_offset;
    found_.size = ring_.size();
    found_.tail_found = superblock.recovery_offset;
    found_.may_be_new = superblock.events == 0;
    found_.lists_all = view != JournalView::summary;
    bool is_place = found_.tail_found < ring_.size().value &&
                    found_.tail_found % raid::journal::block_sectors.value == 0;
    found_.tail = is_place ? Lba(found_.tail_found) : Lba(0);
  }

  Task<JournalExamined> inspect();

 private:
  Task<IoResult> look_at(const ScanStep& step);
  LoggedUnit unit_of(const ScanStep& step, UnitState state) const;
  Task<IoResult> check_pages(LoggedUnit& unit, const ScanStep& step);
  void count(const LoggedUnit& unit);
  void log_went_on();
  void list(LoggedUnit unit);
  void end(const ScanStep& step);

  const raid::Geometry& geometry_;
  raid::journal::Seed seed_;
  raid::journal::Ring ring_;
  JournalView view_;
  Observer& observer_;
  JournalExamined found_;
  std::vector<LoggedUnit> last_damaged_;  // as long as nothing shows that the log went on
  std::uint64_t records_listed_ = 0;
  std::set<Lba> data_only_;  // stripes
};

// The scan found some that are not what their record says; those are looked at once more, to tell how.
Task<IoResult> JournalInspection::check_pages(LoggedUnit& unit, const ScanStep& step) {
  std::size_t number = 0;
  for (LoggedRecord& logged : unit.records) {
    for (int i = 0; i < logged.record.pages; ++i, ++number) {
      LoggedPage& page = logged.page_room[static_cast<std::size_t>(i)];
      page.state = PageState::ok;
      if (step.pages[number]) continue;
      Slice block(Page::allocate());
      auto read = co_await ring_.read(ring_.after(unit.position, number + 1), Pages(&block, 1));
      if (!read && read.error().kind != IoErrorKind::media) co_return read;
      page.state = read ? PageState::wrong : PageState::unreadable;
      if (read) page.found = seed_.of_page(block.view());
    }
  }
  co_return IoResult{};
}

void JournalInspection::count(const LoggedUnit& unit) {
  if (!found_.first) found_.first = unit.sequence;
  found_.last = unit.sequence;
  std::set<Lba> without_parity;
  for (const LoggedRecord& logged : unit.records) {
    ++found_.records[static_cast<std::size_t>(logged.record.kind)];
    found_.pages += logged.pages().size();
    if (logged.record.kind == RecordKind::data) without_parity.insert(logged.stripe);
    if (logged.record.kind != RecordKind::parity) continue;
    without_parity.erase(logged.stripe);
    data_only_.erase(logged.stripe);
  }
  data_only_.merge(without_parity);
}

// Units are listed in their order.
void JournalInspection::list(LoggedUnit unit) {
  ++found_.units[static_cast<std::size_t>(unit.state)];
  records_listed_ += 1 + unit.records.size();
  if (view_ == JournalView::automatic && found_.lists_all && records_listed_ > short_log_records) {
    found_.lists_all = false;
    std::erase_if(found_.listed,
                  [](const LoggedUnit& listed) { return listed.state == UnitState::intact; });
  }
  bool is_worth_it = unit.state != UnitState::intact && found_.listed.size() < summary_units_max;
  if (found_.lists_all || is_worth_it) found_.listed.push_back(std::move(unit));
}

void JournalInspection::log_went_on() {
  for (LoggedUnit& unit : last_damaged_) list(std::move(unit));
  last_damaged_.clear();
}

void JournalInspection::end(const ScanStep& step) {
  if (has_meta_block(step)) {  // whole, and no unit of ours: no power cut leaves that
    log_went_on();
    list(unit_of(step, UnitState::damaged));
  }
  if (step.is_unreadable) log_went_on();  // or nobody can tell
  for (LoggedUnit& unit : last_damaged_) {
    if (!has_unreadable_page(unit)) unit.state = UnitState::torn;
    list(std::move(unit));
  }
  found_.end = step.position;
  found_.end_is_unreadable = step.is_unreadable;
  if (step.problem) found_.end_problem = step.problem->text();
  found_.stripes_without_parity = data_only_.size();
}

LoggedUnit JournalInspection::unit_of(const ScanStep& step, UnitState state) const {
  LoggedUnit unit;
  unit.state = state;
  unit.position = step.position;
  if (has_meta_block(step)) unit.sequence = step.meta.sequence;
  if (step.problem) unit.problem = step.problem->text();
  for (const Record& record : step.meta.records) unit.records.push_back(placed(geometry_, record));
  if (state != UnitState::intact) return unit;
  for (LoggedRecord& logged : unit.records)
    for (LoggedPage& page : logged.page_room) page.state = PageState::ok;
  return unit;
}

Task<IoResult> JournalInspection::look_at(const ScanStep& step) {
  if (step.kind == ScanStep::Kind::damaged) {
    LoggedUnit unit = unit_of(step, UnitState::damaged);
    if (auto checked = co_await check_pages(unit, step); !checked) co_return checked;
    last_damaged_.push_back(std::move(unit));
    co_return IoResult{};
  }
  log_went_on();
  bool is_intact = step.kind == ScanStep::Kind::unit;
  LoggedUnit unit = unit_of(step, is_intact ? UnitState::intact : UnitState::skipped);
  if (is_intact) count(unit);
  list(std::move(unit));
  co_return IoResult{};
}

Task<JournalExamined> JournalInspection::inspect() {
  raid::journal::JournalRules rules;
  Scan scan(ring_, seed_, geometry_, rules, found_.tail);
  for (;;) {
    auto step = co_await scan.next();
    found_.blocks = scan.passed_blocks();
    IoResult looked;
    if (step && step->kind != ScanStep::Kind::end) {
      auto done = co_await look_at(*step);
      looked = done;
    }
    if (!step || !looked) {
      IoError error = step ? looked.error() : step.error();
      found_.problem = fmt::format("can't be read: {} at sector {} of its ring",
                                   name_of(error.kind), error.where.value);
      co_return std::move(found_);
    }
    if (step->kind == ScanStep::Kind::end) {
      end(*step);
      co_return std::move(found_);
    }
    observer_.progress("journal", found_.blocks * raid::journal::block_bytes, ring_.size().bytes());
  }
}

}  // namespace

Task<JournalExamined> examine_journal(BlockDevice& device, raid::Superblock superblock,
                                      JournalView view, Observer& observer) {
  auto geometry = raid::geometry_of(superblock);
  if (geometry) {
    JournalInspection inspection(device, superblock, *geometry, view, observer);
    auto found = co_await inspection.inspect();
    co_return std::move(found);
  }
  JournalExamined unread;
  unread.begin = superblock.data_offset;
  unread.size = superblock.data_size;
  unread.tail_found = superblock.recovery_offset;
  unread.tail = Lba(superblock.recovery_offset);
  unread.problem = "not read: " + geometry.error().text();
  co_return std::move(unread);
}

}  // namespace holdfast::drivers
