#include "core/raid/create.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/raid/assembly.h"

namespace holdfast::raid {
namespace {

tl::unexpected<OpenError> refuse(OpenError::Kind kind, std::string message) {
  return tl::unexpected<OpenError>(OpenError(kind, std::move(message)));
}

// The most that every member has room for.
tl::expected<Geometry, OpenError> common_geometry(Devices devices, const NewArray& array) {
  Sectors size(~std::uint64_t{0});
  for (std::size_t i = 0; i < devices.size(); ++i) {
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

}  // namespace

Task<CreateResult> create_array(Devices devices, const NewArray& array, Ports ports) {
  check(devices.size() == array.device_names.size() && array.members <= devices.size(),
        "every device has a name, and members come first");
  auto may_overwrite = [&](std::size_t i) {
    return std::find(array.overwrite.begin(), array.overwrite.end(), array.device_names[i]) !=
           array.overwrite.end();
  };
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!devices[i])
      co_return refuse(OpenError::Kind::configuration, array.device_names[i] + ": is absent");
    if (may_overwrite(i)) continue;
    auto empty = co_await demand_empty(*devices[i], array.device_names[i]);
    if (!empty) co_return empty;
  }
  auto geometry = common_geometry(devices, array);
  if (!geometry) co_return tl::unexpected<OpenError>(geometry.error());

  Uuid set_uuid;
  ports.entropy.fill(set_uuid);
  SuperblockTime now = SuperblockTime::of_microseconds(ports.clock.wall_microseconds());
  if (devices.size() > max_dev_most)
    co_return refuse(
        OpenError::Kind::configuration,
        fmt::format("{} devices: a superblock has room for {}", devices.size(), max_dev_most));
  std::vector<std::uint16_t> roles(std::max<std::size_t>(max_dev_written, devices.size()),
                                   role_spare);
  for (std::size_t i = 0; i < array.members; ++i) roles[i] = static_cast<std::uint16_t>(i);

  for (std::size_t i = 0; i < devices.size(); ++i) {
    BlockDevice& device = *devices[i];
    Superblock superblock = new_superblock(array.metadata, *geometry, device.limits().sectors);
    superblock.set_uuid = set_uuid;
    ports.entropy.fill(superblock.device_uuid);
    std::copy_n(array.name.begin(), std::min(array.name.size(), superblock.set_name.size()),
                superblock.set_name.begin());
    superblock.created = now;  // the same on all: it tells members of one array from others
    superblock.updated = superblock.created;
    superblock.dev_number = static_cast<std::uint32_t>(i);
    superblock.dev_roles = roles;
    Slice block(Page::allocate());
    encode_superblock(superblock, block.room());
    block.bytes = superblock_write_bytes(superblock, device.limits().logical_block_bytes);
    IoResult done;
    if (may_overwrite(i)) {
      auto wiped = co_await wipe_superblocks(device, array.metadata);
      done = wiped;
    }
    if (done) {
      auto written =
          co_await device.write(superblock.super_offset, Pages(&block, 1), write_preflush_fua);
      done = written;
    }
    if (!done)
      co_return refuse(
          OpenError::Kind::io,
          fmt::format("{}: {} at sector {} when writing the superblock; devices in front of it "
                      "in the list carry one already",
                      array.device_names[i], name_of(done.error().kind), done.error().where.value));
  }
  co_return CreateResult{};
}

}  // namespace holdfast::raid
