// Integers in the byte order of the disk, whatever the machine's own is.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>

namespace holdfast {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

static_assert(std::endian::native == std::endian::little,
              "on-disk integers are little-endian and loaded as they stand");

// at + sizeof(T) must not pass the end: the caller has checked the size of what it decodes.
template <std::integral T>
T load_le(Bytes from, std::size_t at) {
  T value;
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

template <std::integral T>
void store_le(MutableBytes into, std::size_t at, T value) {
  std::memcpy(into.data() + at, &value, sizeof value);
}

}  // namespace holdfast
