#include "core/raid/members.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace holdfast::raid {
namespace {

bool is_plain(WriteFlags flags) { return !flags.fua && !flags.preflush; }

}  // namespace

Members::Members(const Geometry& geometry, std::vector<Member> by_role, const RaidRules& rules,
                 Observer& observer)
    : members_(std::move(by_role)),
      rules_(rules),
      observer_(observer),
      missing_max_(geometry.parity_disks()) {
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

std::uint64_t Members::atomic_bytes(int role) const {
  std::uint64_t offset_bytes = Sectors(at(role).superblock.data_offset.value).bytes();
  std::uint64_t aligned = std::uint64_t{1} << std::countr_zero(offset_bytes | page_bytes);
  return std::min<std::uint64_t>(aligned, at(role).device->limits().atomic_write_bytes);
}

Task<IoResult> Members::read(int role, Lba at, MutablePages into) {
  return this->at(role).device->read(on_device(role, at), into);
}

Task<IoResult> Members::write(int role, Lba at, Pages from, WriteFlags flags) {
  auto write = this->at(role).device->write(on_device(role, at), from, flags);
  if (is_plain(flags)) return write;
  return fail_if_unflushed(role, std::move(write));
}

Task<IoResult> Members::discard(int role, Extent extent) {
  return at(role).device->discard({on_device(role, extent.first), extent.count});
}

Task<IoResult> Members::write_zeroes(int role, Extent extent, WriteFlags flags) {
  auto zero = at(role).device->write_zeroes({on_device(role, extent.first), extent.count}, flags);
  if (is_plain(flags)) return zero;
  return fail_if_unflushed(role, std::move(zero));
}

Task<IoResult> Members::flush(int role) {
  return fail_if_unflushed(role, at(role).device->flush());
}

// M3.
Task<IoResult> Members::fail_if_unflushed(int role, Task<IoResult> request) {
  auto done = co_await std::move(request);
  if (!done && rules_.fail_unflushed_at_once && done.error().kind != IoErrorKind::unsupported)
    fail(role, done.error());
  co_return done;
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
