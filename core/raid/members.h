// The devices behind the roles of an array: which ones serve, and who failed.
//
//   active  --fail()-->  faulty    within the redundancy: the superblocks of the others shall say so (core/raid/metadata.h)
//   active  --fail()-->  lost      one too many: not recorded, so that the array can be assembled when the device is back
//   absent                         not there, or stale, when the array was opened
//
//   M1  Requests go to active members only.
//   M2  faulty and absent together are at most the level's parity; with a lost member the array is broken: it takes no
//       write, and reads only what needs nothing lost.
//   M3  A flush that failed (W5), by itself or as a part of a durable write, fails its member before anybody hears of it:
//       another flush that the member answers well meanwhile is acked only after the failure is recorded.
#pragma once

#include <vector>

#include <boost/container/small_vector.hpp>

#include "core/block/block_device.h"
#include "core/block/ports.h"
#include "core/raid/geometry.h"
#include "core/raid/rules.h"
#include "core/raid/superblock.h"

namespace holdfast::raid {

enum class MemberState : std::uint8_t { active, faulty, lost, absent };

struct Member {
  static constexpr std::size_t no_device = ~std::size_t{0};

  BlockDevice* device = nullptr;
  std::size_t device_number = no_device;  // in the span that the array was opened with
  MemberState state = MemberState::absent;
  Superblock superblock;  // as last read or written; without meaning while absent

  bool is_active() const { return state == MemberState::active; }
};

using Roles = boost::container::small_vector<int, 8>;

class Members {
 public:
  // by_role: raid_disks of them.
  Members(const Geometry& geometry, std::vector<Member> by_role, const RaidRules& rules,
          Observer& observer);

  int count() const { return static_cast<int>(members_.size()); }
  Member& at(int role) { return members_[static_cast<std::size_t>(role)]; }
  const Member& at(int role) const { return members_[static_cast<std::size_t>(role)]; }
  bool is_active(int role) const { return at(role).is_active(); }
  Roles active_roles() const;
  int missing() const { return missing_; }  // roles that are not active
  bool is_degraded() const { return missing_ > 0; }
  bool is_broken() const { return is_broken_; }
  // Each change of state adds one: what was planned under an older epoch may read from the wrong members.
  std::uint64_t epoch() const { return epoch_; }

  // A write that is aligned to so many bytes from data_offset, and no longer, is whole or absent after a power cut. At most a
  // page.
  std::uint64_t atomic_bytes(int role) const;

  // `at` counts from the member's data_offset. Only for active members. M3 apart, errors are the caller's to judge.
  Task<IoResult> read(int role, Lba at, MutablePages into);
  Task<IoResult> write(int role, Lba at, Pages from, WriteFlags flags);
  Task<IoResult> discard(int role, Extent extent);
  Task<IoResult> write_zeroes(int role, Extent extent, WriteFlags flags);
  Task<IoResult> flush(int role);

  // The member answered with an error that it may not survive.
  void fail(int role, IoError error);

 private:
  Lba on_device(int role, Lba at) const;
  Task<IoResult> fail_if_unflushed(int role, Task<IoResult> request);

  std::vector<Member> members_;
  const RaidRules& rules_;
  Observer& observer_;
  int missing_max_;
  int missing_ = 0;
  std::uint64_t epoch_ = 0;
  bool is_broken_ = false;
};

}  // namespace holdfast::raid
