#include "core/raid/bands.h"

#include <algorithm>
#include <array>

#include "core/base/page.h"

namespace holdfast::raid {
namespace {

constexpr Sectors page = Sectors::of_bytes(page_bytes);

// The bands of [from, to) array sectors inside one row.
void append_row(Bands& bands, const Geometry& geometry, std::uint64_t row, Sectors from,
                Sectors to) {
  Sectors chunk = geometry.chunk;
  auto first = static_cast<int>(from / chunk);
  auto last = static_cast<int>((to - Sectors(1)) / chunk);
  Sectors begin = from % chunk;                        // in the first chunk
  Sectors end = to - chunk * static_cast<unsigned>(last);  // in the last chunk
  std::array<Sectors, 4> cuts{Sectors(0), std::min(begin, end), std::max(begin, end), chunk};
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    Sectors offset = cuts[i], height = cuts[i + 1] - cuts[i];
    if (height == Sectors(0)) continue;
    int low = offset >= begin ? first : first + 1;
    int high = offset < end ? last : last - 1;
    if (low > high) continue;
    bands.push_back({row, 1, offset, height, low, high - low + 1});
  }
}

// Pieces of one row meet on pages.
void append_pieces(Bands& cut, Band band, Sectors height_max) {
  while (band.rows == 1 && band.height > height_max) {
    Sectors end = band.offset + height_max;
    end -= end % page;
    cut.push_back(band);
    cut.back().height = end - band.offset;
    band.height -= end - band.offset;
    band.offset = end;
  }
  cut.push_back(band);
}

}  // namespace

Bands bands_of(const Geometry& geometry, Extent request) {
  Bands bands;
  Sectors row_sectors = geometry.row_sectors();
  Sectors at(request.first.value), end(request.end().value);
  while (at < end) {
    std::uint64_t row = at / row_sectors;
    Sectors row_begin = row_sectors * row;
    if (at == row_begin && end - at >= row_sectors) {
      std::uint64_t rows = (end - at) / row_sectors;
      bands.push_back({row, rows, Sectors(0), geometry.chunk, 0, geometry.data_disks()});
      at += row_sectors * rows;
    } else {
      Sectors row_end = std::min(end, row_begin + row_sectors);
      append_row(bands, geometry, row, at - row_begin, row_end - row_begin);
      at = row_end;
    }
  }
  return bands;
}

Bands bands_of(const Geometry& geometry, Extent request, Sectors height_max) {
  Bands bands = bands_of(geometry, request);
  if (geometry.chunk * (bands.back().row + bands.back().rows - bands.front().row) <= height_max)
    return bands;
  std::uint64_t rows_max = std::max<std::uint64_t>(1, height_max / geometry.chunk);
  Bands cut;
  for (const Band& band : bands) {
    for (std::uint64_t done = 0; done < band.rows; done += rows_max) {
      Band rows = band;
      rows.row += done;
      rows.rows = std::min(rows_max, band.rows - done);
      append_pieces(cut, rows, height_max);
    }
  }
  return cut;
}

Extent span_of(const Geometry& geometry, Extent request) {
  Sectors row_sectors = geometry.row_sectors();
  Sectors first(request.first.value), last(request.end().value - 1);
  std::uint64_t first_row = first / row_sectors, last_row = last / row_sectors;
  if (first_row == last_row) {
    Sectors in_row = first % row_sectors, end_in_row = last % row_sectors;
    if (in_row / geometry.chunk == end_in_row / geometry.chunk) {
      Sectors begin = geometry.chunk * first_row + in_row % geometry.chunk;
      Sectors end = begin + request.count;
      begin -= begin % page;
      end += (page - end % page) % page;
      return {Lba(begin.value), end - begin};
    }
  }
  return {Lba((geometry.chunk * first_row).value), geometry.chunk * (last_row - first_row + 1)};
}

}  // namespace holdfast::raid
