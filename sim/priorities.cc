#include "sim/priorities.h"

#include <algorithm>

namespace holdfast::sim {
namespace {

constexpr std::uint64_t quickest = 2'000;  // nanoseconds
constexpr std::uint32_t ranks_max = 8;     // the last takes some seconds

}  // namespace

Priorities::Priorities(std::size_t devices, std::uint64_t nth_boot, Choices& choices)
    : rank_(devices), last_rank_(static_cast<std::uint32_t>(devices) - 1) {
  std::uint32_t part = 0;
  for (std::size_t i = 0; i < devices; ++i) rank_[i] = static_cast<std::uint32_t>(i);
  for (std::size_t left = devices; left > 1; --left)
    std::swap(rank_[left - 1],
              rank_[choices.choose(Key(Family::priority, nth_boot, part++), left)]);
  for (std::uint64_t& at : demotions_) {
    std::uint64_t scale = choices.choose(Key(Family::priority, nth_boot, part++), 5);
    at = choices.choose(Key(Family::priority, nth_boot, part++), std::uint64_t{8} << 2 * scale);
  }
}

Nanoseconds Priorities::next(std::uint16_t device) {
  if (std::find(demotions_.begin(), demotions_.end(), steps_++) != demotions_.end())
    rank_[device] = ++last_rank_;
  return Nanoseconds(quickest << 3 * std::min(rank_[device], ranks_max - 1));
}

}  // namespace holdfast::sim
