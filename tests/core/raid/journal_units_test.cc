#include "core/raid/journal/units.h"

#include "tests/core/raid/journal_units_log.h"

namespace holdfast::raid::journal {
namespace {

TEST(JournalUnits, StripesShareTheOpenUnit) {
  UnitsLog log(64, 5, 4);
  Batch one = log.placed(1), other = log.placed(2);
  EXPECT_EQ(one.first_unit, other.last_unit);
  Unit& unit = log.units.take_next();
  EXPECT_EQ(unit.blocks, 1u + 6u);
  EXPECT_EQ(unit.batches, 2u);
  EXPECT_FALSE(log.units.has_unwritten());
}

TEST(JournalUnits, AUnitIsItsMetaBlockAndThePagesInTheirOrder) {
  UnitsLog log(64, 6, 6);
  Batch batch = log.batch(2, 3);
  SliceList pages = batch.slices;
  std::vector<Lba> locations;
  for (const LoggedPage& page : batch.pages) locations.push_back(page.location);
  log.units.place(batch);
  Unit& unit = log.units.take_next();
  ASSERT_EQ(unit.bytes.size(), 1 + pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i)
    EXPECT_EQ(unit.bytes[i + 1].data(), pages[i].data());
  MetaBlock meta = log.meta_of(unit);
  EXPECT_EQ(meta.pages(), 10);
  ASSERT_EQ(meta.records.size(), 8u);
  for (std::size_t stripe : {0, 1}) {
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(meta.records[4 * stripe + i].kind, RecordKind::data);
      EXPECT_EQ(meta.records[4 * stripe + i].location, locations[5 * stripe + i]);
    }
    EXPECT_EQ(meta.records[4 * stripe + 3].kind, RecordKind::parity);
    EXPECT_EQ(meta.records[4 * stripe + 3].location, batch.stripes[stripe].sector);
  }
}

TEST(JournalUnits, NumbersRiseByOneAndUnitsAdjoin) {
  UnitsLog log(64, 5, 4);
  Sequence sequence(100);
  Lba position(8);
  for (int i = 0; i < 40; ++i) {
    Batch batch = log.placed(static_cast<std::uint64_t>(1 + i % 4), 1 + i % 3);
    EXPECT_EQ(batch.first_unit, sequence);
    Unit& unit = log.units.unit(batch.first_unit);
    EXPECT_EQ(unit.position, position);
    log.finish(batch);
    log.move_tail();
    EXPECT_EQ(log.units.tail(), unit.position);
    sequence = batch.last_unit + 1;
    position = log.ring.after(position, unit.blocks);
  }
}

TEST(JournalUnits, AUnitIsClosedWhenItIsTaken) {
  UnitsLog log(64, 5, 4);
  Batch first = log.placed(1);
  log.units.take_next();
  Batch second = log.placed(1);
  EXPECT_EQ(second.first_unit, first.first_unit + 1);
}

TEST(JournalUnits, AStripeWhoseRecordsDontFitOpensTheNext) {
  UnitsLog log(4096, 5, 4);
  std::uint64_t fit = (4096 - 32) / (20 + 20);
  Batch batch = log.placed(fit + 1);
  EXPECT_EQ(batch.last_unit, batch.first_unit + 1);
  Unit& full = log.units.unit(batch.first_unit);
  EXPECT_EQ(full.state, UnitState::closed);
  EXPECT_EQ(full.blocks, 1 + 2 * fit);
  EXPECT_EQ(log.units.unit(batch.last_unit).blocks, 3u);
}

TEST(JournalUnits, AStripeIsNeverCutBetweenTwoUnits) {
  for (int disks : {3, 4, 7, 30, 150, 203}) {
    UnitsLog log(1 << 14, 5, disks);
    Batch batch = log.placed(log.stripes_max(), disks - 1);
    while (log.units.has_unwritten()) {
      MetaBlock meta = log.meta_of(log.units.take_next());
      EXPECT_EQ(meta.pages() % disks, 0) << disks;
      EXPECT_EQ(meta.records.back().kind, RecordKind::parity);
    }
  }
}

TEST(JournalUnits, StatesFollowEachOther) {
  UnitsLog log(64, 5, 4);
  Batch batch = log.placed(1);
  Unit& unit = log.units.unit(batch.first_unit);
  EXPECT_EQ(unit.state, UnitState::open);
  EXPECT_EQ(&log.units.take_next(), &unit);
  EXPECT_EQ(unit.state, UnitState::writing);
  EXPECT_FALSE(log.units.has_unflushed(true));
  log.units.written(unit);
  EXPECT_EQ(unit.state, UnitState::written);
  EXPECT_TRUE(unit.bytes.empty()) << "its pages are the client's again";
  EXPECT_TRUE(log.units.has_unflushed(true));
  EXPECT_EQ(log.units.begin_flush(true), 1u);
  EXPECT_EQ(unit.state, UnitState::flushing);
  EXPECT_FALSE(log.units.has_unflushed(true));
  EXPECT_FALSE(unit.ended.is_set());
  log.units.logged();
  EXPECT_EQ(unit.state, UnitState::logged);
  EXPECT_TRUE(unit.ended.is_set());
  EXPECT_FALSE(unit.is_finished());
  log.units.release(batch);
  EXPECT_TRUE(unit.is_finished());
}

TEST(JournalUnits, AUnitThatIsNotWrittenHoldsBackTheOnesBehindIt) {
  UnitsLog log(64, 5, 4);
  Batch one = log.placed(1);
  Unit& first = log.units.take_next();
  Batch two = log.placed(1);
  Unit& second = log.units.take_next();
  log.units.written(second);
  EXPECT_FALSE(log.units.has_unflushed(true));
  EXPECT_TRUE(log.units.has_unflushed(false));
  EXPECT_EQ(log.units.begin_flush(true), 0u);
  log.units.logged();
  EXPECT_EQ(second.state, UnitState::written);
  log.units.written(first);
  EXPECT_EQ(log.units.begin_flush(true), 2u) << "one flush for both";
  log.units.logged();
  EXPECT_EQ(first.state, UnitState::logged);
  EXPECT_EQ(second.state, UnitState::logged);
}

TEST(JournalUnits, AUnitThatArrivesDuringAFlushWaitsForTheNext) {
  UnitsLog log(64, 5, 4);
  Batch one = log.placed(1);
  log.units.written(log.units.take_next());
  log.units.begin_flush(true);
  Batch two = log.placed(1);
  log.units.written(log.units.take_next());
  log.units.logged();
  EXPECT_EQ(log.units.unit(one.last_unit).state, UnitState::logged);
  EXPECT_EQ(log.units.unit(two.last_unit).state, UnitState::written);
  EXPECT_TRUE(log.units.has_unflushed(true));
}

TEST(JournalUnits, AUnitIsFinishedWhenItsLastBatchIsReleased) {
  UnitsLog log(64, 5, 4);
  Batch one = log.placed(1), two = log.placed(1);
  log.finish(two);
  EXPECT_FALSE(log.units.reclaimable());
  EXPECT_FALSE(log.units.all_released());
  log.units.release(one);
  EXPECT_TRUE(log.units.reclaimable());
  EXPECT_TRUE(log.units.all_released());
}

TEST(JournalUnits, TheTailStopsBehindTheFirstUnfinishedUnit) {
  UnitsLog log(64, 5, 4);
  std::deque<Batch> batches;
  for (int i = 0; i < 4; ++i) {
    batches.push_back(log.placed(1));
    log.log_all();
  }
  log.units.release(batches[0]);
  log.units.release(batches[1]);
  log.units.release(batches[3]);
  auto target = log.units.reclaimable();
  ASSERT_TRUE(target);
  EXPECT_EQ(target->sequence, batches[1].last_unit);
  EXPECT_EQ(log.units.reclaimable_blocks(), 1u + 3u) << "the recovered block and one unit";
  log.units.forget_before(*target);
  EXPECT_EQ(log.units.tail(), log.units.unit(batches[1].last_unit).position);
  EXPECT_EQ(log.units.used_blocks(), 3u * 3u);
  EXPECT_FALSE(log.units.reclaimable()) << "U2: the last finished one stays";
}

TEST(JournalUnits, WhatIsNotLoggedFails) {
  UnitsLog log(64, 5, 4);
  std::deque<Batch> batches;
  for (int i = 0; i < 4; ++i) {
    batches.push_back(log.placed(1));
    log.units.take_next();
  }
  batches.push_back(log.placed(1));
  auto unit = [&](std::size_t i) -> Unit& { return log.units.unit(batches[i].last_unit); };
  log.units.written(unit(0));
  log.units.begin_flush(true);
  log.units.logged();
  log.units.written(unit(1));
  log.units.begin_flush(true);
  log.units.written(unit(2));
  log.units.fail_unlogged();
  EXPECT_EQ(unit(0).state, UnitState::logged);
  EXPECT_EQ(unit(1).state, UnitState::failed) << "was being flushed";
  EXPECT_EQ(unit(2).state, UnitState::failed) << "was written";
  EXPECT_EQ(unit(3).state, UnitState::writing) << "its pages are still read";
  EXPECT_FALSE(unit(3).ended.is_set());
  EXPECT_EQ(unit(4).state, UnitState::failed) << "was open";
  EXPECT_TRUE(unit(4).ended.is_set());
  EXPECT_FALSE(log.units.has_unwritten());
  log.units.written(unit(3));
  EXPECT_EQ(unit(3).state, UnitState::failed);
  EXPECT_TRUE(unit(3).ended.is_set());
  EXPECT_FALSE(log.units.all_released());
  log.units.release(batches[0]);
  EXPECT_TRUE(log.units.all_released());
}

TEST(JournalUnitsDeathTest, ABatchIsReleasedOnceAndNotInFrontOfItsEnd) {
  UnitsLog log(64, 5, 4);
  Batch batch = log.placed(1);
  EXPECT_DEATH(log.units.release(batch), "a batch is released once");
  log.finish(batch);
  EXPECT_DEATH(log.units.release(batch), "a batch is released once");
}

}  // namespace
}  // namespace holdfast::raid::journal
