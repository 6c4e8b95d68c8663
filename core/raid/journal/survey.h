// What a log holds, before anything is written: the first of recovery's two passes.
//
//   [unit][unit][damaged][unit] ... [unit][damaged]            end
//                 |                          |
//                 a later unit shows that the log went on         a power cut's torn end: never logged
//
//   Y1  A unit at the end whose checksums are wrong is no loss: nothing of it was acked, and no member was touched for it. The
//       parity of its stripes is looked at all the same, for bit rot may look like that. One that can't be read is a
//       loss: power cuts leave nothing unreadable.
//   Y2  Of one in the middle, the stripes that are intact are replayed. A stripe with a page that is not is left as it is, for
//       half of it would be a write hole if recovery were cut; its parity is suspect, and made anew at the end.
//   Y3  What can't be replayed may stand on the members: if they hold every page of such a stripe, told by the checksums in
//       the meta block, no older version goes over it. Nor if a later unit has the stripe, too: with its parity logged, a
//       stripe takes nothing new before it is on the members (core/raid/stripe_locks.h; Linux does the same). Data that
//       a write-back cache logged alone are no such proof.
//   Y4  Where even the meta block can't be read every stripe is suspect: a resync of all. A member's page that is one of those
//       behind the meta block is not overwritten by an older version either.
//   Y5  Data that stand in the log without their parity go to no member before it is logged, too: the array writes them out when
//       the log goes on, right behind what it held.
#pragma once

#include <map>
#include <set>

#include "core/block/ports.h"
#include "core/block/volume.h"
#include "core/raid/journal/data_only.h"
#include "core/raid/journal/scan.h"
#include "core/raid/members.h"

namespace holdfast::raid::journal {

using Opened = tl::expected<void, OpenError>;

// One page of one member.
struct MemberPage {
  int role = 0;
  Lba sector;  // without data_offset

  auto operator<=>(const MemberPage&) const = default;
};

// Where the pages of a record belong, one or two of them.
boost::container::small_vector<MemberPage, 2> places_of(const Geometry& geometry,
                                                        const Record& record);
Lba stripe_of(const Geometry& geometry, const Record& record);

struct Survey {
  std::uint64_t units = 0;  // intact ones
  std::uint64_t stripes = 0;
  std::uint64_t damaged = 0;  // in the middle
  DataOnly data_only;
  // Y5 can't be kept, for the log takes no more: then they are replayed as if nothing could happen in between.
  bool replays_data_only = false;

  std::set<Lba> suspects;  // Y1 and Y2: stripe sectors whose parity is made anew
  std::set<std::pair<Sequence, Lba>> dropped;  // Y2: what is not replayed of damaged units
  bool all_are_suspect = false;  // Y4
  Sequence last_damage;  // behind the last damaged unit in the middle
  std::map<MemberPage, Sequence> kept;  // Y3: versions of units in front of these are not replayed
  std::set<std::uint32_t> lost_somewhere;  // Y4, checksums

  bool is_new = false;  // there is no log yet
  Lba tail;
  Lba end;  // behind the last unit
  std::uint64_t blocks = 0;  // from the tail to there
  Sequence next;  // of the unit that would stand there

  bool is_dropped(Sequence unit, Lba stripe) const { return dropped.contains({unit, stripe}); }
  // Y5.
  bool is_left_to_cache(Sequence unit, Lba stripe) const {
    return !replays_data_only && data_only.holds(stripe, unit);
  }
  bool is_kept(const MemberPage& place, Sequence unit) const {
    auto found = kept.find(place);
    return found != kept.end() && unit < found->second;
  }
};
using SurveyResult = tl::expected<Survey, OpenError>;

// `may_be_new`: the array was never used, so an invalid block at the tail is no loss. Members are only read.
Task<SurveyResult> survey(const Ring& ring, Seed seed, const Geometry& geometry, Lba tail,
                          bool may_be_new, Members& members, const JournalRules& rules,
                          Ports ports);

}  // namespace holdfast::raid::journal
