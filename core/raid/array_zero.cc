// Discards and writes of zeros.

#include "core/raid/array.h"

namespace holdfast::raid {
namespace {

constexpr std::uint64_t page = page_bytes / sector_bytes;

}  // namespace

// The log holds whole pages: of the others the zeros are written as data.
Task<IoResult> Array::zero(Extent extent, WriteFlags flags) {
  Lba from((extent.first.value + page - 1) / page * page), to(extent.end().value / page * page);
  if (!journal_) {
    from = extent.first;
    to = extent.end();
  }
  Extent front = extent, back(to, Sectors(0));
  if (from < to) {
    Extent middle(from, to - from);
    front.count = from - extent.first;
    back.count = extent.end() - to;
    if (auto zeroed = co_await zero_stripes(middle, flags, false); !zeroed) co_return zeroed;
  }
  for (Extent part : {front, back}) {
    if (part.empty()) continue;
    SliceList zeros = zero_slices(part.count.bytes());
    if (auto written = co_await write_stripes(part.first, zeros, flags); !written)
      co_return written;
  }
  co_return IoResult{};
}

Task<IoResult> Array::zero_stripes(Extent extent, WriteFlags flags, bool is_discard) {
  if (promises_room_) {
    auto zeroed = co_await zero_part_by_part(extent, is_discard);
    co_return zeroed;
  }
  StripeLease lease = co_await stripes_.exclusive(span_of(geometry_, extent));
  Bands bands = bands_of(geometry_, extent, height_max());
  for (const Band& band : bands) {
    if (band.covers_all_data(geometry_)) {
      if (auto zeroed = co_await zero_rows(band, flags, is_discard, Room::waited_for); !zeroed)
        co_return zeroed;
      continue;
    }
    SliceList zeros = zero_slices(band.height.bytes());
    for (int index = 0; index < band.data_count; ++index) {
      Band part = band;
      part.first_data += index;
      part.data_count = 1;
      Lba first = part.lba(geometry_, part.row, part.first_data);
      RowWrites writes;
      if (auto planned = co_await plan_part(part, first, zeros, writes); !planned)
        co_return planned;
      if (auto written = co_await commit(writes, flags, Room::waited_for); !written)
        co_return written;
    }
  }
  co_return IoResult{};
}

// Zeros on every member, parity included: the parity of zeros is zero.
Task<IoResult> Array::zero_rows(const Band& band, WriteFlags flags, bool is_discard, Room room) {
  if (!journal_ || (is_discard && !journal_rules_.log_discards)) {
    auto zeroed = co_await zero_members(band, flags, is_discard);
    co_return zeroed;
  }
  if (is_discard) ports_.observer.mark("raid.journal_discard_logged");
  journal::Batch batch = journal_->new_batch();
  if (auto logged = co_await log_zeros(band, batch, room); !logged) co_return logged;
  auto zeroed = co_await zero_members(band, WriteFlags(), is_discard);
  auto finished = co_await finish(batch, zeroed);
  co_return finished;
}

Task<IoResult> Array::log_zeros(const Band& band, journal::Batch& batch, Room room) {
  for (std::uint64_t number = band.row; number < band.row + band.rows; ++number) {
    RowMap map = geometry_.row(number);
    RowBuffers row(map, Extent(geometry_.member_lba(number) + band.offset, band.height));
    for (int role = 0; role < members_.count(); ++role)
      row.at(role) = zero_slices(band.height.bytes());
    Roles data = written_roles(band, map);
    batch.add(row, number, data);
  }
  auto logged = co_await append(batch, room);
  co_return logged;
}

// A device that can't do the command gets the zeros as data.
Task<IoResult> Array::zero_members(const Band& band, WriteFlags flags, bool is_discard) {
  Extent span = band.span(geometry_);
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, span.first);
  Join<IoResult> requests;
  Roles roles = members_.active_roles();
  RowWrites unable;
  unable.emplace_back(band.row, geometry_.row(band.row), span, Roles());
  for (int role : roles)
    requests.add(is_discard ? members_.discard(role, span)
                            : members_.write_zeroes(role, span, flags));
  co_await requests.all();
  for (std::size_t i = 0; i < roles.size(); ++i) {
    auto zeroed = requests.result(i);
    if (zeroed) continue;
    if (zeroed.error().kind == IoErrorKind::unsupported) {
      unable[0].row.at(roles[i]) = zero_slices(span.count.bytes());
      unable[0].members.push_back(roles[i]);
    } else {
      members_.fail(roles[i], zeroed.error());
    }
  }
  auto written = co_await write_members(unable, flags);
  co_return written;
}

}  // namespace holdfast::raid
