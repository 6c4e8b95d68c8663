#include "core/raid/assembly.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/raid/journal/format.h"

namespace holdfast::raid {
namespace {

using Kind = OpenError::Kind;

tl::unexpected<OpenError> refuse(Kind kind, std::string message) {
  return tl::unexpected<OpenError>(OpenError(kind, std::move(message)));
}

// A device that answered, and what it says.
struct Candidate {
  std::size_t device_number;
  Superblock superblock;
};

class Assembler {
 public:
  Assembler(Devices devices, const Expected& expected, const RaidRules& rules, Observer& observer)
      : devices_(devices), expected_(expected), rules_(rules), observer_(observer) {}

  void device_is_missing(std::size_t number) { unused_.push_back(number); }
  void found(std::size_t number, Superblock superblock) {
    candidates_.push_back({number, std::move(superblock)});
  }
  AssemblyResult finish();

 private:
  tl::expected<void, OpenError> choose_freshest();
  tl::expected<void, OpenError> demand_one_array() const;
  tl::expected<void, OpenError> demand_expected(const Geometry& geometry) const;
  tl::expected<void, OpenError> place(const Candidate& candidate, Assembly& assembly) const;
  tl::expected<void, OpenError> place_journal(const Candidate& candidate, Assembly& assembly) const;
  tl::expected<void, OpenError> demand_journal(Assembly& assembly) const;
  tl::expected<void, OpenError> demand_fit(const Member& journal, const Geometry& geometry) const;
  tl::expected<void, OpenError> demand_enough(const Assembly& assembly) const;

  const std::string& name(std::size_t number) const { return expected_.device_names[number]; }
  bool is_denied(const Superblock& superblock) const;
  bool is_stale(const Superblock& superblock) const;

  Devices devices_;
  const Expected& expected_;
  const RaidRules& rules_;
  Observer& observer_;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> unused_;
  const Candidate* freshest_ = nullptr;
};

// An equally fresh superblock gives this one's role away: it was absent in the life that wrote that.
bool Assembler::is_denied(const Superblock& superblock) const {
  return std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& candidate) {
    const Superblock& other = candidate.superblock;
    return other.holds_role() && other.events == superblock.events &&
           other.role_of(superblock.dev_number) != superblock.role();
  });
}

tl::expected<void, OpenError> Assembler::choose_freshest() {
  bool has_roles = false;
  for (const Candidate& candidate : candidates_) {
    const Superblock& superblock = candidate.superblock;
    if (!superblock.holds_role()) continue;
    has_roles = true;
    if (rules_.outrank_absent_members && is_denied(superblock)) continue;
    if (!freshest_ || superblock.events > freshest_->superblock.events) freshest_ = &candidate;
  }
  if (!has_roles)
    return refuse(Kind::configuration,
                  "none of the devices is a member with a role: name the members of the array");
  if (!freshest_)
    return refuse(
        Kind::refused,
        "the members are equally fresh and call each other faulty: each side went on without "
        "the other. Name only those whose data is to stay");
  return {};
}

tl::expected<void, OpenError> Assembler::demand_one_array() const {
  for (const Candidate& candidate : candidates_) {
    for (FormatError& error : not_runnable(candidate.superblock)) {
      error.where = name(candidate.device_number);
      error.offset += Sectors(candidate.superblock.super_offset.value).bytes();
      return refuse(Kind::refused, error.text());
    }
    for (FormatError& error : differences(freshest_->superblock, candidate.superblock)) {
      error.where = name(candidate.device_number);
      error.offset += Sectors(candidate.superblock.super_offset.value).bytes();
      return refuse(Kind::format, error.text() + fmt::format(" (compared with {})",
                                                             name(freshest_->device_number)));
    }
  }
  return {};
}

