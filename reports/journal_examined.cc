#include "reports/journal_examined.h"

#include <numeric>

#include <fmt/format.h>

#include "reports/examination.h"

namespace holdfast::reports {
namespace {

using raid::journal::RecordKind;

std::string quantity(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string ring_text(const JournalExamined& journal) {
  std::string text = fmt::format("ring of {} from device sector {}, tail at ring sector {}",
                                 size_text(journal.size), journal.begin.value, journal.tail.value);
  if (journal.tail_found != journal.tail.value)
    text += fmt::format(" (journal_tail says {}, which is no place in the ring: taken as 0)",
                        journal.tail_found);
  return text;
}

std::string log_text(const JournalExamined& journal) {
  if (journal.is_new()) return "none yet: the array was never used";
  if (!journal.first) return "no intact unit";
  return fmt::format("{} in {} of {} blocks, seq {:#x} to {:#x}",
                     quantity(journal.count(UnitState::intact), "intact unit"), journal.blocks,
                     journal.size / raid::journal::block_sectors, journal.first->value,
                     journal.last->value);
}

std::string records_text(const JournalExamined& journal) {
  auto count = [&](RecordKind kind) { return journal.records[static_cast<std::size_t>(kind)]; };
  std::string text = fmt::format("{} data, {} parity and {} flush records", count(RecordKind::data),
                                 count(RecordKind::parity), count(RecordKind::flush));
  if (journal.stripes_without_parity > 0)
    text += fmt::format("; {} without parity, as a write-back cache leaves them",
                        quantity(journal.stripes_without_parity, "stripe"));
  return text;
}

std::string end_text(const JournalExamined& journal) {
  if (journal.end_problem.empty()) return "where it began: the ring is full";
  std::string text = fmt::format("at ring sector {}: {}", journal.end.value, journal.end_problem);
  if (journal.end_is_unreadable) return text + "; whether a unit stood here nobody can tell";
  return text;
}

std::string loss_text(const JournalExamined& journal) {
  std::string text;
  auto add = [&](std::string sentence) {
    text += text.empty() ? "" : "\n" + std::string(15, ' ');
    text += sentence;
  };
  if (journal.is_lost())
    add("the tail is no valid unit: acknowledged writes may have stood only here");
  if (std::uint64_t damaged = journal.count(UnitState::damaged))
    add(fmt::format("{} damaged: what only their wrong pages held is lost",
                    quantity(damaged, "unit")));
  if (std::uint64_t skipped = journal.count(UnitState::skipped))
    add(fmt::format(
        "{} without a readable unit: what stood there is lost, and all stripes are in doubt",
        quantity(skipped, "place")));
  return text;
}

std::string page_text(const LoggedRecord& logged, std::size_t number) {
  const LoggedPage& page = logged.pages()[number];
  std::string text = std::string(name_of(page.state));
  if (page.state == PageState::wrong)
    text = fmt::format("WRONG (checksum {:08x}, expected {:08x})", page.found, page.checksum);
  if (page.state == PageState::unreadable) text = "UNREADABLE";
  if (logged.record.kind == RecordKind::data) return fmt::format("role {}: {}", page.role, text);
  return fmt::format("{} on role {}: {}", number == 0 ? "P" : "Q", page.role, text);
}

std::string record_text(const LoggedRecord& logged) {
  if (logged.record.kind == RecordKind::flush)
    return fmt::format("flush    stripe {}", logged.stripe.value);
  std::string text = logged.record.kind == RecordKind::data
                         ? fmt::format("data     array sector {}, stripe {}",
                                       logged.record.location.value, logged.stripe.value)
                         : fmt::format("parity   stripe {}", logged.stripe.value);
  for (std::size_t number = 0; number < logged.pages().size(); ++number)
    text += ", " + page_text(logged, number);
  return text;
}

}  // namespace

std::string text_of(const LoggedUnit& unit) {
  std::string text = fmt::format("  {:<12} ring sector {}", "unit", unit.position.value);
  if (unit.sequence) text += fmt::format(", seq {:#x}", unit.sequence->value);
  text += fmt::format(": {}", unit.state == UnitState::intact || unit.state == UnitState::torn
                                  ? name_of(unit.state)
                              : unit.state == UnitState::damaged ? "DAMAGED"
                                                                 : "SKIPPED");
  if (!unit.problem.empty()) text += ": " + unit.problem;
  text += "\n";
  for (const LoggedRecord& record : unit.records) text += "    " + record_text(record) + "\n";
  return text;
}

std::string_view name_of(UnitState state) {
  switch (state) {
    case UnitState::intact: return "intact";
    case UnitState::torn: return "torn";
    case UnitState::damaged: return "damaged";
    case UnitState::skipped: return "skipped";
  }
  return "unknown";
}

std::string_view name_of(PageState state) {
  switch (state) {
    case PageState::ok: return "ok";
    case PageState::wrong: return "wrong";
    case PageState::unreadable: return "unreadable";
    case PageState::unchecked: return "unchecked";
  }
  return "unknown";
}

std::uint64_t JournalExamined::all_units() const {
  return std::accumulate(units.begin(), units.end(), std::uint64_t{0});
}

bool JournalExamined::is_new() const {
  return problem.empty() && blocks == 0 && may_be_new && !end_is_unreadable;
}

bool JournalExamined::is_lost() const { return problem.empty() && blocks == 0 && !is_new(); }

bool JournalExamined::is_damaged() const {
  return !problem.empty() || is_lost() || end_is_unreadable || count(UnitState::damaged) > 0 ||
         count(UnitState::skipped) > 0;
}

std::string text_of(const JournalExamined& journal) {
  std::string out;
  auto line = [&](std::string_view label, std::string_view text) {
    out += fmt::format("  {:<12} {}\n", label, text);
  };
  line("journal", ring_text(journal));
  if (!journal.problem.empty()) line("ATTENTION", journal.problem);
  line("log", log_text(journal));
  if (journal.first) line("", records_text(journal));
  if (std::uint64_t torn = journal.count(UnitState::torn))
    line("", fmt::format("{} behind them, as a power cut leaves them: dropped by recovery",
                         quantity(torn, "torn unit")));
  if (journal.problem.empty() && !journal.is_new()) line("log ends", end_text(journal));
  if (std::string loss = loss_text(journal); !loss.empty()) line("ATTENTION", loss);
  for (const LoggedUnit& unit : journal.listed) out += text_of(unit);
  if (std::uint64_t left_out = journal.all_units() - journal.listed.size(); left_out > 0)
    line("units", fmt::format("{} {}shown only by --journal records", left_out,
                              journal.listed.empty() ? "" : "more "));
  return out;
}

}  // namespace holdfast::reports
