// R4: is there one order of all reads and writes of a sector, true to their times, in which each read returns the last
// write before it?
//
//   Writes that were not acked are free: they take effect at any moment after their submit, or never.
//
//   explain_by_zones   values are unique: the zones of Gibbons and Korach ("Testing shared memories", 1997), exact. A
//                      value's zone reaches from the first end to the last begin among its write and its reads.
//                      Forward zones (end before begin) must not overlap, and no backward zone may lie inside one.
//   explain_by_search  values may repeat (zeros) and a write may leave anything (discards, an unknown first value):
//                      search over what may come next, each state once; given up after `states_max`.
#pragma once

#include <cstdint>
#include <vector>

#include "oracle/history.h"
#include "oracle/payload.h"

namespace holdfast::oracle {

struct RegisterWrite {
  Moment begin = 0;
  Moment end = never;  // never: not acked
  Content value;  // Content(), the unknown: anything, but always the same until the next write
};

struct RegisterRead {
  Moment begin = 0;
  Moment end = 0;
  Content value;
};

// All moments differ, and are above 0.
struct RegisterHistory {
  Content initial;
  std::vector<RegisterWrite> writes;
  std::vector<RegisterRead> reads;

  bool has_unique_values() const;
};

enum class Explained : std::uint8_t { yes, no, given_up };

Explained explain(const RegisterHistory& history);
Explained explain_by_zones(const RegisterHistory& history);  // needs unique values
Explained explain_by_search(const RegisterHistory& history, std::size_t states_max = 100'000);

// Of an unexplained history: the read, first by its end, whose answer no order explains given all that came before it.
std::size_t first_unexplained(const RegisterHistory& history);

}  // namespace holdfast::oracle
