// What a whole volume showed when it was read once: a Content for each of its sectors.
//
//   Observation seen(history.payload(), sectors);
//   ... volume.read(lba, pages) ...  seen.add(lba, pages)   or   seen.unreadable(extent)
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/base/page.h"
#include "core/base/types.h"
#include "oracle/payload.h"

namespace holdfast::oracle {

class Observation {
 public:
  Observation(Payload payload, Sectors sectors) : payload_(payload), contents_(sectors.value) {}

  // Slices of any size; together they are whole sectors.
  void add(Lba first, Pages pages);
  void unreadable(Extent extent);
  void add(Lba lba, Content content);  // for worlds without bytes

  Sectors sectors() const { return Sectors(contents_.size()); }
  Content at(Lba lba) const { return contents_[lba.value]; }
  // Every sector was added or unreadable.
  bool is_complete() const;
  void clear();  // keeps its memory

 private:
  Payload payload_;
  std::vector<Content> contents_;
};

// Calls visit(Lba, Bytes of one sector) for each sector of the slices, which together are whole sectors; copies only a
// sector that straddles slices.
template <class Visit>
void for_each_sector(Lba first, Pages pages, Visit visit) {
  std::byte straddling[sector_bytes];
  std::size_t held = 0;
  for (const Slice& slice : pages) {
    Bytes rest = slice.view();
    while (!rest.empty()) {
      if (held == 0 && rest.size() >= sector_bytes) {
        visit(first, rest.first(sector_bytes));
        first += Sectors(1);
        rest = rest.subspan(sector_bytes);
        continue;
      }
      std::size_t taken = std::min(rest.size(), sector_bytes - held);
      std::memcpy(straddling + held, rest.data(), taken);
      rest = rest.subspan(taken);
      held += taken;
      if (held < sector_bytes) continue;
      visit(first, Bytes(straddling));
      first += Sectors(1);
      held = 0;
    }
  }
  check(held == 0, "the slices are whole sectors");
}

}  // namespace holdfast::oracle
