#include "scenarios/promise.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/raid/geometry.h"
#include "core/raid/metadata_place.h"
#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

// Of members and spares: the journal comes last (device_names), and holds none of the data.
std::span<const sim::DiskSpec> data_disks(const RaidSpec& spec,
                                          std::span<const sim::DiskSpec> disks) {
  return spec.journal.empty() ? disks : disks.first(disks.size() - 1);
}

raid::DataRoom room_on(const RaidSpec& spec, const sim::DiskSpec& disk) {
  raid::MetadataVersion version = *raid::metadata_version(spec.metadata);
  if (disk.limits.sectors < raid::smallest_device(version)) return {};
  return raid::data_room(version, disk.limits.sectors, Sectors::of_bytes(spec.chunk_bytes));
}

// The block at the tail, and two units of one full stripe each: the next one always finds room beside the last.
std::uint64_t smallest_ring_bytes(std::size_t raid_disks) {
  return (2 * (1 + raid_disks) + 1) * page_bytes;
}

oracle::RaidShape shape_of(const RaidSpec& spec, std::span<const sim::DiskSpec> disks) {
  oracle::RaidShape shape;
  shape.level = spec.level;
  shape.layout = raid::layout_number(static_cast<raid::Level>(spec.level), spec.layout).value_or(0);
  shape.raid_disks = static_cast<unsigned>(spec.members.size());
  shape.chunk_bytes = spec.chunk_bytes;
  shape.member_bytes = UINT64_MAX;
  std::span<const sim::DiskSpec> holders = data_disks(spec, disks);
  for (std::size_t i = 0; i < holders.size(); ++i) {
    raid::DataRoom room = room_on(spec, holders[i]);
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
  std::optional<oracle::RaidShape> shape;
  const auto* raid = std::get_if<RaidSpec>(&volume.engine);
  if (raid) shape = shape_of(*raid, disks);
  oracle::Profile promise = promise_of(volume, std::move(shape));
  bool is_torn = std::ranges::any_of(disks, &sim::DiskSpec::tears);
  // Behind a journal nothing is arbitrary, see below.
  if (raid && !raid->journal.empty()) return promise;
  promise.arbitrary_under_unacked_writes = promise.arbitrary_under_undurable_writes = is_torn;
  promise.tears_inside_blocks = std::ranges::any_of(disks, &sim::DiskSpec::tears_inside);
  if (!promise.tears_inside_blocks) return promise;
  for (const sim::DiskSpec& disk : disks)
    promise.spoiled_with_bytes =
        std::max(promise.spoiled_with_bytes, disk.limits.physical_block_bytes);
  return promise;
}

std::vector<Extent> content_of(const VolumeSpec& volume, std::span<const sim::DiskSpec> disks) {
  const auto* raid = std::get_if<RaidSpec>(&volume.engine);
  std::vector<Extent> content;
  for (const sim::DiskSpec& disk : disks) {
    if (!raid) {
      content.emplace_back(Lba(0), disk.limits.sectors);
      continue;
    }
    raid::DataRoom room = room_on(*raid, disk);
    content.emplace_back(room.data_offset, room.data_size);
  }
  if (!raid) return content;
  Sectors used = Sectors::of_bytes(shape_of(*raid, disks).member_bytes);
  for (std::size_t i = 0; i < data_disks(*raid, disks).size(); ++i) content[i].count = used;
  return content;
}

oracle::Profile promise_of(const VolumeSpec& volume, std::optional<oracle::RaidShape> shape) {
  oracle::Profile promise;
  promise.raid = std::move(shape);
  const auto* raid = std::get_if<RaidSpec>(&volume.engine);
  if (!raid) return promise;
  promise.has_write_hole = raid->journal.empty();
  if (raid->journal.empty()) return promise;

  // Behind a write-through journal. A write is acked when the log holds it durably, whole pages at a time; so an ack is all
  // that it takes, and a page is whole or absent.
  // Nothing is arbitrary, on torn disks (T2) neither:
  //   a write to the log     covers no block that recovery still needs (the ring's space is reused only behind the durable
  //                          tail); torn, its checksums fail, and its unit is dropped before a member was touched
  //   a write to a member    begins after its unit is durable in the log, which keeps the unit until the members are flushed;
  //                          replay writes every page of it anew, so what was torn is overwritten, in a torn replay again
  //   resync                 is not logged, but writes parity only, only blocks that are wrong, and above the recorded
  //                          position: those are made again
  //   superblocks            are one sector: inside every atomic unit
  // Repairs of unreadable sectors are not logged: tier T2 with bad_sectors is more than is promised.
  promise.has_volatile_cache = false;
  promise.atomic_write_bytes = page_bytes;
  return promise;
}

std::vector<std::string> misfits(const VolumeSpec& volume, std::span<const sim::DiskSpec> disks) {
  std::vector<std::string> sentences;
  const auto* raid = std::get_if<RaidSpec>(&volume.engine);
  if (!raid) return sentences;
  if (raid->geometry_as_found)
    sentences.emplace_back("geometry_as_found: a scenario makes its array, so nothing is found");
  for (const sim::DiskSpec& disk : data_disks(*raid, disks)) {
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
  if (raid->journal.empty()) return sentences;
  const sim::DiskSpec& journal = disks.back();
  std::uint64_t room = room_on(*raid, journal).data_size.bytes() / page_bytes * page_bytes;
  std::uint64_t needed = smallest_ring_bytes(raid->members.size());
  if (room < needed)
    sentences.push_back(fmt::format(
        "the journal of {} members needs {} of log, room for two full stripes: device {} of {} has "
        "room for {} beside its metadata",
        raid->members.size(), size_text(needed), journal.name,
        size_text(journal.limits.sectors.bytes()), size_text(room)));
  return sentences;
}

}  // namespace holdfast::scenarios
