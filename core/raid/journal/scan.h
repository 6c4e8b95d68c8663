// The units of a log one after another, as recovery meets them.
//
//   at the tail: any sequence number; from then on each unit has the next one
//
//   meta block        pages                 step
//   ----------------  --------------------  ---------------------------------------------------------------
//   valid             all there and right   unit
//   valid             one is not            damaged; the scan goes on behind it
//   a record is not   –                     skipped: a later unit is looked for; what lay between is unknown
//   unreadable        –                     skipped, the same; without a later unit: end
//   anything else     –                     end: what a power cut leaves
//
//   A later unit has a higher number, by no more than the ring has blocks: what recovery once dropped has lower ones
//   (JournalRules::recovery_gap).
//   Reads in large pieces and holds few of them, whatever the size of the ring. Writes nothing.
#pragma once

#include <deque>

#include "core/raid/journal/ring.h"
#include "core/raid/journal/rules.h"

namespace holdfast::raid::journal {

struct ScanStep {
  enum class Kind : std::uint8_t { unit, damaged, skipped, end };

  Kind kind = Kind::end;
  MetaBlock meta;  // unit, damaged
  std::vector<Page> pages;  // of its records, in their order; none where damaged
  // Skipped, or an unreadable end: checksums of what may be the lost unit's pages.
  std::vector<std::uint32_t> unknown;
  Lba position;  // where it begins; skipped and end: what could not be taken for a unit
  // All but unit: what is wrong, and where in the block at `position`.
  std::optional<FormatError> problem;
  bool is_unreadable = false;  // a media error was met
};

// An error other than of the medium: nothing more can be told.
using ScanResult = tl::expected<ScanStep, IoError>;

class Scan {
 public:
  Scan(const Ring& ring, Seed seed, const Geometry& geometry, const JournalRules& rules, Lba tail)
      : ring_(ring), seed_(seed), geometry_(geometry), rules_(rules), position_(tail) {}

  // After `end`: again end.
  Task<ScanResult> next();

  // Behind the last step.
  Lba position() const { return position_; }
  std::optional<Sequence> expected() const { return expected_; }  // unset before the first unit
  std::uint64_t passed_blocks() const { return passed_; }

 private:
  struct Block {
    Page page;  // none: can't be read
  };

  Task<IoResult> load(std::uint64_t blocks);
  Task<IoResult> load_one_by_one(Lba from, std::uint64_t blocks);
  Task<ScanResult> look_for_later(ScanStep step);
  std::uint64_t left() const { return ring_.blocks() - passed_; }
  void pass(std::uint64_t blocks);
  void take_pages(ScanStep& step);

  const Ring& ring_;
  Seed seed_;
  const Geometry& geometry_;
  const JournalRules& rules_;
  Lba position_;
  std::optional<Sequence> expected_;
  std::uint64_t passed_ = 0;
  std::deque<Block> ahead_;  // from position_ on
};

}  // namespace holdfast::raid::journal
