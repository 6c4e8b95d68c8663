#include "sim/explore/rows.h"

#include <algorithm>

#include "core/base/check.h"

namespace holdfast::sim {
namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;

}  // namespace

Rows::Rows(const oracle::Profile& profile, const std::vector<std::size_t>& device_of_role)
    : volume_sectors_(profile.sectors.value) {
  if (!profile.raid) {
    members_.push_back({});
    rows_ = (volume_sectors_ + page_sectors - 1) / page_sectors;
    row_sectors_ = page_sectors;
    return;
  }
  const oracle::RaidShape& shape = *profile.raid;
  pages_in_chunk_ = static_cast<std::uint32_t>(shape.chunk_bytes / page_bytes);
  rows_ = shape.member_bytes / shape.chunk_bytes;
  row_sectors_ = shape.chunk_bytes / sector_bytes * shape.data_disks();
  for (unsigned role = 0; role < shape.raid_disks; ++role) {
    std::uint64_t offset = shape.data_offset_bytes[role];
    check(offset % page_bytes == 0 && shape.chunk_bytes % page_bytes == 0,
          "chunks of an explored array are whole pages");
    std::size_t device = device_of_role.empty() ? role : device_of_role[role];
    members_.push_back(
        {static_cast<std::uint32_t>(device), static_cast<std::uint32_t>(offset / page_bytes)});
  }
}

std::optional<std::uint64_t> Rows::row_of(PagePlace place) const {
  auto member = std::find_if(members_.begin(), members_.end(), [&](const Member& candidate) {
    return candidate.device == place.device;
  });
  if (member == members_.end() || place.page < member->first_page) return std::nullopt;
  std::uint64_t row = (place.page - member->first_page) / pages_in_chunk_;
  if (row >= rows_) return std::nullopt;
  return row;
}

Extent Rows::on_volume(std::uint64_t row) const {
  std::uint64_t first = row * row_sectors_;
  return {Lba(first), Sectors(std::min(row_sectors_, volume_sectors_ - first))};
}

std::vector<PagePlace> Rows::pages(std::uint64_t row) const {
  std::vector<PagePlace> places;
  for (const Member& member : members_)
    for (std::uint32_t page = 0; page < pages_in_chunk_; ++page)
      places.emplace_back(member.device, static_cast<std::uint32_t>(member.first_page +
                                                                    row * pages_in_chunk_ + page));
  return places;
}

}  // namespace holdfast::sim
