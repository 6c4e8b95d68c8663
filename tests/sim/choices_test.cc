#include "sim/choices.h"

#include <array>
#include <set>

#include <gtest/gtest.h>

#include "sim/byte_choices.h"
#include "tests/sim/disk_rig.h"

namespace holdfast::sim {
namespace {

TEST(SeededChoices, EqualSeedAndKeyGiveEqualAnswersInAnyOrder) {
  SeededChoices one(7), other(7);
  Key a(Family::lands, 2, 37, 4, 0), b(Family::latency, 2, 37, 4, 0);
  std::uint64_t first = one.choose(a, 1000), second = one.choose(b, 1000);
  EXPECT_EQ(other.choose(b, 1000), second);
  EXPECT_EQ(other.choose(a, 1000), first);
  EXPECT_EQ(other.choose(a, 1000), first);
}

TEST(SeededChoices, EveryPartOfTheKeyAndTheSeedCounts) {
  SeededChoices choices(7);
  std::set<std::uint64_t> draws{choices.draw(Key(Family::lands, 0, 0, 0, 0)),
                                choices.draw(Key(Family::tears, 0, 0, 0, 0)),
                                choices.draw(Key(Family::lands, 1, 0, 0, 0)),
                                choices.draw(Key(Family::lands, 0, 1, 0, 0)),
                                choices.draw(Key(Family::lands, 0, 0, 1, 0)),
                                choices.draw(Key(Family::lands, 0, 0, 0, 1)),
                                SeededChoices(8).draw(Key(Family::lands, 0, 0, 0, 0))};
  EXPECT_EQ(draws.size(), 7u);
}

// Counted against the wanted distribution: 60,000 draws, six standard deviations.
TEST(SeededChoices, AnswersAreEvenlySpread) {
  SeededChoices choices(1);
  std::array<int, 6> counts{};
  int coins = 0;
  for (std::uint64_t n = 0; n < 60'000; ++n) {
    ++counts[choices.choose(Key(Family::swarm, n), 6)];
    coins += choices.coin(Key(Family::sabotage, n), 250'000);
  }
  for (int count : counts) EXPECT_NEAR(count, 10'000, 550);
  EXPECT_NEAR(coins, 15'000, 640);
}

TEST(SeededChoices, SameOnEveryMachine) {
  EXPECT_EQ(SeededChoices(0x5eed).draw(Key(Family::lands, 2, 37, 4, 1)), 0xb2bf48fb274807bcu);
}

TEST(Choices, ChanceOfNothingAndOfEverythingAsksNobody) {
  RecordedChoices nobody({});
  EXPECT_FALSE(nobody.chance(Key(Family::lands, 0), 0));
  EXPECT_TRUE(nobody.chance(Key(Family::lands, 0), 1'000'000));
}

TEST(RecordedChoices, MatchingAndUnmatchedAreAllThereIs) {
  Key known(Family::lands, 2, 37, 4, 0), too_large(Family::view, 0), unasked(Family::view, 1);
  RecordedChoices choices({{too_large, 9}, {known, 1}, {unasked, 1}});
  choices.choose(known, 2);
  choices.choose(too_large, 9);
  EXPECT_EQ(choices.matching(), (std::vector<RecordedChoices::Entry>{{known, 1}}));
  EXPECT_EQ(choices.unmatched(),
            (std::vector<RecordedChoices::Entry>{{too_large, 9}, {unasked, 1}}));
}

TEST(RecordingChoices, TellsKeysThatWereAskedForTwoAnswers) {
  SeededChoices seeded(7);
  RecordingChoices recording(seeded);
  Key twice(Family::view, 0), same(Family::view, 1);
  recording.choose(twice, 1'000'000);
  recording.choose(twice, 10);
  recording.choose(same, 1'000'000);
  recording.choose(same, 1'000'000);
  EXPECT_EQ(recording.ambiguous(), std::vector<Key>{twice});
  EXPECT_EQ(recording.resolved().size(), 2u);
}

TEST(ByteChoices, TakeAsManyBytesAsABoundNeeds) {
  const std::array bytes{std::byte{7}, std::byte{0xf0}, std::byte{0x12},
                         std::byte{1}, std::byte{0xef}, std::byte{9}};
  ByteChoices choices(bytes);
  EXPECT_EQ(choices.choose(Key(Family::view, 0), 1), 0u);
  EXPECT_EQ(choices.choose(Key(Family::view, 1), 5), 2u);
  EXPECT_TRUE(choices.coin(Key(Family::view, 2), 1));
  EXPECT_EQ(choices.choose(Key(Family::view, 3), 1000), 0x112u);
  EXPECT_FALSE(choices.coin(Key(Family::view, 4), 999'999));
  EXPECT_EQ(choices.choose(Key(Family::view, 5), 65'536), 9u);
  EXPECT_EQ(ByteChoices::bytes_for(256), 1u);
  EXPECT_EQ(ByteChoices::bytes_for(257), 2u);
  EXPECT_EQ(ByteChoices::bytes_for(~std::uint64_t{0}), 8u);
}

TEST(ByteChoices, AnswerAKeyThatIsAskedAgainAsBeforeAndUsedUpAreBenign) {
  const std::array bytes{std::byte{7}, std::byte{3}};
  ByteChoices choices(bytes);
  Key key(Family::view, 0);
  EXPECT_EQ(choices.choose(key, 10), 7u);
  EXPECT_EQ(choices.choose(key, 10), 7u);
  EXPECT_EQ(choices.choose(Key(Family::entropy, 0), 10), 0u);
  EXPECT_EQ(choices.choose(Key(Family::view, 1), 10), 3u);
  EXPECT_EQ(choices.choose(Key(Family::view, 2), 10), 0u);
  EXPECT_FALSE(choices.coin(Key(Family::view, 3), 999'999));
  EXPECT_EQ(choices.choose(key, 10), 7u);
}

TEST(RecordedChoices, AnswersWhatWasRecordedAndElseTheBenign) {
  Key known(Family::lands, 2, 37, 4, 0), too_large(Family::view, 0), unknown(Family::view, 1);
  RecordedChoices choices({{too_large, 9}, {known, 1}});
  EXPECT_EQ(choices.choose(known, 2), 1u);
  EXPECT_TRUE(choices.coin(known, 1));
  EXPECT_EQ(choices.choose(unknown, 5), 0u);
  EXPECT_EQ(choices.choose(too_large, 5), 0u);
  EXPECT_EQ(choices.matched(), 1u);
  ASSERT_EQ(choices.unmatched().size(), 1u);
  EXPECT_EQ(choices.unmatched()[0].first, too_large);
}

TEST(RecordingChoices, KeepsOnlyWhatIsNotBenign) {
  SeededChoices seeded(3);
  RecordingChoices recording(seeded);
  for (std::uint64_t n = 0; n < 100; ++n) recording.choose(Key(Family::view, n), 2);
  EXPECT_GT(recording.entries().size(), 25u);
  EXPECT_LT(recording.entries().size(), 75u);
  RecordedChoices replayed(recording.entries());
  for (std::uint64_t n = 0; n < 100; ++n)
    EXPECT_EQ(replayed.choose(Key(Family::view, n), 2), seeded.choose(Key(Family::view, n), 2));
  EXPECT_TRUE(replayed.unmatched().empty());
}

TEST(Key, IsWrittenAndReadAsText) {
  Key key(Family::takes_effect, 65535, ~std::uint64_t{0}, 12, 0xffff'ffff);
  EXPECT_EQ(text_of(Key(Family::lands, 2, 37, 4, 1)), "lands/2/37/4/1");
  EXPECT_EQ(key_of(text_of(key)), key);
  for (std::size_t family = 0; family < family_count; ++family) {
    Key of_family(static_cast<Family>(family), 1);
    EXPECT_EQ(key_of(text_of(of_family)), of_family);
  }
  for (const char* wrong :
       {"", "lands", "lands/1/2/3", "lands/1/2/3/4/5", "lends/1/2/3/4", "lands/1/2/3/",
        "lands/65536/2/3/4", "lands/1/-2/3/4", "lands/1/2/3/4294967296"})
    EXPECT_FALSE(key_of(wrong)) << wrong;
}

// One schedule on a disk, with and without one of its operations: every other draw stays as it is.
TEST(Choices, LeavingOutAnOperationMovesNoOtherDraw) {
  auto draws = [](int left_out) {
    SeededChoices seeded(5);
    RecordingChoices recording(seeded);
    Trace trace;
    Executor executor;
    Clock clock(executor);
    Media media(small_disk(), 0, recording);
    Disk disk(media, DiskPorts{executor, clock, recording, trace}, DiskModel::any_order);
    SliceList pages = zero_slices(4096);
    std::vector<Task<IoResult>> tasks;
    Arrivals arrivals(100);
    for (int n = 0; n < 6; ++n) {
      if (n == left_out) continue;
      tasks.push_back(disk.write(Lba(static_cast<std::uint64_t>(n % 5) * 8), pages, WriteFlags()));
      tasks.back().start(arrivals);
      while (n == 4 && !clock.is_idle()) {
        clock.fire_next();
        executor.run_ready();
      }
    }
    Fates fates;
    disk.power_cut(0, fates);
    std::map<Key, std::uint64_t> by_key(recording.entries().begin(), recording.entries().end());
    executor.stop();
    return by_key;
  };
  std::map<Key, std::uint64_t> all = draws(-1);
  for (int left_out : {1, 2, 5}) {
    std::map<Key, std::uint64_t> fewer = draws(left_out);
    EXPECT_LT(fewer.size(), all.size());
    for (const auto& [key, value] : fewer) {
      ASSERT_TRUE(all.contains(key)) << text_of(key);
      EXPECT_EQ(all[key], value) << text_of(key);
    }
  }
}

}  // namespace
}  // namespace holdfast::sim
