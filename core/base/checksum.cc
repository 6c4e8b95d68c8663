#include "core/base/checksum.h"

#include <limits>

#include <isa-l/crc.h>
#include <isa-l/crc64.h>

#include "core/base/check.h"

namespace holdfast {

std::uint32_t crc32c(std::uint32_t seed, Bytes bytes) {
  check(bytes.size() <= std::numeric_limits<int>::max(), "crc32c: at most 2 GiB at once");
  // ISA-L takes a mutable pointer and only reads.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
  return crc32_iscsi(data, static_cast<int>(bytes.size()), seed);
}

std::uint64_t crc64(Bytes bytes) { return crc64_continue(0, bytes); }

std::uint64_t crc64_continue(std::uint64_t before, Bytes bytes) {
  return crc64_ecma_norm(before, reinterpret_cast<const unsigned char*>(bytes.data()),
                         bytes.size());
}

}  // namespace holdfast
