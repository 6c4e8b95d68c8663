// What the oracle found: which promise was broken, where, by which write, told as a story.
//
//   R1 membership  lost_durable        the value was possible since the last judged recovery, but a durable write
//                                      stands above it and is gone
//                  stale_resurrected   a write that the last judged recovery had ruled out, dropped or superseded, is
//                                      back; under R9: data below a durable discard or write-zeroes is back
//                  misdirected         a whole block of ours that belongs to another address
//                  garbage             bytes that nobody wrote here, where something was written
//   R3 stability   unstable            nothing was written, the value changed, and none of the above explains it
//   R2 torn        R4 wrong_read     R5 write_hole     R6 parity_mismatch
//   R7 unexpected_eio                  R8 stuck, refused
//   and of the run itself: nondeterministic, vacuous
//
//   V1  Findings are what the volume promised and did not hold. What its profile declares as not promised (the write
//       hole of an array without a journal) is kept apart in `declared`, with the same story, so that a scenario can
//       demand it.
//   V2  Of each signature the first few are told in full, the rest is counted in `blocks` of the last one told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/types.h"

namespace holdfast::oracle {

enum class Verdict : std::uint8_t {
  lost_durable,
  garbage,
  misdirected,
  stale_resurrected,
  torn,
  unstable,
  wrong_read,
  write_hole,
  parity_mismatch,
  unexpected_eio,
  stuck,
  refused,
  nondeterministic,
  vacuous,
};

std::string_view name_of(Verdict verdict);
std::optional<Verdict> verdict_named(std::string_view name);

// The number of a write in one run, from 1; 0 is no write. Discards and write-zeroes are numbered with the writes.
using WriteId = std::uint32_t;

struct Finding {
  Verdict verdict = Verdict::vacuous;
  std::string_view rule;  // "R1" .. "R9", empty for verdicts on the run itself
  Extent where;  // the first run of blocks, on the volume; R6: of the stripe's data
  std::uint64_t blocks = 1;  // sectors (R6: stripes) that show it
  std::vector<WriteId> writes;  // the seen one first, then the one that should be there
  std::uint64_t crash = 0;  // after which crash of its run, says the world; 0: before any
  std::string kind;  // a few fixed words: what was lost, by what; part of the signature
  std::string story;  // one sentence or more, for people

  // Equal for the same failure met at another place or seed: "R1 lost_durable: flushed, power cut".
  std::string signature() const;
};

// How much was looked at, so that "nothing was checked" shows.
struct Counts {
  std::uint64_t recoveries = 0;  // judged
  std::uint64_t blocks = 0;  // sectors judged against Allowed(b) after a recovery
  std::uint64_t blocks_must = 0;  // of these, those with exactly one allowed value
  std::uint64_t blocks_unknown = 0;  // not judged: nothing known, or unreadable over budget
  std::uint64_t live_reads = 0;  // sectors of reads checked by R4
  std::uint64_t live_reads_open = 0;  // given up by R4's search (never with unique values)
  std::uint64_t views = 0;  // full or degraded views compared (R5)
  std::uint64_t stripes = 0;  // stripes whose parity was checked (R6)
  std::uint64_t stripes_dirty = 0;  // skipped by R6: in a dirty region, or silently damaged
  std::uint64_t write_hole_blocks = 0;  // sectors that broke R1..R5 in a declared write hole
  std::uint64_t silent_by_format = 0;  // wrong sectors that this format can't see

  Counts& operator+=(const Counts& other);
};

struct Judgement {
  std::vector<Finding> findings;  // violations
  std::vector<Finding> declared;  // V1
  Counts counts;

  bool holds() const { return findings.empty(); }
  // V2. True if the caller should tell the story of the finding just added.
  Finding* add(Finding finding, bool is_declared = false);
  void append(Judgement other);
};

}  // namespace holdfast::oracle
