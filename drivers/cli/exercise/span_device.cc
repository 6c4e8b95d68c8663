#include "drivers/cli/exercise/span_device.h"

#include "core/base/check.h"

namespace holdfast::drivers {

SpanDevice::SpanDevice(BlockDevice& volume, Sectors span)
    : volume_(volume), limits_(volume.limits()) {
  check(span <= limits_.sectors, "a span lies inside its volume");
  limits_.sectors = span;
}

Task<IoResult> SpanDevice::read(Lba first, MutablePages into) {
  if (auto fits = check_request(limits_, first, into); !fits) co_return fits;
  auto read = co_await volume_.read(first, into);
  co_return read;
}

Task<IoResult> SpanDevice::write(Lba first, Pages from, WriteFlags flags) {
  if (auto fits = check_request(limits_, first, from); !fits) co_return fits;
  auto written = co_await volume_.write(first, from, flags);
  co_return written;
}

Task<IoResult> SpanDevice::discard(Extent extent) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  auto discarded = co_await volume_.discard(extent);
  co_return discarded;
}

Task<IoResult> SpanDevice::write_zeroes(Extent extent, WriteFlags flags) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  auto written = co_await volume_.write_zeroes(extent, flags);
  co_return written;
}

}  // namespace holdfast::drivers
