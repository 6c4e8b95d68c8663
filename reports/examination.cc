#include "reports/examination.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace holdfast::reports {
namespace {

using raid::Superblock;

struct FeatureName {
  std::uint32_t bit;
  std::string_view name;
};
constexpr std::array feature_table{
    FeatureName{raid::feature::bitmap, "bitmap"},
    FeatureName{raid::feature::recovery_offset, "recovery_offset"},
    FeatureName{raid::feature::reshape, "reshape"},
    FeatureName{raid::feature::bad_blocks, "bad_blocks"},
    FeatureName{raid::feature::replacement, "replacement"},
    FeatureName{raid::feature::reshape_backwards, "reshape_backwards"},
    FeatureName{raid::feature::new_offset, "new_offset"},
    FeatureName{raid::feature::recovery_bitmap, "recovery_bitmap"},
    FeatureName{raid::feature::clustered, "clustered"},
    FeatureName{raid::feature::journal, "journal"},
    FeatureName{raid::feature::ppl, "ppl"},
    FeatureName{raid::feature::multiple_ppls, "multiple_ppls"},
    FeatureName{raid::feature::raid0_layout, "raid0_layout"},
};

// A name is bytes of somebody else's: nothing of it may steer the terminal.
std::string name_text(const Superblock& superblock) {
  std::string name = superblock.name();
  std::ranges::replace_if(name, [](char c) { return c < ' ' || c > '~'; }, '?');
  return name;
}

std::string bad_blocks_text(const SuperblockFound& found) {
  if (!found.bad_blocks) return "no log";
  const BadBlocks& log = *found.bad_blocks;
  if (!log.problem.empty()) return log.problem;
  std::string text = fmt::format("{} recorded, room for {} entries", log.extents.size(), log.room);
  for (const Extent& extent : log.extents)
    text += fmt::format("\n               sector {}, {} sectors", extent.first.value,
                        extent.count.value);
  return text;
}

std::string bitmap_text(const SuperblockFound& found) {
  if (!found.bitmap) return "none";
  if (!found.bitmap->problem.empty()) return found.bitmap->problem;
  return fmt::format("at sector {}, {} KiB a bit, events {}", found.bitmap->at.value,
                     found.bitmap->chunk_bytes / 1024, found.bitmap->events);
}

std::string features_text(const Superblock& superblock) {
  std::vector<std::string> names = feature_names(superblock.features);
  return names.empty() ? "none"
                       : fmt::format("{:#x} ({})", superblock.features, fmt::join(names, ", "));
}

void line(std::string& out, std::string_view label, std::string_view text) {
  out += fmt::format("  {:<12} {}\n", label, text);
}

void write_array_fields(std::string& out, const Superblock& superblock) {
  line(out, "array",
       fmt::format("{} \"{}\"", raid::text_of(superblock.set_uuid), name_text(superblock)));
  line(out, "created", time_text(superblock.created));
  line(out, "geometry",
       fmt::format("{}, {}, {} devices, chunk {} KiB", level_text(superblock),
                   layout_text(superblock), superblock.raid_disks, superblock.chunk.value / 2));
  line(out, "member size", size_text(superblock.size));
  if (auto capacity = capacity_of(superblock)) line(out, "array size", size_text(*capacity));
}

void write_superblock(std::string& out, const SuperblockFound& found) {
  std::string place = fmt::format("{} at sector {}", raid::name_of(found.version), found.at.value);
  if (!found.superblock) {
    line(out, "superblock", place + ", DAMAGED");
    line(out, "", found.damage);
    return;
  }
  const Superblock& superblock = *found.superblock;
  line(out, "superblock", place + ", checksum correct");
  write_array_fields(out, superblock);
  line(out, "device",
       fmt::format("{}, number {}", raid::text_of(superblock.device_uuid), superblock.dev_number));
  line(out, "role", raid::role_text(superblock.role()));
  line(out, "data",
       fmt::format("from sector {}, room for {}", superblock.data_offset.value,
                   size_text(superblock.data_size)));
  line(out, "state", state_text(superblock));
  line(out, "events", std::to_string(superblock.events));
  line(out, "updated", time_text(superblock.updated));
  line(out, "features", features_text(superblock));
  line(out, "bad blocks", bad_blocks_text(found));
  line(out, "bitmap", bitmap_text(found));
  if (superblock.has(raid::feature::recovery_offset))
    line(out, "rebuilt up to", fmt::format("member sector {}", superblock.recovery_offset));
  for (const std::string& reason : found.not_runnable) line(out, "can't run", reason);
  if (found.journal) out += text_of(*found.journal);
}

void write_device(std::string& out, const DeviceExamined& device) {
  if (!device.problem.empty()) {
    out += fmt::format("{}: {}\n", device.path, device.problem);
    return;
  }
  out += fmt::format("{}: {}\n", device.path, size_text(device.size));
  if (device.superblocks.empty())
    line(out, "superblock",
         device.size < raid::smallest_device(raid::MetadataVersion::v1_1)
             ? "none: the device is too small to hold one; is it truncated?"
             : "none: no magic a92b4efc in any of its three places");
  if (device.superblocks.size() > 1)
    line(out, "ATTENTION",
         fmt::format("{} superblocks; assembly believes the one of the array that was created last",
                     device.superblocks.size()));
  for (const SuperblockFound& found : device.superblocks) write_superblock(out, found);
}

std::string verdict_text(const ArrayExamined& array) {
  if (!array.assembles) return "no: " + array.why_not;
  if (!array.is_degraded) return "yes, all members present";
  return fmt::format("yes, degraded: {} of {} members missing", array.missing(),
                     array.roles.size());
}

void write_array(std::string& out, const ArrayExamined& array) {
  const Superblock& freshest = array.freshest;
  out += fmt::format("array {} \"{}\": {}, {}, {} devices, events {}, {}\n",
                     raid::text_of(freshest.set_uuid), name_text(freshest), level_text(freshest),
                     layout_text(freshest), freshest.raid_disks, freshest.events,
                     state_text(freshest));
  for (std::size_t role = 0; role < array.roles.size(); ++role) {
    const RoleExamined& holder = array.roles[role];
    out += fmt::format("  role {:<3} {:<8} {}{}{}\n", role, holder.state, holder.path,
                       holder.why.empty() || holder.path.empty() ? "" : ": ", holder.why);
  }
  for (const OtherExamined& other : array.others)
    out += fmt::format("  {:<8} {:<8} {}{}{}\n", "-", other.state, other.path,
                       other.why.empty() ? "" : ": ", other.why);
  for (const std::string& contradiction : array.contradictions)
    out += fmt::format("  CONTRADICTION: {}\n", contradiction);
  out += fmt::format("  would assemble: {}\n", verdict_text(array));
  if (array.assembles)
    for (const std::string& note : array.notes) out += fmt::format("  note: {}\n", note);
}

}  // namespace

