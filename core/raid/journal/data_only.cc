#include "core/raid/journal/data_only.h"

#include <algorithm>
#include <tuple>

namespace holdfast::raid::journal {
namespace {

constexpr std::int32_t parity_role = -1;
constexpr std::size_t records_max_first = std::size_t{1} << 20;

}  // namespace

void DataOnly::data(Lba stripe, int role, Sequence unit, Lba position) {
  add({stripe, position, 0, role}, unit);
}

void DataOnly::parity(Lba stripe, Sequence unit) {
  if (!records_.empty()) add({stripe, Lba(0), 0, parity_role}, unit);
}

void DataOnly::add(Record record, Sequence unit) {
  if (records_.empty()) first_unit_ = unit;
  record.nth_unit = static_cast<std::uint32_t>(unit.value - first_unit_.value);
  records_.push_back(record);
  if (records_.size() < std::max(records_max_, records_max_first)) return;
  forget_written_out();
  records_max_ = 2 * records_.size();
}

// Keeps of each stripe the data behind its last parity, in the order of stripes and, of one stripe, of the log.
void DataOnly::forget_written_out() {
  std::sort(records_.begin(), records_.end(), [](const Record& one, const Record& other) {
    return std::tie(one.stripe, one.nth_unit, one.role) <
           std::tie(other.stripe, other.nth_unit, other.role);
  });
  std::size_t kept = 0;
  for (std::size_t from = 0; from < records_.size();) {
    std::size_t first = from, end = from;
    for (; end < records_.size() && records_[end].stripe == records_[from].stripe; ++end)
      if (records_[end].role == parity_role) first = end + 1;
    for (; first < end; ++first) records_[kept++] = records_[first];
    from = end;
  }
  records_.resize(kept);
}

void DataOnly::finish() {
  forget_written_out();
  for (auto record = records_.begin(); record != records_.end();) {
    Lba stripe = record->stripe;
    stripes_.push_back({stripe, first_unit_ + record->nth_unit});
    std::size_t first = pages_.size();
    for (; record != records_.end() && record->stripe == stripe; ++record) {
      auto same = std::find_if(pages_.begin() + static_cast<std::ptrdiff_t>(first), pages_.end(),
                               [&](const StripePage& page) { return page.role == record->role; });
      if (same == pages_.end())
        pages_.push_back({stripe, record->position, record->role});
      else
        same->position = record->position;
    }
    std::sort(pages_.begin() + static_cast<std::ptrdiff_t>(first), pages_.end(),
              [](const StripePage& one, const StripePage& other) { return one.role < other.role; });
  }
  records_ = {};
}

bool DataOnly::holds(Lba stripe, Sequence unit) const {
  auto found = std::lower_bound(stripes_.begin(), stripes_.end(), stripe,
                                [](const Stripe& one, Lba sector) { return one.sector < sector; });
  return found != stripes_.end() && found->sector == stripe && found->from <= unit;
}

}  // namespace holdfast::raid::journal
