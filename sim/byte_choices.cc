#include "sim/byte_choices.h"

#include <algorithm>

#include "core/base/check.h"

namespace holdfast::sim {

std::size_t ByteChoices::bytes_for(std::uint64_t bound) {
  std::size_t bytes = 0;
  for (std::uint64_t largest = bound - 1; largest > 0; largest >>= 8) ++bytes;
  return bytes;
}

std::uint64_t ByteChoices::number_for(const Key& key, std::size_t bytes) {
  if (is_fixed(key)) return 0;
  auto [known, is_new] = numbers_.try_emplace(key, 0);
  if (!is_new) return known->second;
  bytes = std::min(bytes, bytes_.size());
  for (std::size_t i = 0; i < bytes; ++i)
    known->second |= static_cast<std::uint64_t>(bytes_[i]) << 8 * i;
  bytes_ = bytes_.subspan(bytes);
  return known->second;
}

std::uint64_t ByteChoices::choose(Key key, std::uint64_t bound) {
  check(bound >= 1, "a choice has at least one answer");
  return bound == 1 ? 0 : number_for(key, bytes_for(bound)) % bound;
}

bool ByteChoices::coin(Key key, std::uint32_t) { return number_for(key, 1) >= rare; }

}  // namespace holdfast::sim
