#include <algorithm>

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

// Held at once by one request, parity beside it not counted.
constexpr Sectors band_sectors_max = Sectors::of_bytes(8 << 20);

// Bands cut so that each stays below the bound.
Bands bounded(const Geometry& geometry, const Bands& bands) {
  std::uint64_t rows_max = std::max<std::uint64_t>(1, band_sectors_max / geometry.row_sectors());
  Sectors page = Sectors::of_bytes(page_bytes);
  Bands cut;
  for (Band band : bands) {
    for (; band.rows > rows_max; band.row += rows_max, band.rows -= rows_max) {
      cut.push_back(band);
      cut.back().rows = rows_max;
    }
    auto chunks = static_cast<std::uint64_t>(band.data_count);
    Sectors height_max = std::max(page, band_sectors_max / chunks / page.value * page.value);
    for (; band.rows == 1 && band.height > height_max;
         band.offset += height_max, band.height -= height_max) {
      cut.push_back(band);
      cut.back().height = height_max;
    }
    cut.push_back(band);
  }
  return cut;
}

}  // namespace

Task<IoResult> Array::write_stripes(Lba first, Pages from, WriteFlags flags) {
  Extent request(first, Sectors::of_bytes(bytes_of(from)));
  std::uint64_t waits = stripes_.waits();
  StripeLease lease = co_await stripes_.exclusive(span_of(geometry_, request));
  if (stripes_.waits() != waits) ports_.observer.mark("raid.request_waited_for_stripe");
  Bands bands = bounded(geometry_, bands_of(geometry_, request));
  for (const Band& band : bands) {
    if (auto written = co_await write_band(band, first, from, flags); !written) co_return written;
  }
  co_return IoResult{};
}

Task<IoResult> Array::write_band(const Band& band, Lba first, Pages from, WriteFlags flags) {
  if (band.covers_all_data(geometry_)) return write_rows(band, first, from, flags);
  return write_partial(band, first, from, flags);
}

// All data of each row is new: parity needs nothing from the members, and each member gets one large write.
Task<IoResult> Array::write_rows(const Band& band, Lba first, Pages from, WriteFlags flags) {
  ports_.observer.mark("raid.full_stripe_write");
  RowBuffers members(geometry_.row(band.row), band.span(geometry_));
  PageCursor cursor(from);
  for (std::uint64_t number = band.row; number < band.row + band.rows; ++number) {
    Extent span(geometry_.member_lba(number) + band.offset, band.height);
    RowBuffers row(geometry_.row(number), span);
    for (int index = 0; index < geometry_.data_disks(); ++index)
      cursor.take(row.at(row.map.role_of(index)),
                  (band.lba(geometry_, number, index) - first).bytes(), band.height.bytes());
    allocate_parity(row);
    compute_parity(row.map, row.views());
    for (int role = 0; role < members_.count(); ++role) {
      SliceList& whole = members.at(role);
      SliceList& part = row.at(role);
      whole.insert(whole.end(), std::make_move_iterator(part.begin()),
                   std::make_move_iterator(part.end()));
    }
  }
  Roles all = members_.active_roles();
  auto written = co_await write_roles(members, all, flags);
  co_return written;
}

// Part of a row: parity needs what stands on the members. Again when a member fails on the way.
Task<IoResult> Array::write_partial(const Band& band, Lba first, Pages from, WriteFlags flags) {
  RowMap map = geometry_.row(band.row);
  for (;;) {
    if (members_.is_broken()) co_return io_error(IoErrorKind::failed, first);
    std::uint64_t epoch = members_.epoch();
    RowBuffers row(map, band.span(geometry_));
    for (int index = band.first_data; index < band.first_data + band.data_count; ++index)
      append_range(row.at(map.role_of(index)), from,
                   (band.lba(geometry_, band.row, index) - first).bytes(), band.height.bytes());
    auto filled = co_await fill(band, row);
    if (!filled && members_.epoch() == epoch) co_return filled;
    if (!filled) continue;
    Roles changed = written_roles(band, map);
    bool misses_one = std::any_of(changed.begin(), changed.end(),
                                  [&](int role) { return !members_.is_active(role); });
    if (rules_.degraded_write_updates_parity || !misses_one) {
      for (int role : {map.p(), map.q()})
        if (role != RowMap::none && row.has(role)) changed.push_back(role);
    }
    auto written = co_await write_roles(row, changed, flags);
    co_return written;
  }
}

