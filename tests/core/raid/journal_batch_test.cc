#include "core/raid/journal/batch.h"

#include <gtest/gtest.h>

#include "tests/core/raid/memory_disk.h"

namespace holdfast::raid::journal {
namespace {

using tests::pattern;

Geometry geometry_of(int level, std::uint64_t disks) {
  return *Geometry::make(level, 2, disks, Sectors(32), Sectors(32 * 100));
}

// Rows of four members (RAID-5) or six, chunks of four pages.
class JournalBatch : public testing::Test {
 protected:
  // Pages in pieces of so many bytes, with bytes of their own on every role.
  RowBuffers row_of(const Geometry& geometry, std::uint64_t number, Sectors offset, Sectors height,
                    std::uint32_t piece_bytes = page_bytes) {
    RowBuffers row(geometry.row(number), Extent(geometry.member_lba(number) + offset, height));
    for (int role = 0; role < geometry.raid_disks; ++role) {
      for (std::uint64_t left = height.bytes(); left > 0; left -= row.at(role).back().bytes)
        row.at(role).emplace_back(Page::allocate(), page_bytes - piece_bytes,
                                  std::min<std::uint64_t>(left, piece_bytes));
      copy(Bytes(pattern(height.bytes(), static_cast<unsigned>(role + 1))), row.at(role));
    }
    return row;
  }
  std::uint32_t checksum_of(int role, std::size_t page, std::size_t pages) {
    auto bytes = pattern(pages * page_bytes, static_cast<unsigned>(role + 1));
    return seed.of_page(Bytes(bytes).subspan(page * page_bytes, page_bytes));
  }

  Geometry raid5 = geometry_of(5, 4), raid6 = geometry_of(6, 6);
  Seed seed{Uuid{std::byte{7}}};
};

TEST_F(JournalBatch, EachPageOfARowIsAStripe) {
  Batch batch(raid5, seed);
  RowBuffers row = row_of(raid5, 9, Sectors(8), Sectors(24));
  batch.add(row, 9, std::array{row.map.role_of(0)});
  ASSERT_EQ(batch.stripes.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(batch.stripes[i].sector, raid5.member_lba(9) + Sectors(8 + 8 * i));
    EXPECT_EQ(batch.stripes[i].data_pages, 1);
    EXPECT_EQ(batch.pages_of(batch.stripes[i]), 2u);
  }
  EXPECT_EQ(batch.pages.size(), 6u);
}

TEST_F(JournalBatch, DataStandInTheOrderOfRolesAndParityBehindThem) {
  for (std::uint64_t number = 0; number < 8; ++number) {
    Batch batch(raid5, seed);
    RowBuffers row = row_of(raid5, number, Sectors(0), Sectors(16));
    boost::container::small_vector<int, 8> roles;
    for (int index = 0; index < 3; ++index) roles.push_back(row.map.role_of(index));
    batch.add(row, number, roles);
    std::sort(roles.begin(), roles.end());
    ASSERT_EQ(batch.pages.size(), 8u);
    for (std::size_t stripe = 0; stripe < 2; ++stripe) {
      for (std::size_t i = 0; i < 3; ++i) {
        const LoggedPage& page = batch.pages[4 * stripe + i];
        ChunkPlace place = raid5.locate(page.location);
        EXPECT_EQ(place.row, number);
        EXPECT_EQ(row.map.role_of(place.index), roles[i]);
        EXPECT_EQ(place.inside, Sectors(8 * stripe));
        EXPECT_EQ(page.checksum, checksum_of(roles[i], stripe, 2));
      }
      const LoggedPage& parity = batch.pages[4 * stripe + 3];
      EXPECT_EQ(parity.location, raid5.member_lba(number) + Sectors(8 * stripe));
      EXPECT_EQ(parity.checksum, checksum_of(row.map.p(), stripe, 2));
    }
  }
}

TEST_F(JournalBatch, PStandsInFrontOfQ) {
  for (std::uint64_t number = 0; number < 6; ++number) {
    Batch batch(raid6, seed);
    RowBuffers row = row_of(raid6, number, Sectors(0), Sectors(8));
    batch.add(row, number, std::array{row.map.role_of(2)});
    ASSERT_EQ(batch.pages.size(), 3u);
    EXPECT_EQ(batch.pages[1].checksum, checksum_of(row.map.p(), 0, 1));
    EXPECT_EQ(batch.pages[2].checksum, checksum_of(row.map.q(), 0, 1));
    EXPECT_EQ(batch.record_bytes_of(batch.stripes[0]), 20u + 24u);
  }
}

TEST_F(JournalBatch, APageInPiecesIsOnePage) {
  Batch batch(raid5, seed);
  RowBuffers row = row_of(raid5, 0, Sectors(0), Sectors(16), 512);
  int role = row.map.role_of(1);
  batch.add(row, 0, std::array{role});
  ASSERT_EQ(batch.pages.size(), 4u);
  EXPECT_EQ(batch.pages[0].slices, 8u);
  EXPECT_EQ(batch.pages[2].checksum, checksum_of(role, 1, 2));
  std::vector<std::byte> found(batch.pages.size() * page_bytes);
  copy(Pages(batch.slices), MutableBytes(found));
  EXPECT_EQ(seed.of_page(Bytes(found).subspan(2 * page_bytes, page_bytes)),
            batch.pages[2].checksum);
}

TEST_F(JournalBatch, RowsFollowEachOther) {
  Batch batch(raid5, seed);
  for (std::uint64_t number : {3, 4}) {
    RowBuffers row = row_of(raid5, number, Sectors(0), raid5.chunk);
    batch.add(row, number, std::array{row.map.role_of(0), row.map.role_of(1)});
  }
  ASSERT_EQ(batch.stripes.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_EQ(batch.stripes[i].sector, raid5.member_lba(3) + Sectors(8 * i));
  EXPECT_EQ(bytes_of(batch.slices), 24u * page_bytes);
}

using JournalBatchDeathTest = JournalBatch;

TEST_F(JournalBatchDeathTest, APartOfAPageIsNotTaken) {
  Batch batch(raid5, seed);
  RowBuffers early = row_of(raid5, 0, Sectors(4), Sectors(8));
  EXPECT_DEATH(batch.add(early, 0, std::array{early.map.role_of(0)}), "the log holds whole pages");
  RowBuffers brief = row_of(raid5, 0, Sectors(0), Sectors(12));
  EXPECT_DEATH(batch.add(brief, 0, std::array{brief.map.role_of(0)}), "the log holds whole pages");
}

}  // namespace
}  // namespace holdfast::raid::journal
