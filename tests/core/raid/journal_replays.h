// A log that was written by hand, and the members that it is replayed to.
#pragma once

#include <gmock/gmock.h>

#include "tests/core/raid/journal_log.h"

namespace holdfast::raid::journal {

// Members hold zeros; the log is written by hand, from the tail at 0 on.
class JournalReplay : public testing::Test {
 protected:
  explicit JournalReplay(WorldShape shape = {}) : world(shape), log(world) {
    for (int role = 0; role < shape.members; ++role)
      world.member(role).data_offset = JournalWorld::data_offset;
    world.metadata->resynced_to(Metadata::everything);
  }

  // An array that was used: an invalid tail is a loss.
  void use_array() {
    ASSERT_TRUE(world.run(world.metadata->record()));
    world.assemble();
    world.story.clear();
  }
  Survey replay() {
    auto replayed = world.replay();
    EXPECT_TRUE(replayed) << replayed.error().message;
    return replayed ? *replayed : Survey();
  }
  OpenError refusal() {
    auto replayed = world.replay();
    EXPECT_FALSE(replayed);
    return replayed ? OpenError(OpenError::Kind::io, "") : replayed.error();
  }
  MutableBytes data_page(Lba array_sector) {
    ChunkPlace place = world.geometry.locate(array_sector);
    return world.page_of(world.geometry.row(place.row).role_of(place.index),
                         stripe_of(array_sector));
  }
  Lba stripe_of(Lba array_sector) {
    ChunkPlace place = world.geometry.locate(array_sector);
    return world.geometry.member_lba(place.row) + place.inside;
  }
  RowMap row_of(Lba stripe) {
    return world.geometry.row(Sectors(stripe.value) / world.geometry.chunk);
  }
  MutableBytes parity_page(Lba stripe) { return world.page_of(row_of(stripe).p(), stripe); }
  MutableBytes q_page(Lba stripe) { return world.page_of(row_of(stripe).q(), stripe); }
  static bool holds(Bytes page, unsigned seed) {
    auto expected = pattern(block_bytes, seed);
    return std::equal(page.begin(), page.end(), expected.begin());
  }
  void spoil(Lba block) { world.block_at(block)[100] ^= std::byte{1}; }
  void make_unreadable(Lba block) {
    world.log().unreadable.insert(JournalWorld::data_offset.value + block.value);
  }
  bool members_are_untouched() {
    for (int role = 0; role < world.shape.members; ++role)
      if (!all_zero(Bytes(world.member(role).bytes()).subspan(16 << 10))) return false;
    return true;
  }

  JournalWorld world;
  LogWriter log;
};

}  // namespace holdfast::raid::journal
