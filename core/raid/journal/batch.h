// What one request puts into the log: stripes, each with its changed data and all its parity, and their checksums.
//
//   The unit of the log's order is the stripe: one page of every member, at one member sector. All records of a stripe stand in
//   one meta block, data first, in the order of their roles.
//   B1  Parity is logged even if its member is missing: what is replayed is whole for whoever is there.
//   Caller: the pages stay valid and unchanged until the batch is logged.
#pragma once

#include <vector>

#include "core/raid/journal/format.h"
#include "core/raid/row_buffers.h"

namespace holdfast::raid::journal {

struct LoggedPage {
  Lba location;  // data: array sector; parity: stripe sector
  std::uint32_t checksum = 0;
  std::uint32_t slices = 0;  // in Batch::slices
};

struct LoggedStripe {
  Lba sector;  // on every member, without data_offset
  std::uint16_t data_pages = 0;
};

class Batch {
 public:
  Batch(const Geometry& geometry, Seed seed) : geometry_(geometry), seed_(seed) {}

  // Every page of `row`, which begins and ends on pages: the data of these roles, and all parity.
  void add(const RowBuffers& row, std::uint64_t row_number, std::span<const int> data_roles);

  int parity_pages() const { return geometry_.parity_disks(); }
  std::uint32_t pages_of(const LoggedStripe& stripe) const {
    return stripe.data_pages + static_cast<std::uint32_t>(parity_pages());
  }
  std::uint32_t record_bytes_of(const LoggedStripe& stripe) const {
    return stripe.data_pages * data_record_bytes + parity_record_bytes(parity_pages());
  }

  boost::container::small_vector<LoggedStripe, 1> stripes;
  boost::container::small_vector<LoggedPage, 4> pages;  // of the stripes, in their order
  SliceList slices;  // of the pages, in their order

  // Where it was put; set by the log.
  Sequence first_unit;
  Sequence last_unit;

 private:
  void add_page(Lba location, PageCursor& from, std::uint64_t offset);

  const Geometry& geometry_;
  Seed seed_;
};

}  // namespace holdfast::raid::journal
