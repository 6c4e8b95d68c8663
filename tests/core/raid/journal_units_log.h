// The units of a log over a ring that nobody writes: batches are placed, and go from state to state by hand.
#pragma once

#include <gtest/gtest.h>

#include "core/raid/journal/units.h"
#include "tests/core/raid/memory_disk.h"

namespace holdfast::raid::journal {

class UnitsLog {
 public:
  UnitsLog(std::uint64_t ring_blocks, int level, int disks)
      : geometry(*Geometry::make(level, 2, static_cast<std::uint64_t>(disks), Sectors(8),
                                 Sectors(8 << 20))),
        ring(disk, Lba(0), Sectors(ring_blocks * 8)),
        units(ring, seed, executor, Lba(0), 1, Sequence(100)) {}

  // So many stripes, each with so many pages of data.
  Batch batch(std::uint64_t stripes, int data_pages = 1) {
    Batch made(geometry, seed);
    for (std::uint64_t i = 0; i < stripes; ++i) add_stripe(made, data_pages);
    return made;
  }
  void add_stripe(Batch& to, int data_pages) {
    RowBuffers row(geometry.row(next_row_), Extent(geometry.member_lba(next_row_), Sectors(8)));
    for (int role = 0; role < geometry.raid_disks; ++role) row.at(role) = zero_slices(page_bytes);
    boost::container::small_vector<int, 8> roles;
    for (int index = 0; index < data_pages; ++index) roles.push_back(row.map.role_of(index));
    to.add(row, next_row_++, roles);
  }
  Batch placed(std::uint64_t stripes, int data_pages = 1) {
    Batch made = batch(stripes, data_pages);
    units.place(made);
    return made;
  }
  // All that is unwritten goes the whole way.
  void log_all() {
    while (units.has_unwritten()) units.written(units.take_next());
    units.begin_flush(true);
    units.logged();
  }
  void finish(const Batch& batch) {
    log_all();
    units.release(batch);
  }
  void move_tail() {
    if (auto target = units.reclaimable()) units.forget_before(*target);
  }
  MetaBlock meta_of(Unit& unit) {
    MetaRead read =
        decode_meta_block(unit.bytes.front().view(), seed, geometry, unit.position, unit.sequence);
    EXPECT_TRUE(read.block && !read.problem);
    return *read.block;
  }
  std::uint64_t stripes_max() const { return Units::stripes_max(ring, geometry); }

  Executor executor;
  Geometry geometry;
  Seed seed{Uuid{}};
  tests::MemoryDisk disk{executor, 0};
  Ring ring;
  Units units;

 private:
  std::uint64_t next_row_ = 0;
};

}  // namespace holdfast::raid::journal
