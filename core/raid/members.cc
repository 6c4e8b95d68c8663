#include "core/raid/members.h"

#include <fmt/format.h>

namespace holdfast::raid {

Members::Members(const Geometry& geometry, std::vector<Member> by_role, Observer& observer)
    : members_(std::move(by_role)), observer_(observer), missing_max_(geometry.parity_disks()) {
  check(count() == geometry.raid_disks, "an array has a member for each role");
  for (const Member& member : members_)
    if (!member.is_active()) ++missing_;
  check(missing_ <= missing_max_, "M2: an array opens with at most its parity missing");
}

Roles Members::active_roles() const {
  Roles roles;
  for (int role = 0; role < count(); ++role)
    if (is_active(role)) roles.push_back(role);
  return roles;
}

Lba Members::on_device(int role, Lba at) const {
  const Member& member = members_[static_cast<std::size_t>(role)];
  check(member.is_active(), "M1: requests go to active members only");
  return member.superblock.data_offset + Sectors(at.value);
}

Task<IoResult> Members::read(int role, Lba at, MutablePages into) {
  return this->at(role).device->read(on_device(role, at), into);
}

Task<IoResult> Members::write(int role, Lba at, Pages from, WriteFlags flags) {
  return this->at(role).device->write(on_device(role, at), from, flags);
}

Task<IoResult> Members::discard(int role, Extent extent) {
  return at(role).device->discard({on_device(role, extent.first), extent.count});
}

Task<IoResult> Members::write_zeroes(int role, Extent extent, WriteFlags flags) {
  return at(role).device->write_zeroes({on_device(role, extent.first), extent.count}, flags);
}

void Members::fail(int role, IoError error) {
  Member& member = at(role);
  if (!member.is_active()) return;
  ++epoch_;
  std::string what =
      fmt::format("member {} (role {}) failed: {} at sector {}", member.superblock.dev_number, role,
                  name_of(error.kind), error.where.value);
  if (missing_ < missing_max_) {
    member.state = MemberState::faulty;
    ++missing_;
    observer_.mark("raid.member_failed");
    observer_.note(what + "; the array goes on degraded");
  } else {
    member.state = MemberState::lost;
    is_broken_ = true;
    observer_.mark("raid.broken");
    observer_.note(what + "; one too many: the array takes no more writes");
  }
}

}  // namespace holdfast::raid
