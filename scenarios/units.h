// Sizes and durations as people write them, strictly: one whole number, one unit, nothing between them.
//
//   size       "512B" "64KiB" "10MiB" "2GiB" "1TiB"      not "64k", "64 KiB", "0.5MiB", "064KiB", 65536
//   duration   "5ns" "20us" "5ms" "30s" "2min"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/types.h"

namespace holdfast::scenarios {

// Nothing if it isn't one, or doesn't fit 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);
std::optional<Nanoseconds> parse_duration(std::string_view text);

// In the largest unit that divides it: 65536 -> "64KiB".
std::string size_text(std::uint64_t bytes);
std::string duration_text(Nanoseconds duration);

// A seed: decimal, "0x" and hexadecimal, or a 40-digit commit hash, whose first 16 digits count.
std::optional<std::uint64_t> parse_seed(std::string_view text);
std::string seed_text(std::uint64_t seed);  // "0x00000000000004d2"

}  // namespace holdfast::scenarios
