// A write journal as `examine` found it: its units from the tail on, and where and why they end.
//
//   unit      what recovery does with it (core/raid/journal/survey.h)
//   -------   ----------------------------------------------------------------------------------
//   intact    replays it
//   torn      drops it: wrong checksums at the end of the log, which is what a power cut leaves
//   damaged   replays what is whole of it; what only the rest held is lost
//   skipped   can't: even its meta block is no good; what it held is lost
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/raid/journal/format.h"

namespace holdfast::reports {

enum class UnitState : std::uint8_t { intact, torn, damaged, skipped };
enum class PageState : std::uint8_t { ok, wrong, unreadable, unchecked };
std::string_view name_of(UnitState state);
std::string_view name_of(PageState state);

// A page behind a meta block, and where on the members it belongs.
struct LoggedPage {
  PageState state = PageState::unchecked;
  int role = 0;
  std::uint32_t checksum = 0;  // as the record says
  std::uint32_t found = 0;  // ok, wrong
};

struct LoggedRecord {
  raid::journal::Record record;
  // Data: the member sector that its array sector falls on; else the record's own location.
  Lba stripe;
  std::array<LoggedPage, 2> page_room{};

  std::span<const LoggedPage> pages() const {
    return std::span(page_room).first(static_cast<std::size_t>(record.pages));
  }
};

struct LoggedUnit {
  UnitState state = UnitState::intact;
  Lba position;  // in the ring
  std::optional<Sequence> sequence;  // unset: its meta block can't be read
  std::string problem;  // all but intact
  std::vector<LoggedRecord> records;  // skipped: those in front of what is wrong
};

struct JournalExamined {
  Lba begin;  // sector of the device
  Sectors size;  // of the ring
  std::uint64_t tail_found = 0;  // as the superblock says
  Lba tail;  // 0 if that is no place in the ring, as Linux takes it
  std::string problem;  // why it was not read to its end

  std::array<std::uint64_t, 4> units{};  // by UnitState
  std::array<std::uint64_t, 3> records{};  // by RecordKind, of intact units
  std::uint64_t pages = 0;  // of intact units
  std::uint64_t stripes_without_parity = 0;  // as a write-back cache leaves them
  std::optional<Sequence> first, last;  // of intact units
  std::uint64_t blocks = 0;  // from the tail to the end

  Lba end;  // the first place that holds no unit
  std::string end_problem;  // what is wrong there; empty: the ring is full
  bool end_is_unreadable = false;
  bool may_be_new = false;  // the array was never used: it may have no log yet

  std::vector<LoggedUnit> listed;
  bool lists_all = false;  // else only what is not intact, and not more than a person reads

  std::uint64_t count(UnitState state) const { return units[static_cast<std::size_t>(state)]; }
  std::uint64_t all_units() const;
  // There is no log yet.
  bool is_new() const;
  // There is none at the tail, though one must be there.
  bool is_lost() const;
  // More is wrong than a power cut explains.
  bool is_damaged() const;
};

std::string text_of(const JournalExamined& journal);
// One line, and one for each of its records.
std::string text_of(const LoggedUnit& unit);

}  // namespace holdfast::reports
