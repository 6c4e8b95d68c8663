#include "scenarios/promise.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/raid/geometry.h"
#include "core/raid/metadata_place.h"
#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

raid::DataRoom room_on(const RaidSpec& spec, const sim::DiskSpec& disk) {
  raid::MetadataVersion version = *raid::metadata_version(spec.metadata);
  if (disk.limits.sectors < raid::smallest_device(version)) return {};
  return raid::data_room(version, disk.limits.sectors, Sectors::of_bytes(spec.chunk_bytes));
}

oracle::RaidShape shape_of(const RaidSpec& spec, std::span<const sim::DiskSpec> disks) {
  oracle::RaidShape shape;
  shape.level = spec.level;
  shape.layout = raid::layout_number(static_cast<raid::Level>(spec.level), spec.layout).value_or(0);
  shape.raid_disks = static_cast<unsigned>(spec.members.size());
  shape.chunk_bytes = spec.chunk_bytes;
  shape.member_bytes = UINT64_MAX;
  for (std::size_t i = 0; i < disks.size(); ++i) {
    raid::DataRoom room = room_on(spec, disks[i]);
    shape.member_bytes = std::min(shape.member_bytes, room.data_size.bytes());
    if (i < shape.raid_disks)
      shape.data_offset_bytes.push_back(room.data_offset.value * sector_bytes);
  }
  shape.member_bytes -= shape.member_bytes % shape.chunk_bytes;
  return shape;
}

}  // namespace

std::uint32_t failure_budget(const VolumeSpec& volume) {
  const auto* raid = std::get_if<RaidSpec>(&volume.engine);
  if (!raid) return 0;
  return static_cast<std::uint32_t>(raid::parity_disks_of(static_cast<raid::Level>(raid->level)));
}

oracle::Profile promise_of(const VolumeSpec& volume, std::span<const sim::DiskSpec> disks) {
  oracle::Profile promise;
  promise.arbitrary_under_unacked_writes = std::ranges::any_of(disks, &sim::DiskSpec::tears);
  promise.arbitrary_under_undurable_writes = promise.arbitrary_under_unacked_writes;
  if (const auto* raid = std::get_if<RaidSpec>(&volume.engine)) {
    promise.has_write_hole = true;
    promise.raid = shape_of(*raid, disks);
  }
  return promise;
}

std::vector<std::string> misfits(const VolumeSpec& volume, std::span<const sim::DiskSpec> disks) {
  std::vector<std::string> sentences;
  const auto* raid = std::get_if<RaidSpec>(&volume.engine);
  if (!raid) return sentences;
  if (raid->geometry_as_found)
    sentences.emplace_back("geometry_as_found: a scenario makes its array, so nothing is found");
  for (const sim::DiskSpec& disk : disks) {
    Sectors room = room_on(*raid, disk).data_size;
    if (room.bytes() < raid->chunk_bytes)
      sentences.push_back(
          fmt::format("chunk is {}: device {} of {} has room for {} of data beside its metadata",
                      size_text(raid->chunk_bytes), disk.name,
                      size_text(disk.limits.sectors.bytes()), size_text(room.bytes())));
    if (raid->chunk_bytes % disk.limits.logical_block_bytes != 0)
      sentences.push_back(fmt::format(
          "chunk is {}: no multiple of the logical block of {} of device {}",
          size_text(raid->chunk_bytes), size_text(disk.limits.logical_block_bytes), disk.name));
  }
  return sentences;
}

}  // namespace holdfast::scenarios