tl::expected<void, OpenError> Assembler::demand_expected(const Geometry& geometry) const {
  if (!expected_.geometry) return {};
  const Geometry& want = *expected_.geometry;
  auto differ = [&](std::string_view field, auto found, auto asked) {
    return refuse(Kind::configuration,
                  fmt::format("{}: {} is {} in the superblock, but the volume says {}",
                              name(freshest_->device_number), field, found, asked));
  };
  if (geometry.level != want.level)
    return differ("level", name_of(geometry.level), name_of(want.level));
  if (geometry.layout != want.layout && geometry.level != Level::raid4)
    return differ("layout", layout_name(geometry.level, geometry.layout),
                  layout_name(want.level, want.layout));
  if (geometry.raid_disks != want.raid_disks)
    return differ("raid_disks", geometry.raid_disks, want.raid_disks);
  if (geometry.chunk != want.chunk)
    return differ("chunk (bytes)", geometry.chunk.bytes(), want.chunk.bytes());
  return {};
}

bool Assembler::is_stale(const Superblock& superblock) const {
  if (!superblock.holds_role()) return true;
  if (!rules_.refuse_stale_members) return false;
  const Superblock& freshest = freshest_->superblock;
  bool is_behind = superblock.events + 1 < freshest.events;
  return is_behind || freshest.role_of(superblock.dev_number) != superblock.role();
}

tl::expected<void, OpenError> Assembler::place(const Candidate& candidate,
                                               Assembly& assembly) const {
  const Superblock& superblock = candidate.superblock;
  const std::string& device = name(candidate.device_number);
  if (superblock.role() == role_journal) return place_journal(candidate, assembly);
  Member member{devices_[candidate.device_number], candidate.device_number, MemberState::active,
                superblock};
  if (superblock.role() == role_spare &&
      freshest_->superblock.role_of(superblock.dev_number) == role_spare) {
    assembly.spares.push_back(std::move(member));
    return {};
  }
  if (is_stale(superblock)) {
    observer_.mark("raid.stale_member_refused");
    observer_.note(
        fmt::format("{} is stale and left out: events {}, role {}; the freshest, {}, has events {} "
                    "and calls it {}",
                    device, superblock.events, role_text(superblock.role()),
                    name(freshest_->device_number), freshest_->superblock.events,
                    role_text(freshest_->superblock.role_of(superblock.dev_number))));
    assembly.unused_devices.push_back(candidate.device_number);
    return {};
  }
  if (superblock.role() >= assembly.by_role.size())
    return refuse(Kind::format, fmt::format("{}: offset 256, dev_roles: role {} in an array of {}",
                                            device, superblock.role(), assembly.by_role.size()));
  Member& place = assembly.by_role[superblock.role()];
  if (place.device)
    return refuse(
        Kind::format,
        fmt::format("{}: offset 256, dev_roles: holds role {} of {}, and so does {}: is "
                    "one a copy of the other? Name only one of them",
                    device, superblock.role(), superblock.name(), name(place.device_number)));
  place = std::move(member);
  return {};
}

tl::expected<void, OpenError> Assembler::place_journal(const Candidate& candidate,
                                                       Assembly& assembly) const {
  const Superblock& superblock = candidate.superblock;
  const Superblock& freshest = freshest_->superblock;
  std::uint16_t role = freshest.role_of(superblock.dev_number);
  bool is_stale = superblock.events + 1 < freshest.events || role != role_journal;
  if (is_stale) {
    observer_.mark("raid.journal_stale_refused");
    observer_.note(fmt::format(
        "{} is a stale journal and left out: its events are {}; the freshest, {}, has {} and calls "
        "it {}",
        name(candidate.device_number), superblock.events, name(freshest_->device_number),
        freshest.events, role_text(role)));
    assembly.unused_devices.push_back(candidate.device_number);
    return {};
  }
  if (assembly.journal)
    return refuse(
        Kind::format,
        fmt::format("{}: offset 256, dev_roles: is the journal of this array, and so says {} "
                    "of itself: is one a copy of the other? Name only one of them",
                    name(candidate.device_number), name(assembly.journal->device_number)));
  assembly.journal = Member{devices_[candidate.device_number], candidate.device_number,
                            MemberState::active, superblock};
  return {};
}

