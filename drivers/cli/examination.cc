#include "drivers/cli/examination.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/raid/assembly.h"
#include "drivers/cli/narrator.h"

namespace holdfast::drivers {
namespace {

using raid::MetadataVersion;
using raid::Superblock;
using reports::ArrayExamined;
using reports::DeviceExamined;
using reports::SuperblockFound;

constexpr std::uint32_t bitmap_magic = 0x6d746962;
constexpr std::uint64_t bad_blocks_end = ~std::uint64_t{0};

// super_offset + a signed distance in sectors; nullopt if [place, place + count) leaves the device.
std::optional<Lba> place_beside(const Superblock& superblock, std::int64_t distance, Sectors count,
                                Sectors device) {
  auto place = static_cast<std::int64_t>(superblock.super_offset.value) + distance;
  if (place < 0 || static_cast<std::uint64_t>(place) + count.value > device.value)
    return std::nullopt;
  return Lba(static_cast<std::uint64_t>(place));
}

Task<reports::BadBlocks> read_bad_blocks(BlockDevice& device, const Superblock& superblock) {
  reports::BadBlocks log;
  Sectors length(superblock.bblog_size);
  log.room = length.bytes() / 8;
  auto place = place_beside(superblock, superblock.bblog_offset, length, device.limits().sectors);
  if (!place) {
    log.problem = fmt::format("the log lies beyond the device: {} sectors from the superblock",
                              superblock.bblog_offset);
    co_return log;
  }
  // Without the feature the log has its place but was never begun.
  if (!superblock.has(raid::feature::bad_blocks)) co_return log;
  SliceList pages = allocate_slices(length.bytes());
  auto read = co_await device.read(*place, pages);
  if (!read) {
    log.problem = fmt::format("the log can't be read: {}", name_of(read.error().kind));
    co_return log;
  }
  for (const Slice& slice : pages) {
    for (std::size_t at = 0; at < slice.bytes; at += 8) {
      auto entry = load_le<std::uint64_t>(slice.view(), at);
      if (entry == bad_blocks_end) co_return log;
      log.extents.emplace_back(Lba((entry >> 10) << superblock.bblog_shift),
                               Sectors((entry & 0x3ff) << superblock.bblog_shift));
    }
  }
  co_return log;
}

Task<reports::Bitmap> read_bitmap(BlockDevice& device, const Superblock& superblock) {
  reports::Bitmap bitmap;
  auto distance = static_cast<std::int32_t>(superblock.bitmap_or_ppl);
  auto place = place_beside(superblock, distance, raid::superblock_room, device.limits().sectors);
  if (!place) {
    bitmap.problem =
        fmt::format("lies beyond the device: {} sectors from the superblock", distance);
    co_return bitmap;
  }
  bitmap.at = *place;
  Slice block(Page::allocate());
  auto read = co_await device.read(*place, Pages(&block, 1));
  if (!read) {
    bitmap.problem = fmt::format("can't be read: {}", name_of(read.error().kind));
  } else if (auto magic = load_le<std::uint32_t>(block.view(), 0); magic != bitmap_magic) {
    bitmap.problem = fmt::format("at sector {}: magic {:08x}, expected {:08x}", place->value, magic,
                                 bitmap_magic);
  } else {
    bitmap.events = load_le<std::uint64_t>(block.view(), 24);
    bitmap.chunk_bytes = load_le<std::uint32_t>(block.view(), 52);
  }
  co_return bitmap;
}

Task<> look_beside(BlockDevice& device, SuperblockFound& found, JournalView view,
                   Observer& observer) {
  const Superblock& superblock = *found.superblock;
  for (const FormatError& error : raid::not_runnable(superblock))
    found.not_runnable.push_back(fmt::format("{}: {}", error.field, error.message));
  if (superblock.bblog_size != 0 && superblock.bblog_offset != 0) {
    auto log = co_await read_bad_blocks(device, superblock);
    found.bad_blocks = std::move(log);
  }
  if (superblock.has(raid::feature::bitmap)) {
    auto bitmap = co_await read_bitmap(device, superblock);
    found.bitmap = std::move(bitmap);
  }
  if (superblock.role() == raid::role_journal && view != JournalView::none) {
    auto journal = co_await examine_journal(device, superblock, view, observer);
    found.journal = std::move(journal);
  }
}

// One array of those devices whose youngest sound superblock names it.
class ArrayInspection {
 public:
  ArrayInspection(RealWorld& world, const std::vector<FileDevice*>& devices)
      : world_(world), devices_(devices) {}

  void add(std::size_t device, const Superblock& superblock) {
    candidates_.push_back({device, superblock});
  }
  ArrayExamined inspect();

 private:
  struct Candidate {
    std::size_t device;
    Superblock superblock;
  };
  const std::string& path(const Candidate& candidate) const {
    return devices_[candidate.device]->path();
  }
  const Candidate& freshest() const;
  void place(const Candidate& candidate, ArrayExamined& array) const;
  void place_journal(const Candidate& candidate, ArrayExamined& array) const;
  std::string why_stale(const Candidate& candidate) const;
  void ask_assembly(ArrayExamined& array);

