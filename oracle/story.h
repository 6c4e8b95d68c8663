// Findings told to people: which block, what it shows, which write should be there, and why.
#pragma once

#include <string>
#include <vector>

#include "oracle/allowed.h"
#include "oracle/cut_report.h"
#include "oracle/dirty_regions.h"
#include "oracle/history.h"
#include "oracle/profile.h"
#include "oracle/redundancy.h"

namespace holdfast::oracle {

// "write 41 (sectors 32..39, FUA, acked)"
std::string describe(const History& history, WriteId write);

// "block 37 shows zeros; write 41 (sectors 32..39, flushed, acked) must be there"
std::string story_of_wrong(const History& history, Lba lba, Content seen, const Wrong& wrong);

// "... on missing member m1, stripe 5: m0 (data, landed) and m3 (parity, dropped) disagree; write 41 was torn"
std::string story_of_write_hole(const History& history, const RaidShape& shape,
                                const DirtyRegions& dirty, Lba lba,
                                const std::vector<unsigned>& missing, const CutReport* cut);

// "stripe 5: P on m3 is not the sum of m0 (write 41), m1 (zeros), m2 (write 7), from byte 512 of the page on"
std::string story_of_parity(const RaidShape& shape, const Row& row, std::uint64_t stripe,
                            const ParityMatch& match, const Observation& seen);

}  // namespace holdfast::oracle
