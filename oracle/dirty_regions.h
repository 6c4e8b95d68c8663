// Where a crash may have left parity that doesn't match its data, so that a missing block can't be computed.
//
//   never synced -----settled()-----> clean <--settled(), or a write here acked with all members there--+
//                                       |                                                                |
//                                       +--crash while a write of this stripe was not must--> dirty -----+
//
//   D1  A write dirties its stripes: 4 KiB of every member, for a parity page is written as a whole.
//   D2  An acked write cleans only its own sectors of the stripe ("column"): parity there was computed from all data.
//   D3  Excused are stripes never synced, and without a journal the dirty ones. Behind a journal a dirty region lasts for one
//       recovery: it gives a loss its name, and allows none.
//   D4  Behind a damaged journal all stripes are excused that were written since the last recovery, acked or not: replay may
//       have brought parity of one unit and missed the next.
#pragma once

#include <cstdint>
#include <vector>

#include "oracle/history.h"
#include "oracle/raid_shape.h"

namespace holdfast::oracle {

class DirtyRegions {
 public:
  static constexpr WriteId never_synced = ~WriteId{0};

  explicit DirtyRegions(const RaidShape& shape);
  // A copy that refers to this shape, which is the same.
  DirtyRegions(const RaidShape& shape, const DirtyRegions& other);

  void writes_acked(const History& history);  // D2, for this epoch
  // D1, for the writes of this epoch.
  enum class Behind : std::uint8_t { nothing, journal, damaged_journal };
  void recovery_begins(const History& history, Behind behind);
  void settled();

  // The last write that made this sector's column dirty, or never_synced; 0: clean.
  WriteId dirtied_by(Lba lba) const { return columns_[column_of(lba)]; }
  bool is_dirty(Lba lba) const { return dirtied_by(lba) != 0; }
  bool is_excused(Lba lba) const { return excused_[column_of(lba)] != 0; }
  bool is_excused_stripe(std::uint64_t stripe) const;
  bool is_any_excused() const;

 private:
  std::uint64_t column_of(Lba lba) const;  // sector of a member's data

  const RaidShape& shape_;
  std::vector<WriteId> columns_;
  std::vector<std::uint8_t> excused_;  // by column
};

}  // namespace holdfast::oracle
