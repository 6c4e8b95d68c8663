// A request cut into bands: in each, the same data chunks are touched over the same part of every row.
//
//   row r    D0 ....aaaa   D1 bbbbbbbb   D2 cc......        a request that begins in D0 and ends in D2
//   bands         [0,2): D1 D2     [2,4): D1     [4,8): D0 D1
//
//   B1  The bands of a request are disjoint, cover it, and stand in the order of rows.
//   B2  Rows that are touched whole, and follow each other, are one band.
#pragma once

#include <boost/container/small_vector.hpp>

#include "core/base/types.h"
#include "core/raid/geometry.h"

namespace holdfast::raid {

struct Band {
  std::uint64_t row = 0;  // first row of chunks
  std::uint64_t rows = 1;  // more than one only for whole rows
  Sectors offset;  // first touched sector of each chunk
  Sectors height;  // touched sectors of each chunk
  int first_data = 0;  // index of the first touched data chunk in the row
  int data_count = 0;  // touched data chunks, in sequence

  // On every member: the sectors that the band and its parity occupy (one row: exactly; more: from the first to the last).
  Extent span(const Geometry& geometry) const {
    return {Lba((geometry.chunk * row + offset).value), geometry.chunk * (rows - 1) + height};
  }
  // Array address of the band's part of a data chunk.
  Lba lba(const Geometry& geometry, std::uint64_t of_row, int data) const {
    auto chunks = of_row * static_cast<std::uint64_t>(geometry.data_disks()) +
                  static_cast<std::uint64_t>(data);
    return Lba((geometry.chunk * chunks + offset).value);
  }
  bool covers_all_data(const Geometry& geometry) const {
    return data_count == geometry.data_disks();
  }
};

using Bands = boost::container::small_vector<Band, 8>;
Bands bands_of(const Geometry& geometry, Extent request);
// The same, cut so that none takes more than `height_max` (whole pages) of a member.
Bands bands_of(const Geometry& geometry, Extent request, Sectors height_max);

// The member sectors that hold all of the request and its parity, in whole pages, as they are repaired: what a lease must
// cover.
Extent span_of(const Geometry& geometry, Extent request);

}  // namespace holdfast::raid
