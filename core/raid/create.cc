#include "core/raid/create.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/raid/assembly.h"
#include "core/raid/journal/format.h"

namespace holdfast::raid {
namespace {

tl::unexpected<OpenError> refuse(OpenError::Kind kind, std::string message) {
  return tl::unexpected<OpenError>(OpenError(kind, std::move(message)));
}

// The most that every member has room for.
tl::expected<Geometry, OpenError> common_geometry(Devices devices, const NewArray& array) {
  Sectors size(~std::uint64_t{0});
  for (std::size_t i = 0; i < devices.size() - array.has_journal; ++i) {
    const DeviceLimits& limits = devices[i]->limits();
    DataRoom room{};
    if (limits.sectors >= smallest_device(array.metadata))
      room = data_room(array.metadata, limits.sectors, array.chunk);
    if (room.data_size < array.chunk)
      return refuse(
          OpenError::Kind::configuration,
          fmt::format("{}: {} bytes leave no room for a superblock and one chunk of {} bytes",
                      array.device_names[i], limits.sectors.bytes(), array.chunk.bytes()));
    size = std::min(size, room.data_size);
  }
  std::optional<Level> level;
  if (array.level >= 4 && array.level <= 6) level = static_cast<Level>(array.level);
  std::optional<int> layout = level ? layout_number(*level, array.layout) : std::nullopt;
  if (level == Level::raid4 && !layout) layout = 0;
  if (!layout)
    return refuse(
        OpenError::Kind::configuration,
        fmt::format("level {} with layout {}: there is no such array", array.level, array.layout));
  Decoded<Geometry> geometry = Geometry::make(array.level, static_cast<std::uint64_t>(*layout),
                                              array.members, array.chunk, size);
  if (!geometry)
    return refuse(OpenError::Kind::configuration,
                  geometry.error().field + ": " + geometry.error().message);
  return *geometry;
}

CreateResult demand_ring(const DeviceLimits& limits, const NewArray& array) {
  DataRoom room{};
  if (limits.sectors >= smallest_device(array.metadata))
    room = data_room(array.metadata, limits.sectors, array.chunk);
  auto members = static_cast<int>(array.members);
  std::uint64_t blocks = room.data_size / journal::block_sectors;
  std::uint64_t least = journal::ring_blocks_min(members);
  if (blocks < least)
    return refuse(
        OpenError::Kind::configuration,
        fmt::format("{}: {} bytes leave room for {} blocks of 4 KiB beside the superblock, "
                    "a journal of {} members takes at least {}",
                    array.device_names.back(), limits.sectors.bytes(), blocks, members, least));
  if (members > journal::raid_disks_max)
    return refuse(OpenError::Kind::configuration,
                  fmt::format("{} members: an array with a journal has at most {}", members,
                              journal::raid_disks_max));
  return {};
}

// The beginning of a log: a tail that says something, whatever a torn first write leaves behind it.
Task<IoResult> write_empty_log(BlockDevice& device, const Superblock& superblock,
                               Entropy& entropy) {
  journal::MetaBlockWriter empty(journal::Seed(superblock.set_uuid),
                                 journal::first_sequence(entropy), Lba(0));
  Slice block(empty.finish());
  auto written =
      co_await device.write(superblock.data_offset, Pages(&block, 1), write_preflush_fua);
  co_return written;
}

Task<IoResult> wipe_superblocks(BlockDevice& device, MetadataVersion keep) {
  Slice zeros{Page::zeros()};
  for (MetadataVersion version : metadata_versions) {
    Sectors size = device.limits().sectors;
    if (version == keep || size < smallest_device(version)) continue;
    auto wiped = co_await device.write(superblock_lba(version, size), Pages(&zeros, 1), write_fua);
    if (!wiped) co_return wiped;
  }
  co_return IoResult{};
}

Task<CreateResult> demand_empty(BlockDevice& device, const std::string& name) {
  for (MetadataVersion version : metadata_versions) {
    auto found = co_await read_superblock(device, name, version);
    if (!found && found.error().kind == OpenError::Kind::io)
      co_return tl::unexpected<OpenError>(found.error());
    if (!found || *found)
      co_return refuse(
          OpenError::Kind::refused,
          fmt::format("{}: holds an md superblock ({}{}): name it as a device to "
                      "overwrite if that array may be lost; nothing was written",
                      name, name_of(version), found ? " of " + (*found)->name() : ", damaged"));
  }
  co_return CreateResult{};
}

bool may_overwrite(const NewArray& array, std::size_t device) {
  return std::ranges::find(array.overwrite, array.device_names[device]) != array.overwrite.end();
}

Task<CreateResult> demand_free(Devices devices, const NewArray& array) {
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!devices[i])
      co_return refuse(OpenError::Kind::configuration, array.device_names[i] + ": is absent");
    if (may_overwrite(array, i)) continue;
    auto empty = co_await demand_empty(*devices[i], array.device_names[i]);
    if (!empty) co_return empty;
  }
  if (devices.size() > max_dev_most)
    co_return refuse(
        OpenError::Kind::configuration,
        fmt::format("{} devices: a superblock has room for {}", devices.size(), max_dev_most));
  co_return CreateResult{};
}