tl::expected<void, OpenError> Assembler::demand_fit(const Member& journal,
                                                    const Geometry& geometry) const {
  std::uint64_t blocks = journal.superblock.data_size / journal::block_sectors;
  std::uint64_t least = journal::ring_blocks_min(geometry.raid_disks);
  if (blocks < least)
    return refuse(
        Kind::format,
        fmt::format(
            "{}: offset 136, data_size: room for {} blocks of 4 KiB, a journal of {} members "
            "takes at least {}",
            name(journal.device_number), blocks, geometry.raid_disks, least));
  if (geometry.raid_disks > journal::raid_disks_max)
    return refuse(
        Kind::format,
        fmt::format("{}: offset 92, raid_disks: {}, but a stripe's records fit a journal "
                    "block for at most {}",
                    name(journal.device_number), geometry.raid_disks, journal::raid_disks_max));
  return {};
}

tl::expected<void, OpenError> Assembler::demand_journal(Assembly& assembly) const {
  Superblock& freshest = assembly.freshest;
  if (assembly.journal) return demand_fit(*assembly.journal, assembly.geometry);
  if (!freshest.has(feature::journal)) return {};
  bool is_recorded_faulty = std::find(freshest.dev_roles.begin(), freshest.dev_roles.end(),
                                      role_journal) == freshest.dev_roles.end();
  if (expected_.accept_lost_journal) {
    observer_.note(
        "the array goes on without its journal, for good, and is resynced: acknowledged writes "
        "since "
        "the journal's last checkpoint may be missing or torn");
    freshest.features &= ~feature::journal;
    freshest.resync_offset = 0;
    assembly.lost_its_journal = true;
    return {};
  }
  if (!is_recorded_faulty)
    return refuse(
        Kind::refused,
        "the array's write journal is missing: acknowledged writes since its last checkpoint may "
        "stand only there. Name the journal's device too, or accept its loss explicitly "
        "(accept_lost_journal); nothing was written");
  observer_.note(
      "the array's write journal failed in a former life: nothing is lost, but the array takes no "
      "writes until it goes on without one (accept_lost_journal)");
  assembly.is_read_only = true;
  return {};
}

tl::expected<void, OpenError> Assembler::demand_enough(const Assembly& assembly) const {
  int parity = assembly.geometry.parity_disks(), missing = 0;
  std::string roles;
  for (int role = 0; role < assembly.geometry.raid_disks; ++role) {
    if (assembly.by_role[static_cast<std::size_t>(role)].is_active()) continue;
    roles += fmt::format("{}{}", missing++ == 0 ? "" : ", ", role);
  }
  if (missing > parity)
    return refuse(Kind::refused,
                  fmt::format("{} of {} members are missing (role {}), a {} survives {}: bring "
                              "members back; nothing was written",
                              missing, assembly.geometry.raid_disks, roles,
                              name_of(assembly.geometry.level), parity));
  if (missing == 0) return {};
  observer_.note(
      fmt::format("degraded: role {} of {} is missing", roles, assembly.geometry.raid_disks));
  if (assembly.freshest.clean()) return {};
  if (!expected_.accept_dirty_degraded)
    return refuse(
        Kind::refused,
        fmt::format(
            "the array was not stopped cleanly and role {} is missing: blocks of the missing "
            "member that stand beside unfinished writes may be wrong (write hole). Bring the "
            "member back, or accept this explicitly; nothing was written",
            roles));
  observer_.mark("raid.dirty_degraded_accepted");
  observer_.note(
      fmt::format("opened though dirty and without role {}: blocks beside unfinished "
                  "writes may be wrong",
                  roles));
  return {};
}

