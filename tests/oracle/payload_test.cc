#include "oracle/payload.h"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include "oracle/observation.h"

namespace holdfast::oracle {
namespace {

using Sector = std::array<std::byte, sector_bytes>;

Sector sector_of(std::uint64_t run, WriteId write, std::uint32_t generation, std::uint64_t lba) {
  Sector sector;
  Payload(run).encode(write, generation, Lba(lba), sector);
  return sector;
}

TEST(Payload, NamesItsWrite) {
  Sector sector = sector_of(7, 41, 2, 37);
  Content content = Payload(7).decode(Lba(37), sector);
  EXPECT_EQ(content, Content::written(41));
  EXPECT_EQ(content.write(), 41u);
  EXPECT_EQ(content.text(), "write 41");
}

TEST(Payload, OfAnotherPlaceIsMisdirected) {
  Content content = Payload(7).decode(Lba(38), sector_of(7, 41, 2, 37));
  EXPECT_EQ(content, Content::misdirected(41, Lba(37)));
  EXPECT_EQ(content.write(), 41u);
  EXPECT_EQ(content.meant_for(), Lba(37));
  EXPECT_EQ(content.text(), "write 41 of sector 37");
}

TEST(Payload, OfAnotherRunIsForeignToThisOne) {
  EXPECT_EQ(Payload(8).decode(Lba(37), sector_of(7, 41, 2, 37)).kind(), Content::Kind::other_run);
}

TEST(Payload, ZerosAndOtherBytesAreToldApart) {
  Sector sector{};
  EXPECT_EQ(Payload(7).decode(Lba(0), sector), Content::zero());
  sector[511] = std::byte{1};
  Content one = Payload(7).decode(Lba(0), sector);
  EXPECT_EQ(one.kind(), Content::Kind::foreign);
  EXPECT_EQ(Payload(7).decode(Lba(9), sector), one) << "the same bytes are the same content";
  sector[511] = std::byte{2};
  EXPECT_NE(Payload(7).decode(Lba(0), sector), one);
}

TEST(Payload, EveryFlippedBitIsSeen) {
  Sector good = sector_of(7, 41, 2, 37);
  for (std::size_t byte = 0; byte < sector_bytes; ++byte)
    for (int bit = 0; bit < 8; ++bit) {
      Sector bad = good;
      bad[byte] ^= static_cast<std::byte>(1 << bit);
      Content content = Payload(7).decode(Lba(37), bad);
      ASSERT_TRUE(content.kind() == Content::Kind::damaged ||
                  content.kind() == Content::Kind::foreign)
          << "byte " << byte << " bit " << bit << ": " << content.text();
    }
}

TEST(Payload, HeadOfOneAndTailOfAnotherIsDamaged) {
  Sector mixed = sector_of(7, 41, 2, 37);
  Sector other = sector_of(7, 40, 2, 37);
  std::memcpy(mixed.data() + 256, other.data() + 256, 256);
  EXPECT_EQ(Payload(7).decode(Lba(37), mixed).kind(), Content::Kind::damaged);
}

TEST(Payload, ParityOfPayloadsIsNoPayload) {
  Sector a = sector_of(7, 1, 1, 0), b = sector_of(7, 2, 1, 8), c = sector_of(7, 3, 1, 16);
  Sector sum;
  for (std::size_t i = 0; i < sector_bytes; ++i) sum[i] = a[i] ^ b[i] ^ c[i];
  EXPECT_EQ(Payload(7).decode(Lba(0), sum).kind(), Content::Kind::foreign);
}

TEST(Observation, TakesSlicesThatCutSectors) {
  Sector first = sector_of(7, 1, 1, 4), second = sector_of(7, 1, 1, 5);
  Page page = Page::zeroed();
  std::memcpy(page.data() + 100, first.data(), 300);
  Page rest = Page::zeroed();
  std::memcpy(rest.data(), first.data() + 300, 212);
  std::memcpy(rest.data() + 212, second.data(), sector_bytes);
  std::vector<Slice> slices{Slice(page, 100, 300), Slice(rest, 0, 212 + sector_bytes)};
  Observation seen(Payload(7), Sectors(8));
  seen.add(Lba(4), slices);
  EXPECT_EQ(seen.at(Lba(4)), Content::written(1));
  EXPECT_EQ(seen.at(Lba(5)), Content::written(1));
  EXPECT_EQ(seen.at(Lba(6)), Content());
  EXPECT_FALSE(seen.is_complete());
  seen.unreadable(Extent(Lba(6), Sectors(2)));
  seen.add(Lba(0), zero_slices(4 * sector_bytes));
  EXPECT_TRUE(seen.is_complete());
}

}  // namespace
}  // namespace holdfast::oracle
