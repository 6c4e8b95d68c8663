#include "core/raid/journal/batch.h"

#include <algorithm>

#include "core/base/checksum.h"

namespace holdfast::raid::journal {

void Batch::add(const RowBuffers& row, std::uint64_t row_number, std::span<const int> data_roles,
                Logged logged) {
  check(row.span.first.value % block_sectors.value == 0 &&
            row.span.count.value % block_sectors.value == 0,
        "the log holds whole pages");
  if (logged == Logged::parity) data_roles = {};
  boost::container::small_vector<int, 8> roles(data_roles.begin(), data_roles.end());
  std::sort(roles.begin(), roles.end());
  Sectors inside = row.span.first - geometry_.member_lba(row_number);

  boost::container::small_vector<PageCursor, 8> cursors;
  for (int role : roles) cursors.emplace_back(row.at(role));
  boost::container::small_vector<PageCursor, 2> parity;
  for (int role : {row.map.p(), row.map.q()})
    if (logged != Logged::data && role != RowMap::none) parity.emplace_back(row.at(role));

  for (Sectors at; at < row.span.count; at += block_sectors) {
    Lba stripe = row.span.first + at;
    stripes.push_back({stripe, static_cast<std::uint16_t>(roles.size()),
                       static_cast<std::uint8_t>(parity.size())});
    for (std::size_t i = 0; i < roles.size(); ++i)
      add_page(geometry_.array_lba(row_number, row.map.index_of(roles[i])) + inside + at,
               cursors[i], at.bytes());
    for (PageCursor& from : parity) add_page(stripe, from, at.bytes());
  }
}

void Batch::add_page(Lba location, PageCursor& from, std::uint64_t offset) {
  std::size_t begin = slices.size();
  from.take(slices, offset, block_bytes);
  std::uint32_t checksum = seed_.value;
  for (std::size_t i = begin; i < slices.size(); ++i) checksum = crc32c(checksum, slices[i].view());
  pages.push_back({location, checksum, static_cast<std::uint32_t>(slices.size() - begin)});
}

}  // namespace holdfast::raid::journal
