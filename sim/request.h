// A request that a client is told to make, as a trace has it: in bytes of whatever device it was made on.
//
//   The volume is another, smaller one. fit() says what becomes of the request there:
//
//     first    modulo the size of the volume (folded), rounded down to its logical block
//     end      rounded up to its logical block (with first: widened), cut at the end of the volume (shortened)
//     discard  left out on a volume that discards nothing
//
//   Q1  What fit() gives lies inside the volume, is aligned, and is empty for a flush and for what is left out only.
//   Q2  It hangs on the request and the volume alone. Who makes it cuts it into pieces of request_bytes_max.
#pragma once

#include <cstdint>
#include <span>

#include "core/block/block_device.h"

namespace holdfast::sim {

inline constexpr std::uint64_t request_bytes_max = 1 << 20;

struct Request {
  enum class Kind : std::uint8_t { read, write, write_zeroes, discard, flush };

  Kind kind = Kind::flush;
  std::uint64_t first_byte = 0;  // first_byte + bytes < 2^63
  std::uint64_t bytes = 0;
  WriteFlags flags;  // of writes
  Nanoseconds due;  // since the first request of its trace

  bool writes() const { return kind == Kind::write || kind == Kind::write_zeroes; }
};

struct FittedRequest {
  Extent extent;
  bool is_folded = false;
  bool is_widened = false;
  bool is_shortened = false;
  bool is_left_out = false;
};

FittedRequest fit(const Request& request, const DeviceLimits& volume);

// What became of all requests of a trace.
struct RequestCounts {
  std::uint64_t requests = 0;
  std::uint64_t folded = 0;
  std::uint64_t widened = 0;
  std::uint64_t shortened = 0;
  std::uint64_t in_pieces = 0;  // larger than request_bytes_max, on the volume
  std::uint64_t discards_left_out = 0;

  bool operator==(const RequestCounts&) const = default;
};

RequestCounts count(std::span<const Request> requests, const DeviceLimits& volume);

}  // namespace holdfast::sim
