#include "core/raid/journal/scan.h"

#include <gtest/gtest.h>

#include "tests/core/raid/journal_log.h"

namespace holdfast::raid::journal {
namespace {

using Kind = ScanStep::Kind;

// Sixty-four blocks; units of one stripe of RAID-5 with one page of data have three.
class JournalScan : public testing::Test {
 protected:
  explicit JournalScan(WorldShape shape = {}) : world(shape), log(world) {}

  void tail_at(Lba tail) {
    scan.emplace(world.journal->ring(), world.seed, world.geometry, world.journal_rules, tail);
  }
  ScanStep next() {
    if (!scan) tail_at(Lba(0));
    auto step = world.run(scan->next());
    EXPECT_TRUE(step) << name_of(step.error().kind);
    return std::move(*step);
  }
  std::string kinds() {
    std::string all;
    for (;;) {
      ScanStep step = next();
      all += step.kind == Kind::unit ? 'u' : step.kind == Kind::damaged ? 'd' : 's';
      if (step.kind == Kind::end) return all.substr(0, all.size() - 1);
    }
  }
  void spoil(Lba block) { world.block_at(block)[100] ^= std::byte{1}; }
  void make_unreadable(Lba block) {
    world.log().unreadable.insert(JournalWorld::data_offset.value + block.value + 3);
  }