bool DeviceExamined::is_damaged() const {
  return superblocks.empty() || std::ranges::any_of(superblocks, [](const SuperblockFound& found) {
           return !found.superblock || (found.journal && found.journal->is_damaged());
         });
}

std::uint64_t ArrayExamined::missing() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      roles, [](const RoleExamined& role) { return role.state != "active"; }));
}

std::string size_text(Sectors sectors) {
  constexpr double step = 1024;
  double amount = static_cast<double>(sectors.bytes()) / step;
  std::string_view unit = "KiB";
  for (std::string_view larger : {"MiB", "GiB", "TiB"}) {
    if (amount < step) break;
    amount /= step;
    unit = larger;
  }
  return fmt::format("{:.2f} {} ({} sectors)", amount, unit, sectors.value);
}

std::string level_text(const Superblock& superblock) {
  if (superblock.level >= 4 && superblock.level <= 6)
    return std::string(raid::name_of(static_cast<raid::Level>(superblock.level)));
  return superblock.level >= 0 ? fmt::format("raid{}", superblock.level)
                               : fmt::format("md level {}", superblock.level);
}

std::string layout_text(const Superblock& superblock) {
  if (superblock.level >= 4 && superblock.level <= 6) {
    auto name = raid::layout_name(static_cast<raid::Level>(superblock.level),
                                  static_cast<int>(superblock.layout));
    if (!name.empty()) return std::string(name);
  }
  return fmt::format("layout {:#x}", superblock.layout);
}

std::string state_text(const Superblock& superblock) {
  if (superblock.clean()) return "clean";
  if (superblock.resync_offset == 0)
    return "dirty: new or not stopped cleanly, all of it is to be resynced";
  return fmt::format("resyncing: done up to member sector {}", superblock.resync_offset);
}

std::vector<std::string> feature_names(std::uint32_t features) {
  std::vector<std::string> names;
  for (const FeatureName& known : feature_table)
    if ((features & known.bit) != 0) names.emplace_back(known.name);
  if (std::uint32_t unknown = features & ~raid::feature::all; unknown != 0)
    names.push_back(fmt::format("unknown {:#x}", unknown));
  return names;
}

std::string time_text(raid::SuperblockTime time) {
  // Beyond the year 9999 a calendar says nothing.
  if (time.seconds() >= 253'402'300'800) return fmt::format("{} s after 1970", time.seconds());
  auto seconds = static_cast<std::time_t>(time.seconds());
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(seconds));
}

std::optional<Sectors> capacity_of(const Superblock& superblock) {
  auto geometry = raid::geometry_of(superblock);
  if (!geometry) return std::nullopt;
  return geometry->capacity();
}

std::string text_of(const Examination& examination) {
  std::string out;
  for (const DeviceExamined& device : examination.devices) {
    write_device(out, device);
    out += "\n";
  }
  for (const ArrayExamined& array : examination.arrays) write_array(out, array);
  return out;
}

}  // namespace holdfast::reports
