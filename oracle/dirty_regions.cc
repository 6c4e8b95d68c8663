#include "oracle/dirty_regions.h"

#include <algorithm>

namespace holdfast::oracle {

DirtyRegions::DirtyRegions(const RaidShape& shape)
    : shape_(shape),
      columns_(shape.stripes() * stripe_sectors, never_synced),
      excused_(columns_.size(), 1) {}

DirtyRegions::DirtyRegions(const RaidShape& shape, const DirtyRegions& other)
    : shape_(shape), columns_(other.columns_), excused_(other.excused_) {}

std::uint64_t DirtyRegions::column_of(Lba lba) const {
  return stripe_of(shape_, lba) * stripe_sectors + lba.value % stripe_sectors;
}

void DirtyRegions::writes_acked(const History& history) {
  for (WriteId id = history.epoch_begin(); id < history.writes_end(); ++id) {
    const WriteRecord& write = history.write(id);
    if (!write.is_acked() || !history.had_all_members(write) || write.effect == Effect::any)
      continue;
    for (Lba lba = write.extent.first; lba < write.extent.end(); lba += Sectors(1))
      columns_[column_of(lba)] = excused_[column_of(lba)] = 0;
  }
}

void DirtyRegions::recovery_begins(const History& history, Behind behind) {
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (!excused_[column]) columns_[column] = 0;
  for (WriteId id = history.epoch_begin(); id < history.writes_end(); ++id) {
    const WriteRecord& write = history.write(id);
    if (history.is_durable(write) && behind != Behind::damaged_journal) continue;
    for (Lba lba = write.extent.first; lba < write.extent.end(); lba += Sectors(1)) {
      auto stripe = static_cast<std::ptrdiff_t>(stripe_of(shape_, lba) * stripe_sectors);
      std::fill_n(columns_.begin() + stripe, stripe_sectors, id);
      if (behind != Behind::journal)
        std::fill_n(excused_.begin() + stripe, stripe_sectors, std::uint8_t{1});
    }
  }
}

void DirtyRegions::settled() {
  std::fill(columns_.begin(), columns_.end(), 0);
  std::fill(excused_.begin(), excused_.end(), std::uint8_t{0});
}

bool DirtyRegions::is_excused_stripe(std::uint64_t stripe) const {
  auto first = excused_.begin() + static_cast<std::ptrdiff_t>(stripe * stripe_sectors);
  return std::any_of(first, first + stripe_sectors, [](std::uint8_t is) { return is != 0; });
}

bool DirtyRegions::is_any_excused() const {
  return std::any_of(excused_.begin(), excused_.end(), [](std::uint8_t is) { return is != 0; });
}

}  // namespace holdfast::oracle