  RealWorld& world_;
  const std::vector<FileDevice*>& devices_;
  std::vector<Candidate> candidates_;
};

const ArrayInspection::Candidate& ArrayInspection::freshest() const {
  return *std::ranges::max_element(candidates_, [](const Candidate& one, const Candidate& other) {
    return std::pair(one.superblock.holds_role(), one.superblock.events) <
           std::pair(other.superblock.holds_role(), other.superblock.events);
  });
}

std::string ArrayInspection::why_stale(const Candidate& candidate) const {
  const Superblock& fresh = freshest().superblock;
  const Superblock& own = candidate.superblock;
  if (own.events + 1 < fresh.events)
    return fmt::format("events {}, the freshest superblock has {}", own.events, fresh.events);
  if (fresh.role_of(own.dev_number) != own.role())
    return fmt::format("the freshest superblock calls it {}",
                       raid::role_text(fresh.role_of(own.dev_number)));
  if (own.has(raid::feature::recovery_offset) && own.holds_role())
    return fmt::format("rebuilt only up to member sector {}", own.recovery_offset);
  return "";
}

void ArrayInspection::place_journal(const Candidate& candidate, ArrayExamined& array) const {
  std::string why = why_stale(candidate);
  if (why.empty()) {
    for (const reports::OtherExamined& other : array.others)
      if (other.state == "journal")
        array.contradictions.push_back(
            fmt::format("{} and {} both are its journal: is one a copy of the other?", other.path,
                        path(candidate)));
  }
  array.others.push_back({why.empty() ? "journal" : "stale journal", path(candidate), why});
}

void ArrayInspection::place(const Candidate& candidate, ArrayExamined& array) const {
  const Superblock& own = candidate.superblock;
  if (own.role() == raid::role_journal) return place_journal(candidate, array);
  if (!own.holds_role() || own.role() >= array.roles.size()) {
    array.others.push_back({raid::role_text(own.role()), path(candidate), ""});
    return;
  }
  reports::RoleExamined& holder = array.roles[own.role()];
  std::string why = why_stale(candidate);
  if (why.empty() && holder.state == "active") {
    array.contradictions.push_back(
        fmt::format("{} and {} both hold role {}: is one a copy of the other?", holder.path,
                    path(candidate), own.role()));
  } else if (!why.empty() && !holder.path.empty()) {
    array.others.push_back({"stale", path(candidate), why});
  } else {
    if (!holder.path.empty()) array.others.push_back({holder.state, holder.path, holder.why});
    holder = {why.empty() ? "active" : "stale", path(candidate), own.events, why};
  }
}

void ArrayInspection::ask_assembly(ArrayExamined& array) {
  std::vector<BlockDevice*> members;
  raid::Expected expected;
  for (const Candidate& candidate : candidates_) {
    members.push_back(devices_[candidate.device]);
    expected.device_names.push_back(path(candidate));
  }
  SilentObserver listener;
  Ports ports = world_.ports();
  raid::RaidRules rules;
  auto assembly = world_.finish(raid::assemble(
      members, expected, rules, Ports{ports.executor, ports.clock, ports.entropy, listener}));
  array.notes = listener.notes();
  array.assembles = assembly.has_value();
  if (!assembly)
    array.why_not = assembly.error().message;
  else
    array.is_degraded = std::ranges::any_of(
        assembly->by_role, [](const raid::Member& member) { return !member.is_active(); });
}

ArrayExamined ArrayInspection::inspect() {
  ArrayExamined array;
  array.freshest = freshest().superblock;
  array.freshest_path = path(freshest());
  array.roles.resize(std::min<std::size_t>(array.freshest.raid_disks, raid::max_dev_most),
                     {"missing", "", 0, "not among the devices given"});
  for (const Candidate& candidate : candidates_) {
    place(candidate, array);
    for (FormatError& error : raid::differences(array.freshest, candidate.superblock)) {
      error.where = path(candidate);
      error.offset += candidate.superblock.super_offset.value * sector_bytes;
      array.contradictions.push_back(error.text());
    }
  }
  ask_assembly(array);
  return array;
}

}  // namespace

Task<DeviceExamined> examine_device(BlockDevice& device, std::string path, JournalView view,
                                    Observer& observer) {
  DeviceExamined examined;
  examined.path = path;
  examined.size = device.limits().sectors;
  for (MetadataVersion version : raid::metadata_versions) {
    if (examined.size < raid::smallest_device(version)) continue;
    SuperblockFound found;
    found.version = version;
    found.at = raid::superblock_lba(version, examined.size);
    Slice block(Page::allocate());
    auto read = co_await device.read(found.at, Pages(&block, 1));
    if (!read) {
      found.damage = fmt::format("{}: offset {}: {}", path, found.at.value * sector_bytes,
                                 name_of(read.error().kind));
      examined.superblocks.push_back(std::move(found));
      continue;
    }
    auto decoded = raid::decode_superblock(block.view(), version, examined.size);
    if (decoded && !*decoded) continue;
    if (decoded) {
      found.superblock = std::move(**decoded);
      co_await look_beside(device, found, view, observer);
    } else {
      FormatError error = decoded.error();
      error.where = path;
      error.offset += found.at.value * sector_bytes;
      found.damage = error.text();
    }
    examined.superblocks.push_back(std::move(found));
  }
  co_return examined;
}

std::vector<ArrayExamined> examine_arrays(RealWorld& world, const std::vector<FileDevice*>& devices,
                                          const std::vector<DeviceExamined>& examined) {
  std::vector<ArrayExamined> arrays;
  std::map<raid::Uuid, ArrayInspection> by_uuid;
  for (std::size_t number = 0; number < devices.size(); ++number) {
    const Superblock* youngest = nullptr;
    for (const SuperblockFound& found : examined[number].superblocks)
      if (found.superblock &&
          (!youngest || found.superblock->created.seconds() > youngest->created.seconds()))
        youngest = &*found.superblock;
    if (youngest)
      by_uuid.try_emplace(youngest->set_uuid, world, devices).first->second.add(number, *youngest);
  }
  for (auto& [uuid, array] : by_uuid) arrays.push_back(array.inspect());
  return arrays;
}

}  // namespace holdfast::drivers
