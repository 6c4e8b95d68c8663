// A block device, simulated or real, or an engine that stands on others: all that the core knows of the outside.
//
//   W1  write() completing means: visible to later reads. Durable only with fua, or after a flush() submitted later.
//   W2  flush() makes durable what had completed when it was submitted, nothing more.
//   W3  No order between requests in flight. Requests in flight that overlap, one of them a write: the caller's fault.
//       Engines therefore put overlapping client requests in order before they reach a device.
//   W4  A request that answered with an error may have taken effect in part; after `timeout` it may still do so.
//   W5  A failed flush means that the device is failed: nothing written since the last good one may be trusted to it.
//
//   Caller: requests are aligned to the logical block and lie inside the device, and each slice is a multiple of 512 bytes
//   at a multiple of 512 in its page (else `range`, nothing done). Slices stay valid and, for writes, unchanged until the
//   task ends. A request's task is destroyed only when the whole world of its device ends. Lba and Sectors count 512-byte
//   sectors.
#pragma once

#include <cstdint>

#include "core/base/page.h"
#include "core/base/types.h"
#include "core/block/io_error.h"
#include "core/task/task.h"

namespace holdfast {

struct DeviceLimits {
  Sectors sectors;  // size
  std::uint32_t logical_block_bytes = 512;  // smallest request, and its alignment
  std::uint32_t physical_block_bytes = 4096;  // what the medium rewrites as one
  std::uint32_t atomic_write_bytes =
      512;  // an aligned write up to this is whole or absent after a power cut
  std::uint32_t optimal_io_bytes = 0;  // 0: no preference; RAID: the data of one full row
  std::uint32_t discard_granularity_bytes =
      0;  // 0: no discard; else only whole aligned granules are discarded
  bool has_volatile_cache = true;  // false: a completed write is durable, flush() is free
  bool has_fua = true;  // false: the driver emulates it by a flush
  bool discard_reads_zero = false;  // discarded granules read as zeros afterwards
  bool is_rotational = false;
};

struct WriteFlags {
  bool fua = false;  // durable when complete
  bool preflush = false;  // a flush() first, submitted with the write

  constexpr WriteFlags() = default;
  constexpr WriteFlags(bool durable, bool flush_first) : fua(durable), preflush(flush_first) {}
};
inline constexpr WriteFlags write_fua{true, false};
inline constexpr WriteFlags write_preflush_fua{true, true};

class BlockDevice {
 public:
  virtual ~BlockDevice() = default;

  // Constant while the device is open.
  virtual const DeviceLimits& limits() const = 0;

  // Fills `into`, whose size is the length. media: nothing of `into` may be used; `where` is the first bad sector.
  virtual Task<IoResult> read(Lba first, MutablePages into) = 0;
  virtual Task<IoResult> write(Lba first, Pages from, WriteFlags flags) = 0;
  virtual Task<IoResult> flush() = 0;
  // Whole granules inside the extent are discarded, the rest is left as it is. Volatile like a write.
  virtual Task<IoResult> discard(Extent extent) = 0;
  // Like a write of zeros.
  virtual Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) = 0;
};

// `range` if the request is empty, unaligned or not inside the device. Every device calls it first.
IoResult check_request(const DeviceLimits& limits, Extent extent);
// The same for a request that carries pages, which are looked at, too.
IoResult check_request(const DeviceLimits& limits, Lba first, Pages pages);

}  // namespace holdfast
