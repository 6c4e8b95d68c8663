#include "drivers/cli/exercise/array_place.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/raid/assembly.h"
#include "core/raid/superblock.h"

namespace holdfast::drivers {
namespace {

oracle::RaidShape shape_of(const raid::Superblock& superblock) {
  oracle::RaidShape shape;
  shape.level = superblock.level;
  shape.layout = static_cast<int>(superblock.layout);
  shape.raid_disks = superblock.raid_disks;
  shape.chunk_bytes = superblock.chunk.bytes();
  shape.member_bytes = superblock.size.bytes() / shape.chunk_bytes * shape.chunk_bytes;
  shape.data_offset_bytes.assign(superblock.raid_disks, 0);
  return shape;
}

tl::unexpected<OpenError> wrong(std::string message) {
  return tl::unexpected<OpenError>(OpenError(OpenError::Kind::configuration, std::move(message)));
}

}  // namespace

tl::expected<ArrayPlace, OpenError> find_array(const std::vector<NamedPath>& devices,
                                               RealWorld& world) {
  auto opened = DeviceSet::open(devices, Access::look, Absence::accepted, world);
  if (!opened) return tl::unexpected<OpenError>(opened.error());
  std::optional<raid::Superblock> freshest;
  std::vector<std::optional<raid::Superblock>> found(devices.size());
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!opened->at(i)) continue;
    auto superblock =
        world.finish(raid::read_superblock(*opened->at(i), devices[i].name, std::nullopt));
    if (!superblock) return tl::unexpected<OpenError>(superblock.error());
    found[i] = *superblock;
    if (found[i] && (!freshest || found[i]->events > freshest->events)) freshest = found[i];
  }
  if (!freshest) return wrong("there is no array on these devices; make one first: create");
  if (auto geometry = raid::geometry_of(*freshest); !geometry)
    return wrong(fmt::format("{}: {}", geometry.error().field, geometry.error().message));

  ArrayPlace place;
  place.shape = shape_of(*freshest);
  place.device_of_role.assign(freshest->raid_disks, ArrayPlace::nobody);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!found[i] || !found[i]->holds_role() || found[i]->role() >= freshest->raid_disks) continue;
    if (found[i]->set_uuid != freshest->set_uuid)
      return wrong(fmt::format("{} belongs to another array", devices[i].path));
    place.device_of_role[found[i]->role()] = i;
    place.shape.data_offset_bytes[found[i]->role()] = found[i]->data_offset.value * sector_bytes;
  }
  if (std::string sentence = place.shape.contradiction(); !sentence.empty()) return wrong(sentence);
  return place;
}

oracle::RaidShape first_rows(oracle::RaidShape shape, Sectors size_max) {
  std::uint64_t row_bytes = shape.chunk_bytes * shape.data_disks();
  std::uint64_t rows = std::max<std::uint64_t>(size_max.bytes() / row_bytes, 1);
  shape.member_bytes = std::min(shape.member_bytes, rows * shape.chunk_bytes);
  return shape;
}

}  // namespace holdfast::drivers
