#include "core/block/overlay.h"

#include <algorithm>
#include <array>
#include <vector>

namespace holdfast {
namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;
static_assert(page_sectors == 8, "one bit of a byte for each sector of a page");

Extent extent_of(Lba first, Pages pages) {
  return {first, Sectors((bytes_of(pages) + sector_bytes - 1) / sector_bytes)};
}

}  // namespace

OverlayDevice::OverlayDevice(BlockDevice& below) : below_(below), limits_(below.limits()) {
  limits_.discard_granularity_bytes = 0;
  limits_.discard_reads_zero = false;
  limits_.has_volatile_cache = false;
}

bool OverlayDevice::is_written(Lba sector) const {
  auto found = written_.find(sector.value / page_sectors);
  return found != written_.end() && (found->second.sectors >> sector.value % page_sectors & 1) != 0;
}

Extent OverlayDevice::run_in(Extent extent) const {
  bool written = is_written(extent.first);
  Extent run(extent.first, Sectors(1));
  while (run.count < extent.count && is_written(run.end()) == written) run.count += Sectors(1);
  return run;
}

void OverlayDevice::copy_sector(Lba sector, MutableBytes into) const {
  const WrittenPage& written = written_.at(sector.value / page_sectors);
  std::ranges::copy(
      written.page.bytes().subspan(sector.value % page_sectors * sector_bytes, sector_bytes),
      into.begin());
}

void OverlayDevice::keep_sector(Lba sector, Bytes from) {
  WrittenPage& written = written_[sector.value / page_sectors];
  if (!written.page) written.page = Page::zeroed();
  std::uint64_t number = sector.value % page_sectors;
  std::ranges::copy(from, written.page.bytes().subspan(number * sector_bytes).begin());
  written.sectors = static_cast<std::uint8_t>(written.sectors | 1u << number);
}

Task<IoResult> OverlayDevice::read(Lba first, MutablePages into) {
  Extent rest = extent_of(first, into);
  if (auto fits = check_request(limits_, rest); !fits) co_return fits;
  while (!rest.empty()) {
    Extent run = run_in(rest);
    SliceList pages = range_of(into, (run.first - first).bytes(), run.count.bytes());
    if (!is_written(run.first)) {
      if (auto read = co_await below_.read(run.first, pages); !read) co_return read;
    } else {
      std::vector<std::byte> kept(run.count.bytes());
      for (Lba at = run.first; at < run.end(); at += Sectors(1))
        copy_sector(at, MutableBytes(kept).subspan((at - run.first).bytes()));
      copy(kept, pages);
    }
    rest = Extent(run.end(), rest.end() - run.end());
  }
  co_return IoResult{};
}

Task<IoResult> OverlayDevice::write(Lba first, Pages from, WriteFlags) {
  Extent extent = extent_of(first, from);
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  std::vector<std::byte> bytes(extent.count.bytes());
  copy(from, bytes);
  for (Lba at = extent.first; at < extent.end(); at += Sectors(1))
    keep_sector(at, Bytes(bytes).subspan((at - first).bytes(), sector_bytes));
  co_return IoResult{};
}

Task<IoResult> OverlayDevice::flush() { co_return IoResult{}; }

Task<IoResult> OverlayDevice::discard(Extent extent) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  co_return io_error(IoErrorKind::unsupported, extent.first);
}

Task<IoResult> OverlayDevice::write_zeroes(Extent extent, WriteFlags) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  std::array<std::byte, sector_bytes> zeros{};
  for (Lba at = extent.first; at < extent.end(); at += Sectors(1)) keep_sector(at, zeros);
  co_return IoResult{};
}

}  // namespace holdfast
