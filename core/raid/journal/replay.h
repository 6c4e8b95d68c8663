// What the log holds, brought to the members: the second of recovery's two passes. What comes then is Journal::begin().
//
//   flush of all devices -> survey -> replay -> flush of the members -> gap block -> superblock with the new tail -> reuse
//
//   P1  Units are replayed in their order; of a page that several of them hold the last one stays. Only logged pages are
//       written, and what is replayed twice is the same: a cut anywhere is followed by another replay from the same tail.
//   P2  A unit that is damaged is replayed as far as the survey says (Y2), and no older version goes over what it left on
//       the members (Y3).
//   P3  A flush record is no reason to forget a stripe: Linux writes it before the members' caches are flushed. Replaying
//       all the same is harmless, since every write of data goes through the log.
//   Memory: a window of 8 MiB. Time: linear in the log.
#pragma once

#include "core/raid/journal/survey.h"
#include "core/raid/members.h"

namespace holdfast::raid::journal {

// Members that fail on the way are failed in `members`; an error if they were too many.
Task<Opened> replay(const Survey& log, const Ring& ring, Seed seed, const Geometry& geometry,
                    Members& members, const JournalRules& rules, Ports ports);

}  // namespace holdfast::raid::journal
