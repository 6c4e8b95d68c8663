// P and Q against a plain reference, against what Linux wrote, and back from every pair of lost members.
#include "core/raid/parity.h"

#include <random>

#include <gtest/gtest.h>

#include "core/base/checksum.h"
#include "tests/golden/linux_layouts.h"

namespace holdfast::raid {
namespace {

using Random = std::mt19937;
using Content = std::vector<std::byte>;

std::uint8_t plain_multiply(unsigned a, unsigned b) {
  unsigned product = 0;
  for (; b != 0; b >>= 1) {
    if (b & 1) product ^= a;
    a = a & 0x80 ? a << 1 ^ 0x11d : a << 1;
  }
  return static_cast<std::uint8_t>(product);
}

std::uint8_t plain_power(int exponent) {
  std::uint8_t value = 1;
  while (exponent-- > 0) value = plain_multiply(value, 2);
  return value;
}

void add_product(Content& into, std::uint8_t factor, const Content& from) {
  std::array<std::byte, 256> times{};
  for (unsigned i = 0; i < 256; ++i) times[i] = static_cast<std::byte>(plain_multiply(i, factor));
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] ^= times[std::to_integer<unsigned>(from[i])];
}

Content noise(Random& random, std::size_t bytes) {
  Content content(bytes);
  for (std::size_t at = 0; at < bytes; at += 4)
    store_le(MutableBytes(content), at, static_cast<std::uint32_t>(random()));
  return content;
}

// Slices of random lengths at random places of their pages.
SliceList scattered(Random& random, const Content& content, std::uint32_t unit = 32) {
  SliceList slices;
  for (std::size_t at = 0; at < content.size();) {
    auto offset = static_cast<std::uint32_t>(random() % (page_bytes / unit) * unit);
    auto room =
        static_cast<std::uint32_t>(std::min<std::size_t>(page_bytes - offset, content.size() - at));
    auto bytes = static_cast<std::uint32_t>((random() % (room / unit) + 1) * unit);
    if (random() % 4 == 0)
      offset = 0,
      bytes = static_cast<std::uint32_t>(std::min<std::size_t>(page_bytes, content.size() - at));
    slices.emplace_back(Page::allocate(), offset, bytes);
    at += bytes;
  }
  copy(Bytes(content), slices);
  return slices;
}

Content content_of(Pages pages) {
  Content content(bytes_of(pages));
  copy(pages, MutableBytes(content));
  return content;
}

Geometry make(int level, int layout, int disks) {
  auto made = Geometry::make(level, static_cast<std::uint64_t>(layout),
                             static_cast<std::uint64_t>(disks), Sectors(8), Sectors(80'000));
  EXPECT_TRUE(made);
  return *made;
}

// One row with right parity, scattered over pages.
struct Row {
  RowMap map;
  std::vector<Content> right;
  std::vector<SliceList> slices;
  std::vector<Pages> members;

  Row(Random& random, const RowMap& of, std::size_t bytes) : map(of) {
    auto disks = static_cast<std::size_t>(map.raid_disks());
    right.resize(disks, Content(bytes));
    for (int role = 0; role < map.raid_disks(); ++role) {
      if (map.is_parity(role)) continue;
      auto& data = right[static_cast<std::size_t>(role)];
      data = noise(random, bytes);
      add_product(right[static_cast<std::size_t>(map.p())], 1, data);
      if (map.q() != RowMap::none)
        add_product(right[static_cast<std::size_t>(map.q())], plain_power(map.exponent_of(role)),
                    data);
    }
    for (const Content& content : right) slices.push_back(scattered(random, content));
    members.assign(slices.begin(), slices.end());
  }

  void spoil(int role) {
    for (const Slice& slice : slices[static_cast<std::size_t>(role)])
      std::ranges::fill(slice.room(), std::byte{0xa5});
  }
  void hide(int role) { members[static_cast<std::size_t>(role)] = {}; }
  testing::AssertionResult is_right(int role) const {
    auto at = static_cast<std::size_t>(role);
    if (content_of(slices[at]) == right[at]) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "role " << role << " of " << map.raid_disks() << ", P on "
                                       << map.p() << ", Q on " << map.q();
  }
  testing::AssertionResult all_right() const {
    for (int role = 0; role < map.raid_disks(); ++role)
      if (auto right_role = is_right(role); !right_role) return right_role;
    return testing::AssertionSuccess();
  }
};

std::vector<RowMap> some_rows() {
  std::vector<RowMap> rows;
  for (Level level : {Level::raid4, Level::raid5, Level::raid6})
    for (const LayoutName& layout : layouts_of(level))
      for (int disks : {4, 5, 6, 9})
        for (std::uint64_t number : {0, 1, 3})
          rows.push_back(make(static_cast<int>(level), layout.number, disks).row(number));
  rows.push_back(make(5, 2, 3).row(1));
  rows.push_back(make(6, 2, 16).row(5));
  rows.push_back(make(6, 10, 16).row(5));
  rows.push_back(make(5, 2, 300).row(17));
  rows.push_back(make(6, 2, 40).row(17));
  rows.push_back(make(6, 2, 255).row(250));
  rows.push_back(make(6, 8, 255).row(2));
  return rows;
}

TEST(Parity, EqualsThePlainReference) {
  Random random(1);
  for (const RowMap& map : some_rows()) {
    Row row(random, map, 512 * (random() % 24 + 1));
    row.spoil(map.p());
    if (map.q() != RowMap::none) row.spoil(map.q());
    compute_parity(map, row.members);
    ASSERT_TRUE(row.all_right());
  }
}

TEST(Parity, EitherOfPAndQIsMadeAlone) {
  Random random(2);
  for (const RowMap& map : some_rows()) {
    if (map.q() == RowMap::none) continue;
    for (auto [wanted, absent] : {std::pair(map.p(), map.q()), std::pair(map.q(), map.p())}) {
      Row row(random, map, 6144);
      row.spoil(wanted);
      row.hide(absent);
      compute_parity(map, row.members);
      ASSERT_TRUE(row.all_right());
    }
  }
}

TEST(Parity, IsWhatLinuxWrote) {
  for (const golden::Layout& linux_array : golden::layouts()) {
    Geometry geometry = make(linux_array.level, static_cast<int>(linux_array.number),
                             static_cast<int>(linux_array.members));
    std::uint64_t bytes = linux_array.chunk_sectors * sector_bytes;
    for (std::size_t number = 0; number < linux_array.rows.size(); ++number) {
      auto words = linux_array.row(number);
      std::vector<SliceList> slices;
      for (const std::string& word : words) {
        slices.push_back(allocate_slices(bytes));
        if (word.find(':') != std::string::npos) continue;
        auto block = static_cast<std::uint32_t>(std::stoul(word));
        for (const Slice& slice : slices.back()) golden::write_block(block++, slice.room());
      }
      std::vector<Pages> members(slices.begin(), slices.end());
      compute_parity(geometry.row(number), members);
      for (std::size_t role = 0; role < words.size(); ++role) {
        if (words[role].find(':') == std::string::npos) continue;
        auto expected = static_cast<std::uint32_t>(std::stoul(words[role].substr(2), nullptr, 16));
        EXPECT_EQ(crc32c(crc32c_start, content_of(slices[role])), expected)
            << linux_array.name << ", row " << number << ", role " << role;
      }
    }
  }
}

TEST(Parity, AnUpdateEqualsMakingItAnew) {
  Random random(3);
  for (const RowMap& map : some_rows()) {
    for (int wanted = 1; wanted < 4; ++wanted) {  // bit 0: P, bit 1: Q
      if (map.q() == RowMap::none && wanted != 1) continue;
      Row row(random, map, 512 * (random() % 16 + 1));
      auto size = row.right[0].size();
      int role = map.role_of(static_cast<int>(random() % static_cast<unsigned>(map.data_disks())));
      auto at = static_cast<std::size_t>(role);
      SliceList before = row.slices[at];
      Content change = noise(random, size);
      for (int target : {map.p(), map.q()})
        if (target != RowMap::none && (target == map.p() ? wanted & 1 : wanted & 2))
          add_product(row.right[static_cast<std::size_t>(target)],
                      target == map.p() ? std::uint8_t{1} : plain_power(map.exponent_of(role)),
                      change);
      add_product(row.right[at], 1, change);
      row.slices[at] = scattered(random, row.right[at]);
      Pages p = wanted & 1 ? row.members[static_cast<std::size_t>(map.p())] : Pages{};
      Pages q = wanted & 2 ? row.members[static_cast<std::size_t>(map.q())] : Pages{};
      update_parity(map, role, before, row.slices[at], p, q);
      ASSERT_TRUE(row.all_right()) << "wanted " << wanted;
    }
  }
}

TEST(ParityRecovery, AnyOneMemberComesBack) {
  Random random(4);
  for (const RowMap& map : some_rows()) {
    for (int lost = 0; lost < map.raid_disks(); lost += map.raid_disks() > 60 ? 41 : 1) {
      Row row(random, map, 2560);
      row.spoil(lost);
      recover_lost(map, row.members, std::array{lost});
      ASSERT_TRUE(row.all_right());
    }
  }
}

TEST(ParityRecovery, AnyTwoMembersComeBack) {
  Random random(5);
  for (const RowMap& map : some_rows()) {
    if (map.q() == RowMap::none) continue;
    int step = map.raid_disks() > 60 ? 57 : 1;
    for (int one = 0; one < map.raid_disks(); one += step) {
      for (int other = 0; other < map.raid_disks(); other += step) {
        if (one == other) continue;
        Row row(random, map, 1536);
        row.spoil(one);
        row.spoil(other);
        recover_lost(map, row.members, std::array{one, other});
        ASSERT_TRUE(row.all_right()) << one << " and " << other;
      }
    }
  }
}

TEST(ParityRecovery, WhatNobodyWantsIsSolvedAroundAndLeftAlone) {
  Random random(6);
  for (const RowMap& map : some_rows()) {
    if (map.q() == RowMap::none || map.raid_disks() > 60) continue;
    for (int wanted = 0; wanted < map.raid_disks(); ++wanted) {
      for (int unwanted = 0; unwanted < map.raid_disks(); ++unwanted) {
        if (wanted == unwanted) continue;
        Row row(random, map, 1024);
        row.spoil(wanted);
        row.hide(unwanted);
        recover_lost(map, row.members, std::array{unwanted, wanted});
        ASSERT_TRUE(row.all_right()) << wanted << " without " << unwanted;
      }
    }
  }
}

TEST(ParityRecovery, ADataChunkComesFromQWhereTheReaderHasNoP) {
  Random random(7);
  RowMap map = make(6, 2, 6).row(4);
  Row row(random, map, 4096);
  int lost = map.role_of(2);
  row.spoil(lost);
  row.hide(map.p());
  recover_lost(map, row.members, std::array{lost});
  EXPECT_TRUE(row.all_right());
}

TEST(ParityRecovery, QIsNotNeededForOneDataChunk) {
  Random random(8);
  RowMap map = make(6, 10, 6).row(4);
  Row row(random, map, 4096);
  int lost = map.role_of(1);
  row.spoil(lost);
  row.hide(map.q());
  recover_lost(map, row.members, std::array{lost});
  EXPECT_TRUE(row.all_right());
}

TEST(ParityCheck, OneWrongByteAnywhereIsSeen) {
  Random random(9);
  for (const RowMap& map : some_rows()) {
    Row row(random, map, 3072);
    ParityCheck right = check_parity(map, row.members);
    ASSERT_TRUE(right.p && right.q);
    for (int role : {map.p(), map.q(), map.role_of(0)}) {
      if (role == RowMap::none) continue;
      auto& slices = row.slices[static_cast<std::size_t>(role)];
      Slice& slice = slices[random() % slices.size()];
      std::byte& byte = slice.room()[random() % slice.bytes];
      byte ^= std::byte{0x10};
      ParityCheck found = check_parity(map, row.members);
      ASSERT_EQ(found.p, role == map.q());
      ASSERT_EQ(found.q, role == map.p() || map.q() == RowMap::none);
      byte ^= std::byte{0x10};
    }
    row.hide(map.p());
    ASSERT_TRUE(check_parity(map, row.members).p);
  }
}

using ParityDeathTest = testing::Test;

TEST(ParityDeathTest, BrokenRulesOfTheCallerAreTheEnd) {
  Random random(10);
  RowMap map = make(5, 2, 4).row(0);
  Row row(random, map, 4096);
  Slice crooked(Page::allocate(), 8, 512);
  Slice short_slice(Page::allocate(), 0, 512);
  Slice odd_length(Page::allocate(), 0, 4088);
  Slice rest(Page::allocate(), 0, 8);
  auto with = [&](std::vector<Slice> data) {
    row.members[0] = data;
    compute_parity(map, row.members);
  };
  EXPECT_DEATH(with({crooked, crooked, crooked, crooked, crooked, crooked, crooked, crooked}),
               "A1");
  EXPECT_DEATH(with({short_slice}), "A1");
  EXPECT_DEATH(with({odd_length, rest}), "A1");
  EXPECT_DEATH(with({}), "A1");
  row.members[0] = row.slices[0];
  EXPECT_DEATH(recover_lost(map, row.members, std::array{0, 1}), "no more data are lost");
  EXPECT_DEATH(update_parity(map, map.p(), row.members[0], row.members[1], row.members[2], {}),
               "for a data chunk");
}

}  // namespace
}  // namespace holdfast::raid