AssemblyResult Assembler::finish() {
  if (auto chosen = choose_freshest(); !chosen) return tl::unexpected(chosen.error());
  if (auto same = demand_one_array(); !same) return tl::unexpected(same.error());
  Decoded<Geometry> geometry = geometry_of(freshest_->superblock);
  if (!geometry) {
    FormatError error = geometry.error();
    error.where = name(freshest_->device_number);
    return refuse(Kind::format, error.text());
  }
  if (auto agrees = demand_expected(*geometry); !agrees) return tl::unexpected(agrees.error());

  Assembly assembly;
  assembly.geometry = *geometry;
  assembly.freshest = freshest_->superblock;
  assembly.by_role.resize(static_cast<std::size_t>(geometry->raid_disks));
  assembly.unused_devices = unused_;
  for (const Candidate& candidate : candidates_)
    if (auto placed = place(candidate, assembly); !placed) return tl::unexpected(placed.error());
  if (auto journal = demand_journal(assembly); !journal) return tl::unexpected(journal.error());
  if (auto enough = demand_enough(assembly); !enough) return tl::unexpected(enough.error());
  std::sort(assembly.unused_devices.begin(), assembly.unused_devices.end());
  return assembly;
}

Task<SuperblockResult> read_at(BlockDevice& device, const std::string& name,
                               MetadataVersion version, bool verifies_checksum) {
  Sectors size = device.limits().sectors;
  if (size < smallest_device(version)) co_return std::optional<Superblock>();
  Slice block(Page::allocate());
  Lba place = superblock_lba(version, size);
  auto read = co_await device.read(place, Pages(&block, 1));
  if (!read)
    co_return refuse(Kind::io, fmt::format("{}: {} when reading the superblock at sector {}", name,
                                           name_of(read.error().kind), place.value));
  Decoded<std::optional<Superblock>> decoded =
      decode_superblock(block.view(), version, size, verifies_checksum);
  if (!decoded) {
    FormatError error = decoded.error();
    error.where = name;
    error.offset += Sectors(place.value).bytes();
    co_return refuse(Kind::format, error.text());
  }
  co_return std::move(*decoded);
}

}  // namespace

Task<SuperblockResult> read_superblock(BlockDevice& device, std::string name,
                                       std::optional<MetadataVersion> version,
                                       bool verifies_checksum) {
  if (version) {
    auto asked = co_await read_at(device, name, *version, verifies_checksum);
    co_return asked;
  }
  std::optional<Superblock> youngest;
  std::optional<OpenError> damaged;
  for (MetadataVersion place : metadata_versions) {
    auto found = co_await read_at(device, name, place, verifies_checksum);
    if (!found && found.error().kind == Kind::io) co_return found;
    if (!found) {
      damaged = found.error();
    } else if (*found && (!youngest || (*found)->created.seconds() > youngest->created.seconds())) {
      youngest = std::move(*found);
    }
  }
  if (!youngest && damaged) co_return tl::unexpected<OpenError>(*damaged);
  co_return youngest;
}

Task<AssemblyResult> assemble(Devices devices, const Expected& expected, const RaidRules& rules,
                              Ports ports) {
  check(devices.size() == expected.device_names.size(), "every device has a name");
  Assembler assembler(devices, expected, rules, ports.observer);
  for (std::size_t number = 0; number < devices.size(); ++number) {
    const std::string& name = expected.device_names[number];
    if (!devices[number]) {
      assembler.device_is_missing(number);
      continue;
    }
    auto superblock = co_await read_superblock(*devices[number], name, expected.metadata,
                                               rules.verify_superblock_checksums);
    if (!superblock && superblock.error().kind == Kind::io) {
      ports.observer.note(superblock.error().message + ": it is left out");
      assembler.device_is_missing(number);
    } else if (!superblock) {
      co_return tl::unexpected<OpenError>(superblock.error());
    } else if (!*superblock) {
      co_return refuse(Kind::format,
                       fmt::format("{}: no md superblock (magic a92b4efc) where one "
                                   "must be: leave this device out to go on without it",
                                   name));
    } else {
      assembler.found(number, std::move(**superblock));
    }
  }
  AssemblyResult assembly = assembler.finish();
  co_return assembly;
}

}  // namespace holdfast::raid
