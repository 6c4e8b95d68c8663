#include "core/raid/superblock_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>

#include <fmt/format.h>
#include <linux/raid/md_p.h>

namespace holdfast::raid {

namespace {

using Md = mdp_superblock_1;
using Verdict = tl::expected<void, FormatError>;

Verdict check_features(const Superblock& superblock) {
  constexpr std::size_t at = offsetof(Md, feature_map);
  if (std::uint32_t unknown = superblock.features & ~feature::all; unknown != 0)
    return bad_format(
        at, "feature_map",
        fmt::format("found {:#x}, bits {:#x} are unknown; expected only bits of {:#x}",
                    superblock.features, unknown, feature::all));
  int logs = superblock.has(feature::bitmap) + superblock.has(feature::journal) +
             superblock.has(feature::ppl | feature::multiple_ppls);
  if (logs > 1)
    return bad_format(at, "feature_map",
                      fmt::format("found {:#x}, expected at most one of bitmap (1), journal (512) "
                                  "and PPL (1024, 2048)",
                                  superblock.features));
  return {};
}

// Levels that can run here are held to their rules; the others only to what makes sense of any level.
Verdict check_array(const Superblock& superblock) {
  constexpr std::array levels_known{-5, -4, -1, 0, 1, 4, 5, 6, 10};
  if (std::ranges::find(levels_known, superblock.level) == levels_known.end())
    return bad_format(
        offsetof(Md, level), "level",
        fmt::format("found {}, expected one of md's levels (-5, -4, -1, 0, 1, 4, 5, 6, "
                    "10)",
                    superblock.level));
  if (superblock.raid_disks == 0 || superblock.raid_disks > superblock.dev_roles.size())
    return bad_format(offsetof(Md, raid_disks), "raid_disks",
                      fmt::format("found {}, expected 1 to max_dev ({})", superblock.raid_disks,
                                  superblock.dev_roles.size()));
  if (superblock.level < 4 || superblock.level > 6) return {};
  // RAID-4 and 5 of two members exist, as a step from RAID-1: right as bytes, though nothing runs on them here.
  Superblock widened = superblock;
  if (superblock.level != 6 && superblock.raid_disks == 2) widened.raid_disks = 3;
  if (auto geometry = geometry_of(widened); !geometry) return tl::unexpected(geometry.error());
  if (superblock.resync_offset != in_sync && superblock.resync_offset > superblock.size.value)
    return bad_format(offsetof(Md, resync_offset), "resync_offset",
                      fmt::format("found {}, expected at most size ({}), or all ones: in sync",
                                  superblock.resync_offset, superblock.size.value));
  return {};
}

Verdict check_place(const Superblock& superblock, Sectors device) {
  if (device < smallest_device(superblock.version))
    return bad_format(offsetof(Md, super_offset), "super_offset",
                      fmt::format("found on a device of {} sectors, expected at least {}",
                                  device.value, smallest_device(superblock.version).value));
  Lba place = superblock_lba(superblock.version, device);
  if (superblock.super_offset != place)
    return bad_format(
        offsetof(Md, super_offset), "super_offset",
        fmt::format("found {}, expected {}, where it was read (metadata {}); was the "
                    "device resized or copied?",
                    superblock.super_offset.value, place.value, name_of(superblock.version)));
  if (superblock.data_size < Sectors(10))
    return bad_format(
        offsetof(Md, data_size), "data_size",
        fmt::format("found {} sectors, expected at least 10", superblock.data_size.value));
  bool data_in_front = superblock.version == MetadataVersion::v1_0;
  std::uint64_t end = data_in_front ? place.value : device.value;
  if (superblock.data_offset.value > end)
    return bad_format(
        offsetof(Md, data_offset), "data_offset",
        fmt::format("found {}, expected at most {}", superblock.data_offset.value, end));
  if (superblock.data_size.value > end - superblock.data_offset.value)
    return bad_format(
        offsetof(Md, data_size), "data_size",
        fmt::format(
            "found {} sectors from data_offset {}, expected to end at or before sector {}, {}; "
            "was the device truncated?",
            superblock.data_size.value, superblock.data_offset.value, end,
            data_in_front ? "the superblock" : "the device's end"));
  std::uint64_t superblock_sectors =
      (sizeof(Md) + 2 * superblock.dev_roles.size() + sector_bytes - 1) / sector_bytes;
  if (!data_in_front && superblock.data_offset < place + Sectors(superblock_sectors))
    return bad_format(offsetof(Md, data_offset), "data_offset",
                      fmt::format("found {}, expected at least {}, behind the superblock",
                                  superblock.data_offset.value, place.value + superblock_sectors));
  if (superblock.size > superblock.data_size && superblock.role() != role_journal)
    return bad_format(offsetof(Md, size), "size",
                      fmt::format("found {} sectors used, expected at most data_size ({})",
                                  superblock.size.value, superblock.data_size.value));
  return {};
}

// Two devices may claim one role only while one replaces the other.
Verdict check_roles(const Superblock& superblock) {
  std::uint32_t disks = superblock.raid_disks;
  auto delta = static_cast<std::int32_t>(superblock.delta_disks);
  if (superblock.has(feature::reshape) && delta > 0) disks += static_cast<std::uint32_t>(delta);
  std::map<std::uint16_t, int> holders;
  for (std::size_t i = 0; i < superblock.dev_roles.size(); ++i) {
    std::uint16_t role = superblock.dev_roles[i];
    auto refuse = [&](std::string_view expected) {
      return bad_format(offsetof(Md, dev_roles) + 2 * i, fmt::format("dev_roles[{}]", i),
                        fmt::format("found {:#06x}, expected {}", role, expected));
    };
    if (role == role_spare || role == role_faulty) continue;
    if (role == role_journal && !superblock.has(feature::journal))
      return refuse("no journal where feature_map lacks 512");
    if (role == role_journal) continue;
    if (role >= disks)
      return refuse(fmt::format("a role below {}, or spare, faulty or journal", disks));
    if (++holders[role] > 2)
      return refuse("at most two devices in one role (one replacing the other)");
  }
  return {};
}

std::optional<std::uint16_t> role_held_twice(const Superblock& superblock) {
  std::set<std::uint16_t> held;
  for (std::uint16_t role : superblock.dev_roles)
    if (role < role_max && !held.insert(role).second) return role;
  return std::nullopt;
}

}  // namespace

tl::expected<void, FormatError> check_rules(const Superblock& superblock, Sectors device) {
  if (auto fine = check_features(superblock); !fine) return fine;
  if (auto fine = check_array(superblock); !fine) return fine;
  if (auto fine = check_roles(superblock); !fine) return fine;
  return check_place(superblock, device);
}

Decoded<Geometry> geometry_of(const Superblock& superblock) {
  auto geometry = Geometry::make(superblock.level, superblock.layout, superblock.raid_disks,
                                 superblock.chunk, superblock.size);
  if (geometry) return geometry;
  constexpr std::array<std::pair<std::string_view, std::size_t>, 5> places{{
      {"level", offsetof(Md, level)},
      {"layout", offsetof(Md, layout)},
      {"size", offsetof(Md, size)},
      {"chunk", offsetof(Md, chunksize)},
      {"raid_disks", offsetof(Md, raid_disks)},
  }};
  FormatError error = geometry.error();
  for (const auto& [field, offset] : places)
    if (field == error.field) error.offset = offset;
  return tl::unexpected(error);
}

std::vector<FormatError> differences(const Superblock& one, const Superblock& other) {
  std::vector<FormatError> found;
  auto compare = [&](std::size_t at, std::string_view field, const auto& expected,
                     const auto& value, std::string_view what_to_do) {
    if (value != expected)
      found.emplace_back(at, std::string(field),
                         fmt::format("found {}, expected {} as on the other members; {}", value,
                                     expected, what_to_do));
  };
  constexpr std::string_view stranger = "this device belongs to another array: leave it out";
  constexpr std::string_view stale = "this member is stale or damaged: leave it out";
  if (one.set_uuid != other.set_uuid) {
    compare(offsetof(Md, set_uuid), "set_uuid", text_of(one.set_uuid), text_of(other.set_uuid),
            stranger);
    return found;
  }
  compare(offsetof(Md, magic), "metadata", name_of(one.version), name_of(other.version), stale);
  compare(offsetof(Md, ctime), "ctime", one.created.raw, other.created.raw, stranger);
  compare(offsetof(Md, level), "level", one.level, other.level, stale);
  compare(offsetof(Md, layout), "layout", one.layout, other.layout, stale);
  compare(offsetof(Md, size), "size", one.size.value, other.size.value, stale);
  compare(offsetof(Md, chunksize), "chunk", one.chunk.value, other.chunk.value, stale);
  compare(offsetof(Md, raid_disks), "raid_disks", one.raid_disks, other.raid_disks, stale);
  return found;
}

std::vector<FormatError> not_runnable(const Superblock& superblock) {
  std::vector<FormatError> found;
  if (auto geometry = geometry_of(superblock); !geometry) found.push_back(geometry.error());
  struct Lack {
    std::uint32_t bits;
    std::string_view message;
  };
  constexpr std::array lacks{
      Lack{
          feature::reshape | feature::reshape_backwards | feature::new_offset,
          "a reshape is under way and this version can't go on with it: let Linux finish it first"},
      Lack{feature::ppl | feature::multiple_ppls,
           "the array has partial-parity logs and this version does not apply them yet: let Linux "
           "assemble it, or switch to --consistency-policy=resync there"},
      Lack{feature::bitmap,
           "the array has a write-intent bitmap and this version does not keep it up to date: "
           "remove "
           "it with mdadm --grow --bitmap=none"},
      Lack{feature::bad_blocks,
           "this member has a list of bad blocks that this version does not honour: replace it "
           "under "
           "Linux"},
      Lack{feature::replacement,
           "this device is replacing a member and only partly filled: let Linux finish it"},
      Lack{feature::clustered, "the array is shared by a cluster: use it there"},
  };
  for (const Lack& lack : lacks)
    if (superblock.has(lack.bits))
      found.emplace_back(offsetof(Md, feature_map), "feature_map",
                         fmt::format("found {:#x}: {}", superblock.features, lack.message));
  if (auto twice = role_held_twice(superblock); twice && !superblock.has(feature::replacement))
    found.emplace_back(offsetof(Md, dev_roles), "dev_roles",
                       fmt::format("found two devices in role {}: one is replacing the other, and "
                                   "this version can't go on with that: let Linux finish it",
                                   *twice));
  if (superblock.has(feature::recovery_offset) && !superblock.has(feature::replacement) &&
      superblock.holds_role())
    found.emplace_back(
        offsetof(Md, recovery_offset), "recovery_offset",
        fmt::format("found {}: only that many sectors of this member were rebuilt, and "
                    "this version can't go on from there: leave it out",
                    superblock.recovery_offset));
  return found;
}

}  // namespace holdfast::raid
