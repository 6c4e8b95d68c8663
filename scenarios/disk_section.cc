#include "scenarios/disk_section.h"

#include <array>
#include <bit>

#include <fmt/format.h>

#include "scenarios/units.h"

namespace holdfast::scenarios {
namespace {

constexpr std::uint64_t device_bytes_max = 1ull << 30;
constexpr std::uint64_t block_bytes_max = 1ull << 20;

constexpr std::array<Choice<sim::DiskModel>, 3> models{{{"ssd", sim::DiskModel::ssd},
                                                        {"hdd", sim::DiskModel::hdd},
                                                        {"any-order", sim::DiskModel::any_order}}};
constexpr std::array<Choice<sim::FreshContent>, 3> fills{{{"zero", sim::FreshContent::zero},
                                                          {"garbage", sim::FreshContent::garbage},
                                                          {"any", sim::FreshContent::by_choice}}};

// A power of two from `min` to 1MiB.
void read_block(Section& section, std::string_view key, std::uint64_t min, std::uint32_t& into) {
  std::uint64_t bytes = into;
  if (!section.read_size(key, bytes)) return;
  if (!std::has_single_bit(bytes) || bytes < min || bytes > block_bytes_max)
    return section.problem(
        key, fmt::format("is {}: expected a power of two from {} to {}", size_text(bytes),
                         size_text(min), size_text(block_bytes_max)));
  into = static_cast<std::uint32_t>(bytes);
}

void read_cache(Section& section, sim::Tier tier, DeviceLimits& limits) {
  limits.has_volatile_cache = tier != sim::Tier::t0;
  section.read("volatile_cache", limits.has_volatile_cache);
  limits.has_fua = limits.has_volatile_cache;
  section.read("fua", limits.has_fua);
  if (limits.has_volatile_cache && tier == sim::Tier::t0)
    section.problem("volatile_cache", "contradicts tier T0, which has no volatile caches");
  if (limits.has_fua && !limits.has_volatile_cache && section.has("fua"))
    section.problem("fua", "contradicts the missing volatile cache: every write is durable there");
}

void read_logical_block(Section& section, DeviceLimits& limits) {
  std::uint64_t bytes = limits.logical_block_bytes;
  if (section.read_size("logical_block", bytes) && bytes != sector_bytes && bytes != page_bytes)
    return section.problem("logical_block",
                           fmt::format("is {}: expected 512B or 4KiB", size_text(bytes)));
  limits.logical_block_bytes = static_cast<std::uint32_t>(bytes);
}

void read_discard(Section& section, DeviceLimits& limits) {
  read_block(section, "discard", limits.logical_block_bytes, limits.discard_granularity_bytes);
  section.read("discard_reads_zero", limits.discard_reads_zero);
  if (limits.discard_granularity_bytes > 0 &&
      limits.sectors.bytes() % limits.discard_granularity_bytes != 0)
    section.problem("discard", fmt::format("is {}: the size of {} is no multiple of it",
                                           size_text(limits.discard_granularity_bytes),
                                           size_text(limits.sectors.bytes())));
  if (section.has("discard_reads_zero") && !section.has("discard"))
    section.problem("discard_reads_zero", "says nothing on a device without discard");
}

}  // namespace

sim::DiskSpec read_disk(Section& section, const std::string& name, sim::Tier tier) {
  sim::DiskSpec disk;
  disk.name = name;
  disk.tier = tier;
  section.require("model");
  section.read_choice<sim::DiskModel>("model", disk.model, models);
  disk.limits.is_rotational = disk.model == sim::DiskModel::hdd;
  read_logical_block(section, disk.limits);
  disk.limits.physical_block_bytes =
      std::max(disk.limits.physical_block_bytes, disk.limits.logical_block_bytes);
  disk.limits.atomic_write_bytes = disk.limits.logical_block_bytes;
  read_block(section, "physical_block", disk.limits.logical_block_bytes,
             disk.limits.physical_block_bytes);
  read_block(section, "atomic_write", disk.limits.logical_block_bytes,
             disk.limits.atomic_write_bytes);
  std::uint64_t bytes = 0;
  section.require("size");
  if (section.read_size("size", bytes)) {
    if (bytes == 0 || bytes > device_bytes_max || bytes % disk.limits.physical_block_bytes != 0)
      section.problem(
          "size", fmt::format("is {}: expected a multiple of the physical block of {}, at most {}",
                              size_text(bytes), size_text(disk.limits.physical_block_bytes),
                              size_text(device_bytes_max)));
    disk.limits.sectors = Sectors::of_bytes(bytes);
  }
  if (tier == sim::Tier::t3 && disk.limits.physical_block_bytes > page_bytes)
    section.problem("physical_block",
                    fmt::format("is {}: in tier T3 a torn block spoils what stands beside it; "
                                "expected at most 4KiB",
                                size_text(disk.limits.physical_block_bytes)));
  read_cache(section, tier, disk.limits);
  read_discard(section, disk.limits);
  section.read_choice<sim::FreshContent>("fill", disk.fresh, fills);
  section.read_integer("channels", disk.channels, 1, 256);
  if (disk.model != sim::DiskModel::ssd && section.has("channels"))
    section.problem("channels", "belongs to the model ssd");
  section.read("any_order", disk.may_complete_in_any_order);
  section.refuse_unknown_keys();
  return disk;
}

}  // namespace holdfast::scenarios