  JournalWorld world;
  LogWriter log;
  std::optional<Scan> scan;
};

TEST_F(JournalScan, FromTheTailUnitAfterUnit) {
  log.unit(Lba(0), 1);
  log.data(Lba(32), 7).data(Lba(64), 8).parity(Lba(0), 9).flush(Lba(8)).end_unit();
  log.unit(Lba(8), 3);
  ScanStep first = next();
  EXPECT_EQ(first.kind, Kind::unit);
  EXPECT_EQ(first.meta.sequence, Sequence(1000));
  EXPECT_EQ(first.position, Lba(0));
  ScanStep second = next();
  EXPECT_EQ(second.kind, Kind::unit);
  EXPECT_EQ(second.position, Lba(24));
  ASSERT_EQ(second.pages.size(), 3u);
  for (unsigned i = 0; i < 3; ++i) {
    auto expected = pattern(block_bytes, 7 + i);
    EXPECT_EQ(std::memcmp(second.pages[i].data(), expected.data(), block_bytes), 0);
  }
  EXPECT_EQ(next().kind, Kind::unit);
  EXPECT_EQ(next().kind, Kind::end);
  EXPECT_EQ(next().kind, Kind::end) << "again";
  EXPECT_EQ(scan->position(), log.end());
  EXPECT_EQ(scan->expected(), log.next());
  EXPECT_EQ(scan->passed_blocks(), 3u + 4u + 3u);
}

TEST_F(JournalScan, NothingAtTheTailIsTheEnd) {
  std::fill_n(world.block_at(Lba(0)).begin(), block_bytes, std::byte{0});
  ScanStep step = next();
  EXPECT_EQ(step.kind, Kind::end);
  ASSERT_TRUE(step.problem);
  EXPECT_EQ(step.problem->field, "magic");
  EXPECT_FALSE(scan->expected());
}

TEST_F(JournalScan, AnyNumberMayStandAtTheTailAndOnlyTheNextBehindIt) {
  log.unit(Lba(0), 1);
  log.skip_numbers(1);
  Lba second = log.unit(Lba(8), 3);
  log.unit(Lba(16), 5);
  EXPECT_EQ(kinds(), "u");
  EXPECT_EQ(scan->position(), second);
  tail_at(second);
  EXPECT_EQ(kinds(), "uu");
}

TEST_F(JournalScan, AStaleUnitIsTheEnd) {
  Lba first = log.unit(Lba(0), 1);
  LogWriter stale(world, log.end(), Sequence(990));
  stale.unit(Lba(8), 3);
  EXPECT_EQ(kinds(), "u");
  EXPECT_EQ(first, Lba(0));
}

TEST_F(JournalScan, AUnitWithATornPageIsDamagedAndTheNextIsMet) {
  log.unit(Lba(0), 1);
  Lba damaged = log.unit(Lba(8), 3);
  log.unit(Lba(16), 5);
  spoil(damaged + Sectors(16));
  next();
  ScanStep step = next();
  EXPECT_EQ(step.kind, Kind::damaged);
  EXPECT_EQ(step.position, damaged);
  EXPECT_EQ(step.meta.records.size(), 2u) << "who is concerned is known";
  ASSERT_EQ(step.pages.size(), 2u);
  EXPECT_TRUE(step.pages[0]);
  EXPECT_FALSE(step.pages[1]);
  EXPECT_FALSE(step.is_unreadable);
  ASSERT_TRUE(step.problem);
  EXPECT_EQ(step.problem->field, "checksum of page 2");
  EXPECT_EQ(step.problem->offset, 2u * block_bytes);
  EXPECT_EQ(kinds(), "u");
}

TEST_F(JournalScan, AUnitWithAnUnreadablePageIsDamaged) {
  log.unit(Lba(0), 1);
  Lba damaged = log.unit(Lba(8), 3);
  log.unit(Lba(16), 5);
  make_unreadable(damaged + Sectors(8));
  next();
  ScanStep step = next();
  EXPECT_EQ(step.kind, Kind::damaged);
  EXPECT_FALSE(step.pages[0]);
  EXPECT_TRUE(step.pages[1]);
  EXPECT_TRUE(step.is_unreadable);
  EXPECT_EQ(kinds(), "u");
}

TEST_F(JournalScan, ATornMetaBlockIsTheEnd) {
  log.unit(Lba(0), 1);
  Lba torn = log.unit(Lba(8), 3);
  log.unit(Lba(16), 5);
  spoil(torn);
  EXPECT_EQ(kinds(), "u");
  EXPECT_EQ(scan->position(), torn);
  EXPECT_EQ(scan->expected(), Sequence(1001));
}

TEST_F(JournalScan, AnUnreadableMetaBlockIsSkipped) {
  log.unit(Lba(0), 1);
  Lba lost = log.unit(Lba(8), 3);
  Lba later = log.unit(Lba(16), 5);
  log.unit(Lba(24), 7);
  make_unreadable(lost);
  next();
  ScanStep step = next();
  EXPECT_EQ(step.kind, Kind::skipped);
  EXPECT_TRUE(step.is_unreadable);
  EXPECT_EQ(step.position, lost);
  EXPECT_EQ(scan->position(), later);
  EXPECT_EQ(kinds(), "uu");
  EXPECT_EQ(scan->passed_blocks(), 12u);
}

TEST_F(JournalScan, ManyUnreadableBlocksAreSkippedTogether) {
  log.unit(Lba(0), 1);
  Lba lost = log.unit(Lba(8), 3);
  log.unit(Lba(16), 5);
  Lba later = log.unit(Lba(24), 7);
  for (Lba block = lost; block < later; block += block_sectors) make_unreadable(block);
  EXPECT_EQ(kinds(), "usu");
}

TEST_F(JournalScan, AnUnreadableBlockBehindTheLastUnitIsTheEnd) {
  log.unit(Lba(0), 1);
  LogWriter stale(world, log.end() + Sectors(8), Sequence(900));
  for (unsigned i = 0; i < 10; ++i) stale.unit(Lba(8), 3);
  make_unreadable(log.end());
  EXPECT_EQ(kinds(), "u");
  EXPECT_EQ(scan->position(), log.end());
  EXPECT_EQ(scan->expected(), log.next());
}

TEST_F(JournalScan, ALaterUnitHasAHigherNumberThanTheLostOne) {
  log.unit(Lba(0), 1);
  make_unreadable(log.end());
  LogWriter same(world, log.end() + Sectors(8), log.next());
  same.unit(Lba(8), 3);
  EXPECT_EQ(kinds(), "u") << "the number that the lost one has";
}

TEST_F(JournalScan, ALaterUnitIsNoFurtherThanTheRingHasBlocks) {
  for (std::uint64_t beyond : {0u, 1u}) {
    log.unit(Lba(0), 1);
    make_unreadable(log.end());
    LogWriter far(world, log.end() + Sectors(8), log.next() + (world.shape.ring_blocks + beyond));
    far.unit(Lba(8), 3);
    tail_at(Lba(0));
    EXPECT_EQ(kinds(), beyond ? "u" : "usu");
    log = LogWriter(world);
  }
}

TEST_F(JournalScan, AnUnreadableTailIsTheEnd) {
  Lba tail = log.unit(Lba(0), 1);
  log.unit(Lba(8), 3);
  make_unreadable(tail);
  ScanStep step = next();
  EXPECT_EQ(step.kind, Kind::end);
  EXPECT_TRUE(step.is_unreadable);
  EXPECT_FALSE(scan->expected());
}

TEST_F(JournalScan, ARecordOutsideTheArrayMakesItsUnitSkipped) {
  log.unit(Lba(0), 1);
  log.data(Lba(world.geometry.capacity().value), 3).end_unit();
  log.unit(Lba(16), 5);
  next();
  ScanStep step = next();
  EXPECT_EQ(step.kind, Kind::skipped);
  EXPECT_FALSE(step.is_unreadable);
  EXPECT_EQ(step.problem->field, "location");
  EXPECT_EQ(kinds(), "u");
}

TEST_F(JournalScan, WithoutTheRuleAMediaErrorEndsTheLog) {
  world.journal_rules.go_on_after_media_errors = false;
  log.unit(Lba(0), 1);
  make_unreadable(log.unit(Lba(8), 3));
  log.unit(Lba(16), 5);
  EXPECT_EQ(kinds(), "u");
}

TEST_F(JournalScan, GoesRoundTheRingOnce) {
  Lba tail(8 * 50);
  log = LogWriter(world, tail);
  for (unsigned i = 0; i < 21; ++i) log.unit(Lba(8), 2 * i);
  log.end_unit();  // the sixty-fourth block
  EXPECT_EQ(log.end(), tail);
  tail_at(tail);
  EXPECT_EQ(kinds(), std::string(22, 'u'));
  EXPECT_EQ(scan->passed_blocks(), 64u);
  EXPECT_EQ(next().kind, Kind::end);
}

TEST_F(JournalScan, AUnitAcrossTheRingsEndIsOneUnit) {
  for (std::uint64_t block : {62, 63}) {
    log = LogWriter(world, Lba(8 * block));
    log.unit(Lba(8), 2);
    log.unit(Lba(16), 4);
    tail_at(Lba(8 * block));
    EXPECT_EQ(kinds(), "uu");
  }
}

TEST_F(JournalScan, AUnitThatIsLongerThanWhatIsLeftIsNone) {
  Lba tail(8 * 61);
  log = LogWriter(world, tail);
  for (unsigned i = 0; i < 21; ++i) log.unit(Lba(8), 2 * i);
  std::vector<std::byte> block(world.block_at(tail).begin(), world.block_at(tail).end());
  log.data(Lba(8), 1).end_unit();
  std::copy(block.begin(), block.end(), world.block_at(tail).begin());  // where its page would be
  tail_at(tail);
  EXPECT_EQ(kinds(), std::string(21, 'u'));
}

TEST_F(JournalScan, AnErrorThatIsNotTheMediumsIsToldAsIs) {
  log.unit(Lba(0), 1);
  world.log().fault = [](Command, Extent) { return IoErrorKind::timeout; };
  tail_at(Lba(0));
  auto step = world.run(scan->next());
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().kind, IoErrorKind::timeout);
}

TEST_F(JournalScan, AnErrorInABlockByBlockReadIsToldAsIs) {
  log.unit(Lba(0), 1);
  world.log().fault = [](Command, Extent extent) -> std::optional<IoErrorKind> {
    if (extent.count > block_sectors) return IoErrorKind::media;
    return extent.first.value == 32 + 16 ? std::optional(IoErrorKind::gone) : std::nullopt;
  };
  tail_at(Lba(0));
  auto step = world.run(scan->next());
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().kind, IoErrorKind::gone);
}