std::vector<Superblock> new_superblocks(Devices devices, const NewArray& array,
                                        const Geometry& geometry, Ports ports) {
  Uuid set_uuid;
  ports.entropy.fill(set_uuid);
  // The same on all: it tells members of one array from others.
  SuperblockTime now = SuperblockTime::of_microseconds(ports.clock.wall_microseconds());
  std::vector<std::uint16_t> roles(std::max<std::size_t>(max_dev_written, devices.size()),
                                   role_spare);
  for (std::size_t i = 0; i < array.members; ++i) roles[i] = static_cast<std::uint16_t>(i);
  if (array.has_journal) roles[devices.size() - 1] = role_journal;

  std::vector<Superblock> superblocks;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    Superblock& superblock = superblocks.emplace_back(
        new_superblock(array.metadata, geometry, devices[i]->limits().sectors));
    superblock.set_uuid = set_uuid;
    ports.entropy.fill(superblock.device_uuid);
    std::copy_n(array.name.begin(), std::min(array.name.size(), superblock.set_name.size()),
                superblock.set_name.begin());
    superblock.created = superblock.updated = now;
    superblock.dev_number = static_cast<std::uint32_t>(i);
    superblock.dev_roles = roles;
    if (array.has_journal) superblock.features |= feature::journal;
  }
  return superblocks;
}

// Its superblock last: before that the device is nobody's.
Task<IoResult> write_device(BlockDevice& device, const Superblock& superblock, bool is_overwritten,
                            bool begins_log, Entropy& entropy) {
  if (is_overwritten) {
    if (auto wiped = co_await wipe_superblocks(device, superblock.version); !wiped) co_return wiped;
  }
  if (begins_log) {
    auto begun = co_await write_empty_log(device, superblock, entropy);
    if (!begun) co_return begun;
  }
  Slice block(Page::allocate());
  encode_superblock(superblock, block.room());
  block.bytes = superblock_write_bytes(superblock, device.limits().logical_block_bytes);
  auto written =
      co_await device.write(superblock.super_offset, Pages(&block, 1), write_preflush_fua);
  co_return written;
}

}  // namespace

Task<CreateResult> create_array(Devices devices, const NewArray& array, Ports ports) {
  check(devices.size() == array.device_names.size() && array.members <= devices.size(),
        "every device has a name, and members come first");
  if (auto free = co_await demand_free(devices, array); !free) co_return free;
  auto geometry = common_geometry(devices, array);
  if (!geometry) co_return tl::unexpected<OpenError>(geometry.error());
  if (array.has_journal) {
    CreateResult fits = demand_ring(devices.back()->limits(), array);
    if (!fits) co_return fits;
  }
  std::vector<Superblock> superblocks = new_superblocks(devices, array, *geometry, ports);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    bool begins_log = superblocks[i].role() == role_journal && array.empty_block_in_new_log;
    auto written = co_await write_device(*devices[i], superblocks[i], may_overwrite(array, i),
                                         begins_log, ports.entropy);
    if (!written)
      co_return refuse(
          OpenError::Kind::io,
          fmt::format("{}: {} at sector {} when writing the superblock; devices in front of it "
                      "in the list carry one already",
                      array.device_names[i], name_of(written.error().kind),
                      written.error().where.value));
  }
  co_return CreateResult{};
}

}  // namespace holdfast::raid
