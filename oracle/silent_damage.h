// Where faults changed bytes behind the format's back, and so which blocks may be wrong without an error.
//
//   a fault hits a sector of a member ----> the block that stands there   may be wrong until the next judged recovery,
//        (the world tells it at once)       that read it there, which pins what it shows
//                                     \---> the sector's column, all the  may be wrong wherever it is computed, until the
//                                           members beside it             raw stripe matches again
//
//   S1  A hit excuses only its own block, and only what was written before it: a durable write that was submitted later
//       must be there.
//   S2  A column's blocks that can be read where they stand are as right as ever: a hit on their neighbor excuses nothing.
//   S3  A column is well again when the whole volume has settled and the stripe's parity matches, raw, with all members there;
//       not so once the media were copied, for the copies stay as they were.
//   Without an array there is one member, the volume, and no columns.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "oracle/history.h"
#include "oracle/profile.h"

namespace holdfast::oracle {

class SilentDamage {
 public:
  // The profile outlives it.
  explicit SilentDamage(const Profile& profile);
  // A copy that refers to this profile, which is the same.
  SilentDamage(const Profile& profile, const SilentDamage& other);

  // Sectors of a member's data, data_offset not counted, as of now.
  void hit(unsigned role, Extent sectors, const History& history);
  // Every stripe that was ever written: the log is damaged, nobody notices, and what it holds of any life may come back.
  void lost_log(const History& history);
  // S1: hit, and no durable write came later.
  bool is_hit(const History& history, Lba lba) const;
  // A read that ended at this moment may have been answered wrongly.
  bool may_mislead(Lba lba, Moment ended) const;
  bool is_hit_column(Lba lba) const;
  bool is_hit_stripe(std::uint64_t stripe) const;
  const std::vector<Lba>& hits() const { return hits_; }

  // The volume was read and judged; what it computed from other members is not pinned.
  void recovered(const std::function<bool(Lba)>& was_computed);
  void is_redundant(std::uint64_t stripe);  // S3
  void keep_columns() { keeps_columns_ = true; }

 private:
  std::uint64_t column_of(Lba lba) const;

  const Profile& profile_;
  struct Hit {  // since the last recovery
    Moment first = never;
    Moment last = 0;
  };
  std::vector<Hit> hit_at_;  // by block
  std::vector<Lba> hits_;  // blocks that were
  std::vector<std::uint8_t> columns_;
  bool keeps_columns_ = false;
};

}  // namespace holdfast::oracle
