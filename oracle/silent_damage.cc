#include "oracle/silent_damage.h"

#include <algorithm>

namespace holdfast::oracle {

SilentDamage::SilentDamage(const Profile& profile)
    : profile_(profile), hit_at_(profile.sectors.value) {
  if (profile.raid) columns_.resize(profile.raid->stripes() * stripe_sectors);
}

SilentDamage::SilentDamage(const Profile& profile, const SilentDamage& other)
    : profile_(profile),
      hit_at_(other.hit_at_),
      hits_(other.hits_),
      columns_(other.columns_),
      keeps_columns_(other.keeps_columns_) {}

std::uint64_t SilentDamage::column_of(Lba lba) const {
  return stripe_of(*profile_.raid, lba) * stripe_sectors + lba.value % stripe_sectors;
}

void SilentDamage::hit(unsigned role, Extent sectors, const History& history) {
  auto hit_block = [&](Lba lba) {
    Hit& hit = hit_at_[lba.value];
    if (hit.first == never) hits_.push_back(lba);
    hit.first = std::min(hit.first, history.now());
    hit.last = history.now();
  };
  for (Lba at = sectors.first; at < sectors.end(); at += Sectors(1)) {
    if (!profile_.raid) {
      hit_block(at);
      continue;
    }
    const RaidShape& shape = *profile_.raid;
    std::uint64_t stripe = at.value / stripe_sectors;
    columns_[at.value] = 1;
    Row row = row_of(shape, at.value * sector_bytes / shape.chunk_bytes);
    for (unsigned index = 0; index < row.data.size(); ++index)
      if (row.data[index] == role)
        hit_block(extent_of(shape, stripe, index).first + Sectors(at.value % stripe_sectors));
  }
}

void SilentDamage::lost_log(const History& history) {
  if (!profile_.raid) return;
  for (WriteId id = 1; id < history.writes_end(); ++id) {
    Extent extent = history.write(id).extent;
    for (Lba lba = extent.first; lba < extent.end(); lba += Sectors(1)) {
      auto first = stripe_of(*profile_.raid, lba) * stripe_sectors;
      std::fill_n(columns_.begin() + static_cast<std::ptrdiff_t>(first), stripe_sectors,
                  std::uint8_t{1});
    }
  }
}

bool SilentDamage::is_hit(const History& history, Lba lba) const {
  const Hit& hit = hit_at_[lba.value];
  if (hit.first == never) return false;
  for (auto at = history.first_touch(lba); at != History::nothing; at = history.next_touch(at)) {
    const WriteRecord& write = history.write(history.touch_write(at));
    if (write.submitted > hit.last && history.is_durable(write)) return false;
  }
  return true;
}

bool SilentDamage::may_mislead(Lba lba, Moment ended) const {
  return ended > hit_at_[lba.value].first;
}

bool SilentDamage::is_hit_column(Lba lba) const {
  return profile_.raid && columns_[column_of(lba)] != 0;
}

bool SilentDamage::is_hit_stripe(std::uint64_t stripe) const {
  auto first = columns_.begin() + static_cast<std::ptrdiff_t>(stripe * stripe_sectors);
  return std::any_of(first, first + stripe_sectors, [](std::uint8_t is) { return is != 0; });
}

void SilentDamage::recovered(const std::function<bool(Lba)>& was_computed) {
  std::erase_if(hits_, [&](Lba lba) {
    if (was_computed(lba)) return false;
    hit_at_[lba.value] = Hit();
    return true;
  });
}

void SilentDamage::is_redundant(std::uint64_t stripe) {
  if (keeps_columns_) return;
  auto first = columns_.begin() + static_cast<std::ptrdiff_t>(stripe * stripe_sectors);
  std::fill_n(first, stripe_sectors, std::uint8_t{0});
}

}  // namespace holdfast::oracle
