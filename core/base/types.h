// The quantities of block storage as types, so that an address is never added to an address.
//
//   Lba          the number of a 512-byte sector on a device
//   Sectors      a count of 512-byte sectors
//   Extent       [first, first + count) on a device
//   Sequence     the number of a log record
//   Nanoseconds  an instant of a Clock, or a length of time
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace holdfast {

inline constexpr std::uint64_t sector_bytes = 512;

struct Sectors {
  std::uint64_t value = 0;

  constexpr Sectors() = default;
  constexpr explicit Sectors(std::uint64_t count) : value(count) {}
  // bytes must be a multiple of 512; the rest is cut off.
  static constexpr Sectors of_bytes(std::uint64_t bytes) { return Sectors(bytes / sector_bytes); }
  constexpr std::uint64_t bytes() const { return value * sector_bytes; }

  constexpr auto operator<=>(const Sectors&) const = default;
  constexpr Sectors operator+(Sectors other) const { return Sectors(value + other.value); }
  constexpr Sectors operator-(Sectors other) const { return Sectors(value - other.value); }
  constexpr Sectors operator*(std::uint64_t times) const { return Sectors(value * times); }
  constexpr std::uint64_t operator/(Sectors other) const { return value / other.value; }
  constexpr Sectors operator/(std::uint64_t parts) const { return Sectors(value / parts); }
  constexpr Sectors operator%(Sectors other) const { return Sectors(value % other.value); }
  constexpr Sectors& operator+=(Sectors other) { return value += other.value, *this; }
  constexpr Sectors& operator-=(Sectors other) { return value -= other.value, *this; }
};

struct Lba {
  std::uint64_t value = 0;

  constexpr Lba() = default;
  constexpr explicit Lba(std::uint64_t sector) : value(sector) {}

  constexpr auto operator<=>(const Lba&) const = default;
  constexpr Lba operator+(Sectors distance) const { return Lba(value + distance.value); }
  constexpr Lba operator-(Sectors distance) const { return Lba(value - distance.value); }
  constexpr Sectors operator-(Lba other) const { return Sectors(value - other.value); }
  constexpr Lba& operator+=(Sectors distance) { return value += distance.value, *this; }
};

struct Extent {
  Lba first;
  Sectors count;

  constexpr Extent() = default;
  constexpr Extent(Lba from, Sectors length) : first(from), count(length) {}

  constexpr Lba end() const { return first + count; }
  constexpr bool empty() const { return count.value == 0; }
  constexpr bool operator==(const Extent&) const = default;
  constexpr bool overlaps(const Extent& other) const {
    return first < other.end() && other.first < end();
  }
  constexpr bool contains(const Extent& other) const {
    return first <= other.first && other.end() <= end();
  }
};

struct Sequence {
  std::uint64_t value = 0;

  constexpr Sequence() = default;
  constexpr explicit Sequence(std::uint64_t number) : value(number) {}

  constexpr auto operator<=>(const Sequence&) const = default;
  constexpr Sequence operator+(std::uint64_t distance) const { return Sequence(value + distance); }
};

struct Nanoseconds {
  std::uint64_t value = 0;

  constexpr Nanoseconds() = default;
  constexpr explicit Nanoseconds(std::uint64_t count) : value(count) {}
  static constexpr Nanoseconds of_milliseconds(std::uint64_t count) {
    return Nanoseconds(count * 1'000'000);
  }

  constexpr auto operator<=>(const Nanoseconds&) const = default;
  constexpr Nanoseconds operator+(Nanoseconds other) const {
    return Nanoseconds(value + other.value);
  }
  constexpr Nanoseconds operator-(Nanoseconds other) const {
    return Nanoseconds(value - other.value);
  }
};

}  // namespace holdfast
