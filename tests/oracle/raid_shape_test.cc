#include "oracle/raid_shape.h"

#include <set>

#include <gtest/gtest.h>

namespace holdfast::oracle {
namespace {

RaidShape shape_of(int level, int layout, unsigned disks) {
  RaidShape shape;
  shape.level = level;
  shape.layout = layout;
  shape.raid_disks = disks;
  shape.chunk_bytes = 8192;
  shape.member_bytes = 20 * 8192;
  shape.data_offset_bytes.assign(disks, 1 << 20);
  return shape;
}

// "0 1 2 P", one character a role.
std::string picture(const RaidShape& shape, std::uint64_t number) {
  Row row = row_of(shape, number);
  std::string text(shape.raid_disks, '?');
  for (std::size_t i = 0; i < row.data.size(); ++i) text[row.data[i]] = static_cast<char>('0' + i);
  text[row.p] = 'P';
  if (row.q != Row::none) text[row.q] = 'Q';
  return text;
}

void expect_rows(int level, int layout, std::vector<std::string> rows) {
  RaidShape shape = shape_of(level, layout, static_cast<unsigned>(rows[0].size()));
  ASSERT_EQ(shape.contradiction(), "");
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(picture(shape, i), rows[i])
        << "level " << level << " layout " << layout << " row " << i;
}

TEST(RaidShape, Raid5RowsAreThoseOfTheBook) {
  expect_rows(5, 0, {"012P", "01P2", "0P12", "P012", "012P"});
  expect_rows(5, 1, {"P012", "0P12", "01P2", "012P", "P012"});
  expect_rows(5, 2, {"012P", "12P0", "2P01", "P012", "012P"});
  expect_rows(5, 3, {"P012", "2P01", "12P0", "012P", "P012"});
  expect_rows(5, 4, {"P012", "P012"});
  expect_rows(5, 5, {"012P", "012P"});
  expect_rows(4, 0, {"012P", "012P"});
  expect_rows(4, 5, {"012P", "012P"});
}

TEST(RaidShape, Raid6RowsAreThoseOfTheBook) {
  expect_rows(6, 0, {"Q012P", "012PQ", "01PQ2", "0PQ12", "PQ012", "Q012P"});
  expect_rows(6, 1, {"PQ012", "0PQ12", "01PQ2", "012PQ", "Q012P"});
  expect_rows(6, 2, {"Q012P", "012PQ", "12PQ0", "2PQ01", "PQ012"});
  expect_rows(6, 3, {"PQ012", "2PQ01", "12PQ0", "012PQ", "Q012P"});
  expect_rows(6, 4, {"PQ012", "PQ012"});
  expect_rows(6, 5, {"012PQ", "012PQ"});
  expect_rows(6, 8, {"PQ012", "0PQ12", "01PQ2", "012PQ", "Q012P"});
  expect_rows(6, 9, {"012PQ", "01PQ2", "0PQ12", "PQ012", "Q012P"});
  expect_rows(6, 10, {"012QP", "12QP0", "2QP01", "QP012", "P012Q"});
  expect_rows(6, 16, {"012PQ", "01P2Q", "0P12Q", "P012Q"});
  expect_rows(6, 17, {"P012Q", "0P12Q", "01P2Q", "012PQ"});
  expect_rows(6, 18, {"012PQ", "12P0Q", "2P01Q", "P012Q"});
  expect_rows(6, 19, {"P012Q", "2P01Q", "12P0Q", "012PQ"});
  expect_rows(6, 20, {"P012Q", "P012Q"});
}

TEST(RaidShape, QOrderStartsBehindQ) {
  Row left_symmetric = row_of(shape_of(6, 2, 5), 0);  // Q012P
  EXPECT_EQ(left_symmetric.q_exponent, (std::vector<unsigned>{0, 1, 2}));
  Row left_asymmetric = row_of(shape_of(6, 0, 5), 2);  // 01PQ2: role 4 comes first
  EXPECT_EQ(left_asymmetric.q_exponent, (std::vector<unsigned>{1, 2, 0}));
  Row ddf = row_of(shape_of(6, 9, 5), 2);  // 0PQ12: the role's number
  EXPECT_EQ(ddf.q_exponent, (std::vector<unsigned>{0, 3, 4}));
}

TEST(RaidShape, EachSectorHasOnePlaceAndBack) {
  for (int layout : {0, 1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 18, 19, 20}) {
    RaidShape shape = shape_of(6, layout, 6);
    std::set<std::pair<unsigned, std::uint64_t>> places;
    for (Lba lba; lba < Lba(shape.sectors().value); lba += Sectors(1)) {
      MemberPlace place = place_of(shape, lba);
      EXPECT_EQ(place.stripe(), stripe_of(shape, lba));
      EXPECT_LT(place.offset, shape.member_bytes);
      EXPECT_TRUE(places.emplace(place.role, place.offset).second) << "layout " << layout;
      Row row = row_of(shape, place.offset / shape.chunk_bytes);
      std::size_t index = 0;
      while (row.data[index] != place.role) ++index;
      Extent page = extent_of(shape, place.stripe(), static_cast<unsigned>(index));
      EXPECT_TRUE(page.contains(Extent(lba, Sectors(1))))
          << "layout " << layout << " lba " << lba.value;
    }
  }
}

TEST(RaidShape, NonsenseIsNamed) {
  RaidShape shape = shape_of(5, 2, 4);
  shape.layout = 7;
  EXPECT_EQ(shape.contradiction(), "level 5 has no layout 7");
  shape = shape_of(5, 2, 4);
  shape.member_bytes += 4096;
  EXPECT_NE(shape.contradiction(), "");
  shape = shape_of(6, 2, 3);
  EXPECT_NE(shape.contradiction(), "");
  shape = shape_of(5, 2, 4);
  shape.data_offset_bytes.pop_back();
  EXPECT_NE(shape.contradiction(), "");
}

}  // namespace
}  // namespace holdfast::oracle
