#include <algorithm>

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

constexpr Sectors page = Sectors::of_bytes(page_bytes);

}  // namespace

Task<IoResult> Array::write_stripes(Lba first, Pages from, WriteFlags flags) {
  if (promises_room_) {
    auto written = co_await write_part_by_part(first, from);
    co_return written;
  }
  Extent request(first, Sectors::of_bytes(bytes_of(from)));
  std::uint64_t waits = stripes_.waits();
  StripeLease lease = co_await stripes_.exclusive(span_of(geometry_, request));
  if (stripes_.waits() != waits) ports_.observer.mark("raid.request_waited_for_stripe");
  auto written = co_await write_through(request, from, flags, Room::waited_for);
  co_return written;
}

// The caller holds the stripes alone.
Task<IoResult> Array::write_through(Extent request, Pages from, WriteFlags flags, Room room) {
  SliceList whole;
  if (journal_) {
    if (auto completed = co_await complete_pages(request, from, whole); !completed)
      co_return completed;
    if (!whole.empty()) from = whole;
  }
  const Sectors height_most = height_max();
  Bands bands = bands_of(geometry_, request, height_most);
  RowWrites writes;
  Sectors planned;
  for (const Band& band : bands) {
    Sectors height = band.height * band.rows;
    if (planned + height > height_most && !writes.empty()) {
      if (auto written = co_await commit(writes, flags, room); !written) co_return written;
      writes.clear();
      planned = Sectors(0);
    }
    planned += height;
    if (band.covers_all_data(geometry_))
      plan_rows(band, request.first, from, writes);
    else if (auto part = co_await plan_part(band, request.first, from, writes); !part)
      co_return part;
  }
  auto written = co_await commit(writes, flags, room);
  co_return written;
}

// The log holds whole pages: what the request leaves of its first and its last is read, and written again as it was.
Task<IoResult> Array::complete_pages(Extent& request, Pages from, SliceList& whole) {
  Sectors head(request.first.value % page.value);
  Sectors tail = (page - Sectors(request.end().value % page.value)) % page;
  if (head == Sectors(0) && tail == Sectors(0)) co_return IoResult{};
  ports_.observer.mark("raid.journal_page_completed");
  Extent widened(request.first - head, head + request.count + tail);
  Slice first_page(Page::allocate()), last_page(Page::allocate());
  bool needs_first = head > Sectors(0) || widened.count == page;
  if (needs_first) {
    if (auto read = co_await read_alone(widened.first, MutablePages(&first_page, 1)); !read)
      co_return read;
  }
  if (tail > Sectors(0) && widened.count == page) {
    last_page = first_page;
  } else if (tail > Sectors(0)) {
    if (auto read = co_await read_alone(widened.end() - page, MutablePages(&last_page, 1)); !read)
      co_return read;
  }
  append_range(whole, Pages(&first_page, 1), 0, head.bytes());
  whole.insert(whole.end(), from.begin(), from.end());
  append_range(whole, Pages(&last_page, 1), (page - tail).bytes(), tail.bytes());
  request = widened;
  co_return IoResult{};
}

// All data of each row is new: parity needs nothing from the members.
void Array::plan_rows(const Band& band, Lba first, Pages from, RowWrites& writes) {
  ports_.observer.mark("raid.full_stripe_write");
  PageCursor cursor(from);
  for (std::uint64_t number = band.row; number < band.row + band.rows; ++number) {
    Extent span(geometry_.member_lba(number) + band.offset, band.height);
    RowMap map = geometry_.row(number);
    RowWrite& write = writes.emplace_back(number, map, span, written_roles(band, map));
    RowBuffers& row = write.row;
    for (int index = 0; index < geometry_.data_disks(); ++index)
      cursor.take(row.at(row.map.role_of(index)),
                  (band.lba(geometry_, number, index) - first).bytes(), band.height.bytes());
    allocate_parity(row);
    compute_parity(row.map, row.views());
    for (int role = 0; role < members_.count(); ++role)
      if (row.has(role)) write.members.push_back(role);
  }
}

// Part of a row: parity needs what stands on the members.
Task<IoResult> Array::plan_part(const Band& band, Lba first, Pages from, RowWrites& writes) {
  RowMap map = geometry_.row(band.row);
  NewDatas data;
  for (int index = band.first_data; index < band.first_data + band.data_count; ++index) {
    NewData& chunk = data.emplace_back(map.role_of(index), SliceList());
    append_range(chunk.pages, from, (band.lba(geometry_, band.row, index) - first).bytes(),
                 band.height.bytes());
  }
  auto planned = co_await plan_row(band.row, band.span(geometry_), data, writes);
  co_return planned;
}

// Again when a member fails on the way.
Task<IoResult> Array::plan_row(std::uint64_t number, Extent span, const NewDatas& data,
                               RowWrites& writes) {
  RowMap map = geometry_.row(number);
  Roles written;
  for (const NewData& chunk : data) written.push_back(chunk.role);
  for (;;) {
    if (members_.is_broken()) co_return io_error(IoErrorKind::failed, span.first);
    std::uint64_t epoch = members_.epoch();
    RowWrite& write = writes.emplace_back(number, map, span, written);
    RowBuffers& row = write.row;
    for (const NewData& chunk : data) row.at(chunk.role) = chunk.pages;
    auto filled = co_await fill(row, written);
    if (!filled && members_.epoch() == epoch) co_return filled;
    if (!filled) {
      writes.pop_back();
      continue;
    }
    write.members = write.data;
    bool misses_one = std::any_of(write.data.begin(), write.data.end(),
                                  [&](int role) { return !members_.is_active(role); });
    if (rules_.degraded_write_updates_parity || !misses_one) {
      for (int role : {map.p(), map.q()})
        if (role != RowMap::none && row.has(role)) write.members.push_back(role);
    }
    co_return IoResult{};
  }
}

//   missing: of the written data   of the other data   how parity is made
//            none                  none                whichever reads less, at a tie from its old value (fewer members
//                                                      are busy); R2: unsynced, from all data
//   With a journal all parity is made, also that of a missing member: from all data, if its old value is not there.
//            some                  none                from all data
//            none                  some                from its old value; R2: unsynced, as below
//            some                  some                the lost ones are recovered first, then from all data
Task<IoResult> Array::fill(RowBuffers& row, const Roles& written) {
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
  bool needs_all_data = (!is_synced && rules_.reconstruct_unsynced_stripes) || distrusts_parity_;
  int data_count = static_cast<int>(written.size());
  int reads_for_all = geometry_.data_disks() - data_count;
  int reads_for_update = data_count + parities;

  bool has_old_parity = !journal_ || parities == geometry_.parity_disks();
  bool can_update = missing_written == 0 && !needs_all_data && has_old_parity;
  bool can_take_all = missing_others == 0;
  if (can_take_all && (!can_update || reads_for_all < reads_for_update)) return reconstruct(row);
  if (can_update) return modify(row, written);
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

Task<IoResult> Array::modify(RowBuffers& row, const Roles& written) {
  ports_.observer.mark("raid.read_modify_write");
  RowBuffers before(row.map, row.span);
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

Roles Array::written_roles(const Band& band, const RowMap& map) const {
  Roles roles;
  for (int index = band.first_data; index < band.first_data + band.data_count; ++index)
    roles.push_back(map.role_of(index));
  return roles;
}

void Array::allocate_parity(RowBuffers& row) const {
  for (int role : {row.map.p(), row.map.q()})
    if (role != RowMap::none && keeps_parity(role)) row.allocate(role);
}

}  // namespace holdfast::raid
