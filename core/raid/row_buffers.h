// One byte range of one row in memory: the same range of every member, for each role its pages or none.
#pragma once

#include <boost/container/small_vector.hpp>

#include "core/raid/geometry.h"
#include "core/raid/parity.h"

namespace holdfast::raid {

struct RowBuffers {
  RowMap map;
  Extent span;  // on every member, without data_offset
  boost::container::small_vector<SliceList, 8> by_role;

  RowBuffers(const RowMap& row, Extent range) : map(row), span(range) {
    by_role.resize(static_cast<std::size_t>(row.raid_disks()));
  }

  SliceList& at(int role) { return by_role[static_cast<std::size_t>(role)]; }
  const SliceList& at(int role) const { return by_role[static_cast<std::size_t>(role)]; }
  bool has(int role) const { return !at(role).empty(); }
  SliceList& allocate(int role) { return at(role) = allocate_slices(span.count.bytes()); }

  // The part of it that lies in `range`, the same pages.
  RowBuffers part(Extent range) const {
    RowBuffers cut(map, range);
    for (std::size_t role = 0; role < by_role.size(); ++role)
      if (!by_role[role].empty())
        append_range(cut.by_role[role], by_role[role], (range.first - span.first).bytes(),
                     range.count.bytes());
    return cut;
  }

  using Views = boost::container::small_vector<Pages, 8>;
  // As core/raid/parity.h takes them. Valid until by_role changes.
  Views views() const {
    Views all;
    for (const SliceList& slices : by_role) all.emplace_back(slices.data(), slices.size());
    return all;
  }
};

}  // namespace holdfast::raid
