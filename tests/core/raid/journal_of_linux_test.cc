// Logs that Linux wrote, replayed.

#include <gtest/gtest.h>

#include "core/raid/journal/replay.h"
#include "tests/core/raid/journal_log_by_linux.h"
#include "tests/core/raid/memory_disk.h"

namespace holdfast::raid::journal {
namespace {

std::vector<std::byte> bytes_of_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

Seed seed_of(const tests::LinuxLog& log) {
  Uuid uuid;
  std::ranges::copy(bytes_of_hex(log.set_uuid), uuid.begin());
  return Seed(uuid);
}

std::vector<std::byte> bytes_of_page(const tests::LinuxPage& page) {
  std::vector<std::byte> pieces = bytes_of_hex(page.parity), bytes(block_bytes);
  for (std::uint32_t sector = 0; page.parity.empty() && sector < 8; ++sector) {
    for (std::uint32_t word :
         {tests::hash_of(page.block, page.generation), page.block, page.generation, sector}) {
      pieces.resize(pieces.size() + 4);
      store_le<std::uint32_t>(pieces, pieces.size() - 4, word);
    }
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pieces[i / 512 * 16 + i % 16];
  return bytes;
}

// Six members that hold zeros, and a log.
class JournalOfLinux : public testing::Test {
 protected:
  void put(const tests::LinuxLog& of) {
    geometry = *Geometry::make(of.level, 2, static_cast<std::uint64_t>(of.raid_disks),
                               Sectors(of.chunk_sectors), Sectors(of.member_sectors));
    for (const tests::LinuxUnit& unit : of.units) {
      std::size_t at = Sectors(unit.position).bytes();
      std::ranges::copy(bytes_of_hex(unit.meta), &log.bytes()[at]);
      for (const tests::LinuxPage& page : unit.pages)
        std::ranges::copy(bytes_of_page(page), &log.bytes()[at += block_bytes]);
    }
    std::vector<Member> by_role(6);
    for (std::size_t role = 0; role < by_role.size(); ++role) {
      disks.push_back(
          std::make_unique<tests::MemoryDisk>(executor, Sectors(of.member_sectors).bytes()));
      by_role[role].device = disks.back().get();
      by_role[role].state = role == absent ? MemberState::absent : MemberState::active;
    }
    members = std::make_unique<Members>(geometry, std::move(by_role), raid_rules, marks);
  }
  SurveyResult replay(const tests::LinuxLog& of) {
    put(of);
    std::optional<SurveyResult> answer;
    executor.spawn(survey_and_replay(seed_of(of), Lba(of.units[0].position), answer));
    executor.run_ready();
    check(answer.has_value(), "nobody is stuck");
    return std::move(*answer);
  }
  Task<> survey_and_replay(Seed seed, Lba tail, std::optional<SurveyResult>& answer) {
    auto found = co_await survey(ring, seed, geometry, tail, false, *members, rules, ports);
    if (found) {
      auto done = co_await journal::replay(*found, ring, seed, geometry, *members, rules, ports);
      EXPECT_TRUE(done);
    }
    answer.emplace(std::move(found));
  }
  bool holds(int role, Lba stripe, const tests::LinuxPage& page) {
    Bytes all(disks[static_cast<std::size_t>(role)]->bytes());
    auto found = all.subspan(Sectors(stripe.value).bytes(), block_bytes);
    return std::ranges::equal(found, bytes_of_page(page));
  }
  bool holds_data(const tests::LinuxPage& page) {
    ChunkPlace place = geometry.locate(Lba(std::uint64_t{page.block} * 8));
    return holds(geometry.row(place.row).role_of(place.index),
                 geometry.member_lba(place.row) + place.inside, page);
  }

  std::size_t absent = ~std::size_t{0};
  Executor executor;
  tests::StepClock clock{executor};
  tests::CountingEntropy entropy;
  tests::MarkBook marks;
  Ports ports{executor, clock, entropy, marks};
  JournalRules rules;
  RaidRules raid_rules;
  tests::MemoryDisk log{executor, 1024 * block_bytes};
  Ring ring{log, Lba(0), Sectors(1024 * 8)};
  Geometry geometry;
  std::vector<std::unique_ptr<tests::MemoryDisk>> disks;
  std::unique_ptr<Members> members;
};

TEST_F(JournalOfLinux, AWriteThroughLogIsReplayed) {
  const tests::LinuxLog& linux_log = tests::write_through_log;
  auto replayed = replay(linux_log);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(replayed->units, 3u);
  EXPECT_EQ(replayed->stripes, 13u);
  EXPECT_EQ(replayed->damaged, 0u);
  EXPECT_TRUE(replayed->data_only.empty());
  int data = 0;
  for (const tests::LinuxUnit& unit : linux_log.units) {
    for (std::size_t i = 0; i < unit.pages.size(); i += 3, ++data) {
      EXPECT_TRUE(holds_data(unit.pages[i]));
      ChunkPlace place = geometry.locate(Lba(std::uint64_t{unit.pages[i].block} * 8));
      RowMap row = geometry.row(place.row);
      Lba stripe = geometry.member_lba(place.row) + place.inside;
      EXPECT_TRUE(holds(row.p(), stripe, unit.pages[i + 1]));
      EXPECT_TRUE(holds(row.q(), stripe, unit.pages[i + 2]));
    }
  }
  EXPECT_EQ(data, 13);
}

TEST_F(JournalOfLinux, ADegradedWriteThroughLogIsReplayed) {
  absent = 2;
  auto replayed = replay(tests::write_through_log);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(replayed->stripes, 13u);
}

TEST_F(JournalOfLinux, AWriteBackLogHoldsDataWithoutParity) {
  auto replayed = replay(tests::write_back_log);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(replayed->units, 1u);
  for (auto& disk : disks) EXPECT_EQ(disk->writes, 0) << "parity is logged first";
  std::set<Lba> stripes;
  for (const tests::LinuxPage& page : tests::write_back_log.units[0].pages) {
    ChunkPlace place = geometry.locate(Lba(std::uint64_t{page.block} * 8));
    stripes.insert(geometry.member_lba(place.row) + place.inside);
  }
  std::set<Lba> found;
  for (const DataOnly::StripePage& page : replayed->data_only.pages()) found.insert(page.stripe);
  EXPECT_EQ(found, stripes);
}

TEST_F(JournalOfLinux, ADegradedWriteBackLogIsTakenUp) {
  absent = 2;
  auto replayed = replay(tests::write_back_log);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_FALSE(replayed->data_only.empty());
  for (auto& disk : disks) EXPECT_EQ(disk->writes, 0) << "parity is logged first";
}

}  // namespace
}  // namespace holdfast::raid::journal
