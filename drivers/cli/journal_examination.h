// Reads a write journal as recovery would, and writes nothing.
//
//   V1  The units are those that recovery meets: its own scan finds them (core/raid/journal/scan.h).
//   V2  The journal's superblock is enough: it says what the array looks like.
//   Memory: `records` keeps every record, the other views a thousand of them at most.
#pragma once

#include "core/block/block_device.h"
#include "core/block/ports.h"
#include "reports/journal_examined.h"

namespace holdfast::drivers {

enum class JournalView : std::uint8_t {
  none,  // not read at all
  summary,  // and what is not intact, unit by unit
  records,  // every unit
  automatic,  // every unit of a short log, else the summary
};

// `superblock` is the one of the journal.
Task<reports::JournalExamined> examine_journal(BlockDevice& device, raid::Superblock superblock,
                                               JournalView view, Observer& observer);

}  // namespace holdfast::drivers
