// What one request puts into the log: stripes, each with its changed data and all its parity, and their checksums.
//
//   The unit of the log's order is the stripe: one page of every member, at one member sector. All records of a stripe stand in
//   one meta block, data first, in the order of their roles.
//   B1  Parity is logged even if its member is missing: what is replayed is whole for whoever is there.
//   B2  A write-back cache logs the data alone, and at write-out the parity alone.
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
  std::uint8_t parity_pages = 0;  // all, or none
};

// What of its stripes a batch holds.
enum class Logged : std::uint8_t { data_and_parity, data, parity };

class Batch {
 public:
  Batch(const Geometry& geometry, Seed seed) : geometry_(geometry), seed_(seed) {}

  // Every page of `row`, which begins and ends on pages: the data of these roles, all parity, or both.
  void add(const RowBuffers& row, std::uint64_t row_number, std::span<const int> data_roles,
           Logged logged = Logged::data_and_parity);

  static std::uint32_t pages_of(const LoggedStripe& stripe) {
    return std::uint32_t{stripe.data_pages} + stripe.parity_pages;
  }
  static std::uint32_t record_bytes_of(const LoggedStripe& stripe) {
    std::uint32_t parity = stripe.parity_pages == 0 ? 0 : parity_record_bytes(stripe.parity_pages);
    return stripe.data_pages * data_record_bytes + parity;
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
