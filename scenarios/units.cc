#include "scenarios/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

namespace holdfast::scenarios {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first.
constexpr std::array size_units{Unit{"TiB", 1ull << 40}, Unit{"GiB", 1ull << 30},
                                Unit{"MiB", 1ull << 20}, Unit{"KiB", 1ull << 10}, Unit{"B", 1}};
constexpr std::array duration_units{Unit{"min", 60'000'000'000}, Unit{"s", 1'000'000'000},
                                    Unit{"ms", 1'000'000}, Unit{"us", 1'000}, Unit{"ns", 1}};

std::optional<std::uint64_t> parse_number(std::string_view digits, int base) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return {};
  return value;
}

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits > 1 && text[0] == '0') return {};
  auto number = parse_number(text.substr(0, digits), 10);
  auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  if (!number || unit == units.end() || *number > UINT64_MAX / unit->factor) return {};
  return *number * unit->factor;
}

std::string quantity_text(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units)
    if (value >= unit.factor && value % unit.factor == 0)
      return fmt::format("{}{}", value / unit.factor, unit.name);
  return fmt::format("0{}", units.back().name);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, size_units);
}

std::optional<Nanoseconds> parse_duration(std::string_view text) {
  auto value = parse_quantity(text, duration_units);
  return value ? std::optional(Nanoseconds(*value)) : std::nullopt;
}

std::string size_text(std::uint64_t bytes) { return quantity_text(bytes, size_units); }

std::string duration_text(Nanoseconds duration) {
  return quantity_text(duration.value, duration_units);
}

std::optional<std::uint64_t> parse_seed(std::string_view text) {
  constexpr std::size_t commit_hash_digits = 40;
  if (text.size() == commit_hash_digits) {
    if (text.find_first_not_of("0123456789abcdefABCDEF") != text.npos) return {};
    return parse_number(text.substr(0, 16), 16);
  }
  if (text.starts_with("0x")) return parse_number(text.substr(2), 16);
  return parse_number(text, 10);
}

std::string seed_text(std::uint64_t seed) { return fmt::format("0x{:016x}", seed); }

}  // namespace holdfast::scenarios
