// Every layout against disks that Linux wrote, and what must hold for any number of members.
#include "core/raid/geometry.h"

#include <set>

#include <gtest/gtest.h>

#include "tests/golden/linux_layouts.h"

namespace holdfast::raid {
namespace {

Geometry make(int level, int layout, int disks, std::uint64_t chunk = 128,
              std::uint64_t rows = 64) {
  auto made =
      Geometry::make(level, static_cast<std::uint64_t>(layout), static_cast<std::uint64_t>(disks),
                     Sectors(chunk), Sectors(chunk * rows));
  EXPECT_TRUE(made) << made.error().text();
  return *made;
}

struct LevelLayout {
  Level level;
  int layout;
};

std::vector<LevelLayout> every_layout() {
  std::vector<LevelLayout> all;
  for (Level level : {Level::raid4, Level::raid5, Level::raid6})
    for (const LayoutName& layout : layouts_of(level)) all.push_back({level, layout.number});
  return all;
}

std::vector<int> disk_counts(Level level) {
  if (level == Level::raid6) return {4, 5, 6, 7, 8, 11, 16, 33, 254, 255};
  return {3, 4, 5, 6, 7, 12, 33, 255, 1920};
}

// Two whole rotations of a small array; of a large one the rows where rotations begin and end.
std::vector<std::uint64_t> rows_to_try(int disks) {
  std::vector<std::uint64_t> rows;
  auto turn = static_cast<std::uint64_t>(disks);
  for (std::uint64_t row = 0; row <= 2 * turn; ++row)
    if (turn < 40 || row % (turn - 1) < 3 || row % turn > turn - 3) rows.push_back(row);
  return rows;
}

class AsLinux : public testing::TestWithParam<golden::Layout> {};

TEST_P(AsLinux, EveryChunkStandsWhereLinuxPutIt) {
  const golden::Layout& linux_array = GetParam();
  Geometry geometry = make(linux_array.level, static_cast<int>(linux_array.number),
                           static_cast<int>(linux_array.members), linux_array.chunk_sectors);
  ASSERT_EQ(linux_array.rows.size(), 20u);
  for (std::size_t number = 0; number < linux_array.rows.size(); ++number) {
    auto words = linux_array.row(number);
    ASSERT_EQ(words.size(), linux_array.members);
    RowMap row = geometry.row(number);
    for (int role = 0; role < geometry.raid_disks; ++role) {
      const std::string& word = words[static_cast<std::size_t>(role)];
      SCOPED_TRACE("row " + std::to_string(number) + ", role " + std::to_string(role));
      if (word[0] == 'P') {
        EXPECT_EQ(row.p(), role);
      } else if (word[0] == 'Q') {
        EXPECT_EQ(row.q(), role);
      } else {
        Lba first(std::stoull(word) * 8);
        ChunkPlace place = geometry.locate(first);
        EXPECT_EQ(place.row, number);
        EXPECT_EQ(place.inside, Sectors(0));
        EXPECT_EQ(row.role_of(place.index), role);
        EXPECT_EQ(row.index_of(role), place.index);
        EXPECT_EQ(geometry.array_lba(number, place.index), first);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Arrays, AsLinux, testing::ValuesIn(golden::layouts()),
                         [](const auto& tested) {
                           std::string name = tested.param.name.substr(7);
                           for (char& letter : name)
                             if (letter == '-') letter = '_';
                           return name;
                         });

TEST(Geometry, EveryRoleIsExactlyOneOfPQAndData) {
  for (auto [level, layout] : every_layout()) {
    for (int disks : disk_counts(level)) {
      Geometry geometry = make(static_cast<int>(level), layout, disks, 8, 10'000);
      for (std::uint64_t number : rows_to_try(disks)) {
        RowMap row = geometry.row(number);
        ASSERT_EQ(row.raid_disks(), disks);
        ASSERT_EQ(row.data_disks(), geometry.data_disks());
        ASSERT_EQ(row.q() == RowMap::none, level != Level::raid6);
        std::set<int> roles{row.p()};
        if (row.q() != RowMap::none) roles.insert(row.q());
        for (int index = 0; index < row.data_disks(); ++index) {
          int role = row.role_of(index);
          ASSERT_TRUE(roles.insert(role).second) << layout << " of " << disks << ", row " << number;
          ASSERT_EQ(row.index_of(role), index);
          ASSERT_FALSE(row.is_parity(role));
        }
        ASSERT_EQ(roles.size(), static_cast<std::size_t>(disks));
        ASSERT_EQ(*roles.begin(), 0);
        ASSERT_EQ(*roles.rbegin(), disks - 1);
        ASSERT_EQ(row.index_of(row.p()), RowMap::none);
      }
    }
  }
}

// Walks round from the role behind Q, counting data; the DDF layouts count every role from the first on.
TEST(Geometry, ExponentsCountTheDataBehindQ) {
  for (const LayoutName& layout : layouts_of(Level::raid6)) {
    bool ddf = layout.name.starts_with("ddf");
    for (int disks : disk_counts(Level::raid6)) {
      Geometry geometry = make(6, layout.number, disks);
      for (std::uint64_t number : rows_to_try(disks)) {
        RowMap row = geometry.row(number);
        int counted = 0;
        for (int step = 1; step <= disks; ++step) {
          int role = (row.q() + step) % disks;
          if (row.is_parity(role)) continue;
          ASSERT_EQ(row.exponent_of(role), ddf ? role : counted)
              << layout.name << " of " << disks << ", row " << number << ", role " << role;
          ++counted;
        }
        ASSERT_EQ(counted, geometry.data_disks());
      }
    }
  }
}

TEST(Geometry, FixedParityStaysWhereItsNameSays) {
  for (std::uint64_t number = 0; number < 20; ++number) {
    EXPECT_EQ(make(4, 0, 5).row(number).p(), 4);
    EXPECT_EQ(make(4, 5, 5).row(number).p(), 4);
    EXPECT_EQ(make(5, 4, 5).row(number).p(), 0);
    EXPECT_EQ(make(5, 5, 5).row(number).p(), 4);
    RowMap first = make(6, 4, 7).row(number);
    EXPECT_EQ(first.p(), 0);
    EXPECT_EQ(first.q(), 1);
    EXPECT_EQ(first.role_of(0), 2);
    RowMap last = make(6, 5, 7).row(number);
    EXPECT_EQ(last.p(), 5);
    EXPECT_EQ(last.q(), 6);
    EXPECT_EQ(last.role_of(4), 4);
  }
}

TEST(Geometry, ArrayAddressesAreCoveredOnceAndInOrder) {
  for (auto [level, layout] : every_layout()) {
    Geometry geometry = make(static_cast<int>(level), layout, 6, 16, 40);
    std::uint64_t next = 0;
    for (std::uint64_t row = 0; row < geometry.rows(); ++row) {
      for (int index = 0; index < geometry.data_disks(); ++index, next += 16) {
        ASSERT_EQ(geometry.array_lba(row, index), Lba(next));
        ChunkPlace place = geometry.locate(Lba(next + 5));
        ASSERT_EQ(place.row, row);
        ASSERT_EQ(place.index, index);
        ASSERT_EQ(place.inside, Sectors(5));
      }
      ASSERT_EQ(geometry.member_lba(row), Lba(row * 16));
    }
    EXPECT_EQ(geometry.capacity(), Sectors(next));
    EXPECT_EQ(geometry.row_sectors(), Sectors(16u * static_cast<unsigned>(geometry.data_disks())));
  }
}

TEST(Geometry, UsedSizeIsRoundedDownToTheChunk) {
  auto made = Geometry::make(5, 2, 4, Sectors(128), Sectors(10208));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->member_sectors, Sectors(10112));
  EXPECT_EQ(made->rows(), 79u);
}

TEST(Geometry, NamesGoBothWays) {
  for (auto [level, layout] : every_layout()) {
    auto name = layout_name(level, layout);
    ASSERT_FALSE(name.empty());
    if (level == Level::raid4) continue;  // one name, two numbers
    EXPECT_EQ(layout_number(level, name), layout);
  }
  EXPECT_EQ(layout_number(Level::raid5, "ls"), 2);
  EXPECT_EQ(layout_number(Level::raid6, "ra"), 1);
  EXPECT_EQ(layout_number(Level::raid4, "parity-last"), 0);
  EXPECT_EQ(layout_number(Level::raid6, "ddf-N-continue"), 10);
  EXPECT_EQ(layout_number(Level::raid6, "parity-first-6"), 20);
  EXPECT_EQ(layout_number(Level::raid5, "left-symmetric-6"), std::nullopt);
  EXPECT_EQ(layout_number(Level::raid5, "left-symetric"), std::nullopt);
  EXPECT_EQ(layout_number(Level::raid4, "ls"), std::nullopt);
  EXPECT_TRUE(layout_name(Level::raid6, 7).empty());
  EXPECT_TRUE(layout_name(Level::raid5, 16).empty());
}

TEST(Geometry, AbsurdValuesAreRefusedByField) {
  constexpr std::uint64_t most = ~std::uint64_t{0};
  struct Case {
    int level;
    std::uint64_t layout, disks, chunk, size;
    std::string field;
  };
  for (const Case& one : {
           Case{1, 2, 4, 128, 1280, "level"},
           Case{-1, 2, 4, 128, 1280, "level"},
           Case{5, 2, 0, 128, 1280, "raid_disks"},
           Case{5, 2, 2, 128, 1280, "raid_disks"},
           Case{5, 2, 1921, 128, 1280, "raid_disks"},
           Case{6, 2, 3, 128, 1280, "raid_disks"},
           Case{6, 2, 256, 128, 1280, "raid_disks"},
           Case{6, 2, most, 128, 1280, "raid_disks"},
           Case{4, 2, 4, 128, 1280, "layout"},
           Case{5, 6, 4, 128, 1280, "layout"},
           Case{5, 16, 4, 128, 1280, "layout"},
           Case{6, 6, 4, 128, 1280, "layout"},
           Case{6, 11, 4, 128, 1280, "layout"},
           Case{6, 21, 4, 128, 1280, "layout"},
           Case{5, 0x1'0000'0002, 4, 128, 1280, "layout"},
           Case{5, 2, 4, 0, 1280, "chunk"},
           Case{5, 2, 4, 4, 1280, "chunk"},
           Case{5, 2, 4, 129, 1280, "chunk"},
           Case{5, 2, 4, std::uint64_t{1} << 32, most, "chunk"},
           Case{5, 2, 4, 128, 0, "size"},
           Case{5, 2, 4, 128, 127, "size"},
           Case{5, 2, 4, 128, most, "size"},
           Case{5, 2, 4, 128, std::uint64_t{1} << 53, "size"},
       }) {
    auto made =
        Geometry::make(one.level, one.layout, one.disks, Sectors(one.chunk), Sectors(one.size));
    ASSERT_FALSE(made) << one.field << " of level " << one.level;
    EXPECT_EQ(made.error().field, one.field) << made.error().text();
    EXPECT_NE(made.error().message.find("found"), std::string::npos);
    EXPECT_NE(made.error().message.find("expected"), std::string::npos);
  }
}

}  // namespace
}  // namespace holdfast::raid
