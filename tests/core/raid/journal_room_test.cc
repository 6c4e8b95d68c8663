// Room in the ring: what fits, and that nobody waits for it for ever.

#include <list>

#include "tests/core/raid/journal_units_log.h"

namespace holdfast::raid::journal {
namespace {

TEST(JournalRoom, AUnitTakesLessThanHalfOfTheRing) {
  for (std::uint64_t blocks : {11u, 12u, 13u, 20u, 21u, 40u}) {
    UnitsLog log(blocks, 5, 4);
    while (log.units.has_room(log.batch(1), 0)) log.placed(1);
    while (log.units.has_unwritten()) {
      Unit& unit = log.units.take_next();
      EXPECT_LT(unit.blocks * 2, blocks);
    }
  }
}

TEST(JournalRoom, TheSmallestRingIsUsedToItsLastBlockButOne) {
  for (int disks : {3, 4, 5, 16, 203}) {
    UnitsLog log(ring_blocks_min(disks), 5, disks);
    ASSERT_EQ(log.stripes_max(), 1u);
    Batch first = log.placed(1, disks - 1);
    EXPECT_FALSE(log.units.has_room(log.batch(1, disks - 1), 0)) << "the recovered block stays";
    log.finish(first);
    EXPECT_FALSE(log.units.has_room(log.batch(1, disks - 1), 0));
    log.move_tail();
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(log.units.has_room(log.batch(1, disks - 1), 0)) << disks;
      Batch next = log.placed(1, disks - 1);
      EXPECT_EQ(log.units.used_blocks(), log.ring.blocks() - 1) << "all but one";
      EXPECT_FALSE(log.units.has_room(log.batch(1), 0));
      log.finish(next);
      log.move_tail();
    }
  }
}

TEST(JournalRoom, TheLargestBatchFitsBesideAFinishedOne) {
  for (int level : {5, 6}) {
    for (int disks = 4; disks <= raid_disks_max; disks += disks < 12 ? 1 : 19) {
      std::uint64_t least = ring_blocks_min(disks);
      for (std::uint64_t blocks = least; blocks < least + 300; blocks += 1 + blocks % 7) {
        UnitsLog log(blocks, level, disks);
        int data = log.geometry.data_disks();
        std::uint64_t stripes = log.stripes_max();
        log.finish(log.placed(std::min<std::uint64_t>(stripes, 1 + blocks % 5), data));
        log.move_tail();
        ASSERT_TRUE(log.units.has_room(log.batch(stripes, data), 0))
            << blocks << " blocks, " << disks << " disks, " << stripes << " stripes";
      }
    }
  }
}

TEST(JournalRoom, LargeRingsTakeBatchesOfAboutEightMebibytes) {
  UnitsLog log(1 << 20, 5, 4);
  std::uint64_t bytes = log.stripes_max() * 4 * block_bytes;
  EXPECT_LE(bytes, 8u << 20);
  EXPECT_GE(bytes, 7u << 20);
}

// Clients come with batches of any size, units take their way in any order: nobody waits for ever, and no block is used
// again as long as it is needed.
class AnyMixOfBatches : public testing::Test {
 protected:
  static constexpr int batches = 300;

  void run(UnitsLog& log) {
    std::uint64_t placed = 0;
    std::list<Batch> logged;
    std::optional<Batch> waiting(next_batch(log));
    std::list<Batch> on_their_way;
    std::deque<Unit*> writing;
    while (placed < batches) {
      bool can_place = log.units.has_room(*waiting, 0);
      if (can_place && random() % 3 != 0) {
        log.units.place(*waiting);
        on_their_way.push_back(std::move(*waiting));
        waiting.emplace(next_batch(log));
        ++placed;
        demand_disjoint(log, on_their_way, logged);
        continue;
      }
      ASSERT_TRUE(can_place || !on_their_way.empty() || !logged.empty() || log.units.reclaimable())
          << "deadlock: " << log.ring.blocks() << " blocks, " << log.geometry.raid_disks
          << " disks, " << waiting->stripes.size() << " stripes wait, " << log.units.used_blocks()
          << " blocks are used";
      if (log.units.has_unwritten() && writing.size() < 16)
        writing.push_back(&log.units.take_next());
      if (!writing.empty() && random() % 2 == 0) {
        auto any = std::next(writing.begin(), random() % writing.size());
        log.units.written(**any);
        writing.erase(any);
      }
      if (log.units.has_unflushed(true) && random() % 2 == 0) {
        log.units.begin_flush(true);
        log.units.logged();
        while (!on_their_way.empty() &&
               log.units.unit(on_their_way.front().last_unit).state == UnitState::logged) {
          logged.push_back(std::move(on_their_way.front()));
          on_their_way.pop_front();
        }
      }
      if (!logged.empty() && random() % 2 == 0) {
        auto any = std::next(logged.begin(), random() % logged.size());
        log.units.release(*any);
        logged.erase(any);
      }
      if (random() % 4 == 0) log.move_tail();
    }
  }

  Batch next_batch(UnitsLog& log) {
    Batch batch(log.geometry, log.seed);
    std::uint64_t most = log.stripes_max();
    std::uint64_t stripes = random() % 4 == 0 ? most : 1 + random() % most;
    bool is_mixed = random() % 2 == 0;
    auto data = static_cast<unsigned>(log.geometry.data_disks());
    for (std::uint64_t i = 0; i < stripes; ++i)
      log.add_stripe(batch, static_cast<int>(is_mixed ? 1 + random() % data : data));
    return batch;
  }

  // From the tail to the head every block has one owner.
  void demand_disjoint(UnitsLog& log, const std::list<Batch>& on_their_way,
                       const std::list<Batch>& logged) {
    ASSERT_LT(log.units.used_blocks(), log.ring.blocks());
    for (const std::list<Batch>* all : {&on_their_way, &logged}) {
      for (const Batch& batch : *all) {
        for (Sequence at = batch.first_unit; at <= batch.last_unit; at = at + 1) {
          Unit& unit = log.units.unit(at);
          std::uint64_t from_tail = log.ring.distance(log.units.tail(), unit.position);
          ASSERT_LE(from_tail + unit.blocks, log.units.used_blocks());
          if (at > batch.first_unit) {
            Unit& before = log.units.unit(Sequence(at.value - 1));
            ASSERT_EQ(log.ring.after(before.position, before.blocks), unit.position);
          }
        }
      }
    }
  }

  unsigned random() { return static_cast<unsigned>(random_()); }
  std::mt19937 random_{1};
};

TEST_F(AnyMixOfBatches, FindsRoomInTheEnd) {
  for (int i = 0; i < 100; ++i) {
    int level = random() % 2 == 0 ? 5 : 6;
    auto disks = static_cast<int>(4 + (random() % 4 == 0 ? random() % 40 : random() % 6));
    std::uint64_t least = ring_blocks_min(disks);
    UnitsLog log(least + (random() % 3 == 0 ? 0 : random() % (4 * least)), level, disks);
    ASSERT_NO_FATAL_FAILURE(run(log));
  }
}

TEST(JournalRoomDeathTest, ABatchWithoutRoomIsNotPlaced) {
  UnitsLog log(11, 5, 4);
  log.placed(1, 3);
  Batch next = log.batch(1, 3);
  EXPECT_DEATH(log.units.place(next), "U4");
}

}  // namespace
}  // namespace holdfast::raid::journal
