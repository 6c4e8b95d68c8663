// The checksums of the disk formats: crc32c as the md journal seeds it, and bcache's crc64.
//
//   crc32c   Castagnoli, reflected, no inversion at the end: crc32c(crc32c(~0, a), b) is that of a followed by b.
//   crc64    ECMA-182, most significant bit first, inverted before and after; crc64_continue takes a finished value.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace holdfast {

inline constexpr std::uint32_t crc32c_start = ~std::uint32_t{0};

std::uint32_t crc32c(std::uint32_t seed, Bytes bytes);

std::uint64_t crc64(Bytes bytes);
std::uint64_t crc64_continue(std::uint64_t before, Bytes bytes);

}  // namespace holdfast