//   missing: of the written data   of the other data   how parity is made
//            none                  none                whichever reads less, at a tie from its old value (fewer members
//                                                      are busy); R2: unsynced, from all data
//            some                  none                from all data
//            none                  some                from its old value; R2: unsynced, as below
//            some                  some                the lost ones are recovered first, then from all data
Task<IoResult> Array::fill(const Band& band, RowBuffers& row) {
  int missing_written = 0, missing_others = 0, parities = 0;
  for (int role = 0; role < members_.count(); ++role) {
    bool is_active = members_.is_active(role);
    if (row.map.is_parity(role))
      parities += is_active;
    else if (!is_active)
      ++(row.has(role) ? missing_written : missing_others);
  }
  if (missing_written > 0) ports_.observer.mark("raid.degraded_write");
  bool is_synced = metadata_.is_synced(row.span);
  if (!is_synced) ports_.observer.mark("raid.unsynced_write");
  bool needs_all_data = !is_synced && rules_.reconstruct_unsynced_stripes;
  int reads_for_all = geometry_.data_disks() - band.data_count;
  int reads_for_update = band.data_count + parities;

  bool can_update = missing_written == 0 && !needs_all_data;
  bool can_take_all = missing_others == 0;
  if (can_take_all && (!can_update || reads_for_all < reads_for_update)) return reconstruct(row);
  if (can_update) return modify(band, row);
  return recover_and_reconstruct(row);
}

Task<IoResult> Array::reconstruct(RowBuffers& row) {
  ports_.observer.mark("raid.reconstruct_write");
  allocate_parity(row);
  Roles others;
  for (int role = 0; role < members_.count(); ++role)
    if (!row.map.is_parity(role) && !row.has(role)) others.push_back(role);
  if (!row.has(row.map.p()) && (row.map.q() == RowMap::none || !row.has(row.map.q())))
    co_return IoResult{};  // no parity left to keep
  if (rules_.compute_parity_after_fill || others.empty()) {
    if (auto loaded = co_await load(row, others); !loaded) co_return loaded;
    compute_parity(row.map, row.views());
    co_return IoResult{};
  }
  int late = others.back();
  others.pop_back();
  if (auto loaded = co_await load(row, others); !loaded) co_return loaded;
  row.at(late) = zero_slices(row.span.count.bytes());
  compute_parity(row.map, row.views());
  auto loaded = co_await load(row, std::span<const int>(&late, 1));
  co_return loaded;
}

Task<IoResult> Array::modify(const Band& band, RowBuffers& row) {
  ports_.observer.mark("raid.read_modify_write");
  RowBuffers before(row.map, row.span);
  Roles written = written_roles(band, row.map);
  Roles needed = written;
  for (int role : {row.map.p(), row.map.q()})
    if (role != RowMap::none && members_.is_active(role)) needed.push_back(role);
  if (needed.size() == written.size()) co_return IoResult{};  // no parity left to keep
  if (auto loaded = co_await load(before, needed); !loaded) co_return loaded;
  SliceList none;
  SliceList& p = before.at(row.map.p());
  SliceList& q = row.map.q() == RowMap::none ? none : before.at(row.map.q());
  for (int role : written) update_parity(row.map, role, before.at(role), row.at(role), p, q);
  row.at(row.map.p()) = std::move(p);
  if (row.map.q() != RowMap::none) row.at(row.map.q()) = std::move(q);
  co_return IoResult{};
}

