#include "sim/request.h"

#include <algorithm>

namespace holdfast::sim {

FittedRequest fit(const Request& request, const DeviceLimits& volume) {
  FittedRequest fitted;
  if (request.kind == Request::Kind::flush) return fitted;
  if (request.kind == Request::Kind::discard && volume.discard_granularity_bytes == 0) {
    fitted.is_left_out = true;
    return fitted;
  }
  std::uint64_t block = volume.logical_block_bytes;
  std::uint64_t volume_bytes = volume.sectors.bytes() / block * block;
  std::uint64_t first = request.first_byte % volume_bytes;
  std::uint64_t end = first + std::max<std::uint64_t>(request.bytes, 1);
  fitted.is_folded = first != request.first_byte;
  fitted.is_shortened = end > volume_bytes;
  end = std::min(end, volume_bytes);
  fitted.is_widened = first % block != 0 || end % block != 0;
  first = first / block * block;
  end = (end + block - 1) / block * block;
  fitted.extent = Extent(Lba(first / sector_bytes), Sectors::of_bytes(end - first));
  return fitted;
}

RequestCounts count(std::span<const Request> requests, const DeviceLimits& volume) {
  RequestCounts counts;
  counts.requests = requests.size();
  for (const Request& request : requests) {
    FittedRequest fitted = fit(request, volume);
    counts.folded += fitted.is_folded ? 1 : 0;
    counts.widened += fitted.is_widened ? 1 : 0;
    counts.shortened += fitted.is_shortened ? 1 : 0;
    counts.in_pieces += fitted.extent.count.bytes() > request_bytes_max ? 1 : 0;
    counts.discards_left_out += fitted.is_left_out ? 1 : 0;
  }
  return counts;
}

}  // namespace holdfast::sim
