#include "oracle/dirty_regions.h"

#include <algorithm>

namespace holdfast::oracle {

DirtyRegions::DirtyRegions(const RaidShape& shape)
    : shape_(shape), columns_(shape.stripes() * stripe_sectors, never_synced) {}

std::uint64_t DirtyRegions::column_of(Lba lba) const {
  return stripe_of(shape_, lba) * stripe_sectors + lba.value % stripe_sectors;
}

void DirtyRegions::writes_acked(const History& history) {
  for (WriteId id = history.epoch_begin(); id < history.writes_end(); ++id) {
    const WriteRecord& write = history.write(id);
    if (!write.is_acked() || !history.had_all_members(write) || write.effect == Effect::any)
      continue;
    for (Lba lba = write.extent.first; lba < write.extent.end(); lba += Sectors(1))
      columns_[column_of(lba)] = 0;
  }
}

void DirtyRegions::recovery_begins(const History& history) {
  for (WriteId id = history.epoch_begin(); id < history.writes_end(); ++id) {
    const WriteRecord& write = history.write(id);
    if (history.is_durable(write)) continue;
    for (Lba lba = write.extent.first; lba < write.extent.end(); lba += Sectors(1)) {
      auto stripe =
          columns_.begin() + static_cast<std::ptrdiff_t>(stripe_of(shape_, lba) * stripe_sectors);
      std::fill_n(stripe, stripe_sectors, id);
    }
  }
}

void DirtyRegions::settled() { std::fill(columns_.begin(), columns_.end(), 0); }

bool DirtyRegions::is_dirty_stripe(std::uint64_t stripe) const {
  auto first = columns_.begin() + static_cast<std::ptrdiff_t>(stripe * stripe_sectors);
  return std::any_of(first, first + stripe_sectors, [](WriteId by) { return by != 0; });
}

}  // namespace holdfast::oracle