// Three thousand blocks.
class LongJournalScan : public JournalScan {
 protected:
  LongJournalScan() : JournalScan({.ring_blocks = 3000}) {
    world.log().before_read = [this](MutablePages into) {
      for (const Slice& slice : into) touched.insert(slice.page.data());
    };
  }
  std::set<const std::byte*> touched;  // pages that blocks of the log were read into
};

TEST_F(LongJournalScan, ReadsInLargePiecesAndHoldsFewBlocks) {
  for (int i = 0; i < 999; ++i) log.unit(Lba(8), 1);
  tail_at(Lba(0));
  world.log().reads = 0;
  EXPECT_EQ(kinds(), std::string(999, 'u'));
  EXPECT_LE(world.log().reads, 12);
  EXPECT_LE(touched.size(), 1024u);
}

TEST_F(LongJournalScan, HoldsFewBlocksAlsoWhenItLooksForALaterUnit) {
  log.unit(Lba(0), 1);
  make_unreadable(log.end());
  Lba later(8 * 2900);
  LogWriter(world, later, log.next() + 1).unit(Lba(8), 1);
  tail_at(Lba(0));
  EXPECT_EQ(kinds(), "usu");
  EXPECT_EQ(scan->passed_blocks(), 2903u);
  EXPECT_LE(touched.size(), 1024u);
}

}  // namespace
}  // namespace holdfast::raid::journal
