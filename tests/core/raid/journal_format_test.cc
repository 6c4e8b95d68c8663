#include "core/raid/journal/format.h"

#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "core/base/checksum.h"
#include "tests/core/raid/journal_blocks_by_linux.h"

namespace holdfast::raid::journal {
namespace {

std::vector<std::byte> bytes_of_hex(std::string_view hex, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i * 2 < hex.size(); ++i)
    bytes[i] = static_cast<std::byte>(std::stoi(std::string(hex.substr(i * 2, 2)), nullptr, 16));
  return bytes;
}

struct Fixture {
  explicit Fixture(const tests::LinuxMetaBlock& of)
      : linux_block(of),
        geometry(*Geometry::make(of.level, 2, static_cast<std::uint64_t>(of.raid_disks),
                                 Sectors(128), Sectors(of.member_sectors))),
        seed(uuid_of(of)),
        block(bytes_of_hex(of.bytes, block_bytes)) {}

  static Uuid uuid_of(const tests::LinuxMetaBlock& of) {
    Uuid uuid;
    auto bytes = bytes_of_hex(of.set_uuid, uuid.size());
    std::copy(bytes.begin(), bytes.end(), uuid.begin());
    return uuid;
  }
  MetaRead read(std::optional<Sequence> expected = {}) const {
    return decode_meta_block(block, seed, geometry, Lba(linux_block.position), expected);
  }
  void mend_checksum() {
    std::memset(block.data() + 4, 0, 4);
    store_le<std::uint32_t>(block, 4, crc32c(seed.value, block));
  }

  const tests::LinuxMetaBlock& linux_block;
  Geometry geometry;
  Seed seed;
  std::vector<std::byte> block;
};

class BlocksOfLinux : public testing::TestWithParam<const tests::LinuxMetaBlock*> {};

TEST_P(BlocksOfLinux, AreReadAndWrittenByteForByte) {
  Fixture linux_made(*GetParam());
  MetaRead read = linux_made.read();
  ASSERT_TRUE(read.block);
  EXPECT_FALSE(read.problem);
  EXPECT_EQ(read.block->pages(), GetParam()->pages);
  EXPECT_EQ(static_cast<int>(read.block->records.size()), GetParam()->records);

  MetaBlockWriter writer(linux_made.seed, read.block->sequence, read.block->position);
  for (const Record& record : read.block->records) {
    if (record.kind == RecordKind::flush)
      writer.flush(record.location);
    else if (record.kind == RecordKind::data)
      writer.data(record.location, record.checksums[0]);
    else if (record.pages == 1)
      writer.parity(record.location, record.checksums[0]);
    else
      writer.parity(record.location, record.checksums[0], record.checksums[1]);
  }
  EXPECT_EQ(writer.pages(), GetParam()->pages);
  Page ours = writer.finish();
  EXPECT_EQ(std::memcmp(ours.data(), linux_made.block.data(), block_bytes), 0);
}

TEST_P(BlocksOfLinux, AnyFlippedBitIsNoMetaBlock) {
  Fixture linux_made(*GetParam());
  Sequence expected = linux_made.read().block->sequence;
  for (std::size_t bit = 0; bit < block_bytes * 8; ++bit) {
    linux_made.block[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    MetaRead read = linux_made.read(expected);
    ASSERT_FALSE(read.block) << "bit " << bit;
    ASSERT_TRUE(read.problem);
    linux_made.block[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
  }
}

// Somebody else's writer, or a bug: checksums hold, records don't.
TEST_P(BlocksOfLinux, AnyByteChangedUnderARightChecksumIsReadSafely) {
  Fixture linux_made(*GetParam());
  auto size = linux_made.read().block->records.empty()
                  ? header_bytes
                  : load_le<std::uint32_t>(linux_made.block, 12);
  std::mt19937 random(1);
  for (std::size_t at = header_bytes; at < size; ++at) {
    auto before = linux_made.block;
    linux_made.block[at] = static_cast<std::byte>(random());
    linux_made.mend_checksum();
    MetaRead read = linux_made.read();
    ASSERT_TRUE(read.block);
    for (const Record& record : read.block->records) {
      bool is_data = record.kind == RecordKind::data;
      Sectors space = is_data ? linux_made.geometry.capacity() : linux_made.geometry.member_sectors;
      ASSERT_LT(record.location.value, space.value);
      ASSERT_LE(record.pages, 2);
    }
    linux_made.block = before;
  }
}

INSTANTIATE_TEST_SUITE_P(JournalFormat, BlocksOfLinux,
                         testing::Values(&tests::raid5_write_through, &tests::raid6_write_through,
                                         &tests::raid5_write_back));

class JournalFormat : public testing::Test {
 protected:
  // The problem that a changed field makes, its checksum mended.
  template <class T>
  std::string problem_with(std::size_t at, T value) {
    Fixture changed(tests::raid6_write_through);
    store_le<T>(changed.block, at, value);
    changed.mend_checksum();
    MetaRead read = changed.read();
    return read.problem ? read.problem->field : "none";
  }
};

TEST_F(JournalFormat, AWrongFieldIsNamed) {
  EXPECT_EQ(problem_with<std::uint32_t>(0, 1), "magic");
  EXPECT_EQ(problem_with<std::uint8_t>(8, 2), "version");
  EXPECT_EQ(problem_with<std::uint32_t>(12, 4097), "meta_size");
  EXPECT_EQ(problem_with<std::uint32_t>(12, 31), "meta_size");
  EXPECT_EQ(problem_with<std::uint32_t>(12, 33), "record");
  EXPECT_EQ(problem_with<std::uint32_t>(12, 51), "record");
  EXPECT_EQ(problem_with<std::uint64_t>(24, 8), "position");
  EXPECT_EQ(problem_with<std::uint16_t>(32, 3), "record type");
  EXPECT_EQ(problem_with<std::uint32_t>(36, 16), "data size");
  EXPECT_EQ(problem_with<std::uint64_t>(40, 65536), "location");
  EXPECT_EQ(problem_with<std::uint64_t>(40, 9), "location");
  EXPECT_EQ(problem_with<std::uint32_t>(56, 8), "parity size");
  EXPECT_EQ(problem_with<std::uint64_t>(60, 16384), "location");
}

TEST_F(JournalFormat, ABlockOfAnotherSequenceIsNotThisOne) {
  Fixture linux_made(tests::raid5_write_through);
  Sequence sequence = linux_made.read().block->sequence;
  EXPECT_TRUE(linux_made.read(sequence).block);
  EXPECT_EQ(linux_made.read(sequence + 1).problem->field, "seq");
}

TEST_F(JournalFormat, ABlockOfAnotherArrayIsNoMetaBlock) {
  Fixture linux_made(tests::raid5_write_through);
  linux_made.seed = Fixture(tests::raid5_write_back).seed;
  EXPECT_EQ(linux_made.read().problem->field, "checksum");
}

TEST_F(JournalFormat, AnEmptyBlockIsAUnitWithoutPages) {
  Fixture any(tests::raid5_write_through);
  MetaBlockWriter writer(any.seed, Sequence(7), Lba(0));
  EXPECT_TRUE(writer.is_empty());
  Page block = writer.finish();
  MetaRead read = decode_meta_block(block.bytes(), any.seed, any.geometry, Lba(0), Sequence(7));
  ASSERT_TRUE(read.block);
  EXPECT_EQ(read.block->pages(), 0);
}

}  // namespace
}  // namespace holdfast::raid::journal