Task<IoResult> Array::recover_and_reconstruct(RowBuffers& row) {
  RowBuffers before(row.map, row.span);
  Roles lost, left;
  for (int role = 0; role < members_.count(); ++role) {
    if (row.map.is_parity(role)) continue;
    if (members_.is_active(role))
      left.push_back(role);
    else if (!row.has(role))
      lost.push_back(role);
  }
  if (auto loaded = co_await load(before, left); !loaded) co_return loaded;
  if (auto recovered = co_await recover(before, lost); !recovered) co_return recovered;
  for (int role = 0; role < members_.count(); ++role)
    if (!row.map.is_parity(role) && !row.has(role)) row.at(role) = std::move(before.at(role));
  allocate_parity(row);
  compute_parity(row.map, row.views());
  co_return IoResult{};
}

// To those of the roles that are there. Whoever does not take it is failed; an error if that was one too many.
Task<IoResult> Array::write_roles(RowBuffers& row, std::span<const int> roles, WriteFlags flags) {
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, row.span.first);
  Join<IoResult> writes;
  Roles written;
  for (int role : roles) {
    if (!members_.is_active(role)) continue;
    written.push_back(role);
    writes.add(members_.write(role, row.span.first, row.at(role), flags));
  }
  co_await writes.all();
  for (std::size_t i = 0; i < written.size(); ++i)
    if (auto result = writes.result(i); !result) members_.fail(written[i], result.error());
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, row.span.first);
  co_return IoResult{};
}

Task<IoResult> Array::zero_stripes(Extent extent, WriteFlags flags, bool is_discard) {
  StripeLease lease = co_await stripes_.exclusive(span_of(geometry_, extent));
  Bands bands = bounded(geometry_, bands_of(geometry_, extent));
  for (const Band& band : bands) {
    if (band.covers_all_data(geometry_)) {
      if (auto zeroed = co_await zero_rows(band, flags, is_discard); !zeroed) co_return zeroed;
      continue;
    }
    SliceList zeros = zero_slices(band.height.bytes());
    for (int index = 0; index < band.data_count; ++index) {
      Band part = band;
      part.first_data += index;
      part.data_count = 1;
      Lba first = part.lba(geometry_, part.row, part.first_data);
      if (auto written = co_await write_partial(part, first, zeros, flags); !written)
        co_return written;
    }
  }
  co_return IoResult{};
}

// Zeros on every member, parity included: the parity of zeros is zero. A device that can't do the command gets them as data.
Task<IoResult> Array::zero_rows(const Band& band, WriteFlags flags, bool is_discard) {
  Extent span = band.span(geometry_);
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, span.first);
  Join<IoResult> requests;
  Roles roles = members_.active_roles(), unable;
  for (int role : roles)
    requests.add(is_discard ? members_.discard(role, span)
                            : members_.write_zeroes(role, span, flags));
  co_await requests.all();
  for (std::size_t i = 0; i < roles.size(); ++i) {
    auto zeroed = requests.result(i);
    if (zeroed) continue;
    if (zeroed.error().kind == IoErrorKind::unsupported)
      unable.push_back(roles[i]);
    else
      members_.fail(roles[i], zeroed.error());
  }
  RowBuffers zeros(geometry_.row(band.row), span);
  for (int role : unable) zeros.at(role) = zero_slices(span.count.bytes());
  auto written = co_await write_roles(zeros, unable, flags);
  co_return written;
}

Roles Array::written_roles(const Band& band, const RowMap& map) const {
  Roles roles;
  for (int index = band.first_data; index < band.first_data + band.data_count; ++index)
    roles.push_back(map.role_of(index));
  return roles;
}

void Array::allocate_parity(RowBuffers& row) const {
  for (int role : {row.map.p(), row.map.q()})
    if (role != RowMap::none && members_.is_active(role)) row.allocate(role);
}

}  // namespace holdfast::raid
