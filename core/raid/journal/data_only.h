// Stripes of which a log holds data, and no parity since: a write-back cache had acknowledged them and not yet written out.
//
//   unit   7: data of s, t     9: parity of s     12: data of s     13: data of t (the same page)
//   s      data-only from unit 12 on: the page in 12
//   t      data-only from unit 7 on: the page in 13, which replaced the one in 7
//
//   N1  The members hold such a stripe as it was before: its data and its parity match.
//   N2  Of each of its pages the last one counts.
//   Memory: 24 bytes for each page that counts and 16 for each stripe, and as much again, or 24 MiB, for what came since they were
//   last sorted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/types.h"

namespace holdfast::raid::journal {

class DataOnly {
 public:
  struct StripePage {
    Lba stripe;  // member sector
    Lba position;  // in the ring
    int role = 0;
  };

  // In the order of the log. `unit`: the one that holds the record.
  void data(Lba stripe, int role, Sequence unit, Lba position);
  void parity(Lba stripe, Sequence unit);
  // No more will come.
  void finish();

  bool empty() const { return stripes_.empty(); }
  std::size_t stripes() const { return stripes_.size(); }
  // Whether a page that this unit holds of the stripe is one of these (N2: or was replaced by one).
  bool holds(Lba stripe, Sequence unit) const;
  // By stripe, then by role.
  std::span<const StripePage> pages() const { return pages_; }

 private:
  struct Record {
    Lba stripe;
    Lba position;
    std::uint32_t nth_unit = 0;
    std::int32_t role = 0;  // parity_role: parity
  };
  struct Stripe {
    Lba sector;
    Sequence from;
  };

  void add(Record record, Sequence unit);
  void forget_written_out();

  std::vector<Record> records_;
  std::size_t records_max_ = 0;  // then those that count no more are forgotten
  Sequence first_unit_;
  std::vector<StripePage> pages_;
  std::vector<Stripe> stripes_;
};

}  // namespace holdfast::raid::journal
