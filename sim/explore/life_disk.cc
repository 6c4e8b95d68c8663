#include "sim/explore/life_disk.h"

#include <algorithm>
#include <cstring>

namespace holdfast::sim {
namespace {

constexpr Lba no_place(~std::uint64_t{0});  // of a flush

}  // namespace

// A request in flight, for as long as its coroutine lives.
class LifeDisk::Flight {
 public:
  Flight(LifeMedia& media, Extent extent, const PageParts* parts)
      : media_(media), extent_(extent), parts_(parts) {
    media_.begin(extent_, parts_);
  }
  Flight(const Flight&) = delete;
  ~Flight() { media_.end(extent_, parts_); }

 private:
  LifeMedia& media_;
  Extent extent_;
  const PageParts* parts_;
};

Task<> LifeDisk::wait(Lba first) {
  Nanoseconds latency = ports_.schedule(number_, first, begun_++);
  return ports_.clock.sleep_until(ports_.clock.now() + latency);
}

Task<IoResult> LifeDisk::read(Lba first, MutablePages into) {
  Extent extent(first, Sectors::of_bytes(bytes_of(into)));
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  Flight flight(media_, extent, nullptr);
  co_await wait(first);
  if (ports_.watch) ports_.watch(false);
  std::uint64_t at = first.value * sector_bytes;
  for (const Slice& slice : into) {
    for (std::uint32_t filled = 0; filled < slice.bytes;) {
      auto part = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(page_bytes - at % page_bytes, slice.bytes - filled));
      const std::byte* page = media_.visible(static_cast<std::uint32_t>(at / page_bytes));
      std::memcpy(slice.data() + filled, page + at % page_bytes, part);
      filled += part;
      at += part;
    }
  }
  co_return IoResult{};
}

Task<IoResult> LifeDisk::write(Lba first, Pages from, WriteFlags flags) {
  Extent extent(first, Sectors::of_bytes(bytes_of(from)));
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  IoResult written = co_await write_parts(extent, parts_of(first, from), flags);
  co_return written;
}

Task<IoResult> LifeDisk::write_zeroes(Extent extent, WriteFlags flags) {
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  IoResult written = co_await write_parts(extent, zeroed_parts_of(extent), flags);
  co_return written;
}

Task<IoResult> LifeDisk::discard(Extent extent) {
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  if (limits_.discard_granularity_bytes == 0)
    co_return io_error(IoErrorKind::unsupported, extent.first);
  Extent whole = discarded(extent, limits_.discard_granularity_bytes);
  if (whole.count == Sectors(0)) co_return IoResult{};
  IoResult written = co_await write_parts(whole, zeroed_parts_of(whole), WriteFlags());
  co_return written;
}

Task<IoResult> LifeDisk::write_parts(Extent extent, PageParts parts, WriteFlags flags) {
  if (flags.preflush)
    if (IoResult flushed = co_await flush(); !flushed) co_return flushed;
  bool is_durable = !limits_.has_volatile_cache || (flags.fua && limits_.has_fua);
  {
    Flight flight(media_, extent, &parts);
    co_await wait(extent.first);
    if (ports_.watch) ports_.watch(is_durable);
    media_.take_effect(parts, is_durable);
  }
  if (flags.fua && !is_durable)
    if (IoResult flushed = co_await flush(); !flushed) co_return flushed;
  co_return IoResult{};
}

Task<IoResult> LifeDisk::flush() {
  std::uint64_t completed_before = media_.completed();
  co_await wait(no_place);
  if (ports_.watch) ports_.watch(true);
  media_.flush(completed_before);
  co_return IoResult{};
}

}  // namespace holdfast::sim
