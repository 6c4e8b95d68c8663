#include "sim/clock.h"

#include <gtest/gtest.h>

#include "core/task/background.h"

namespace holdfast::sim {
namespace {

struct Bell final : Timed {
  Bell(std::string& into, char name) : rung(into), letter(name) {}
  void due() override { rung += letter; }
  std::string& rung;
  char letter;
};

TEST(Clock, FiresByInstantThenByOrderOfArming) {
  Executor executor;
  Clock clock(executor);
  std::string rung;
  Bell a(rung, 'a'), b(rung, 'b'), c(rung, 'c'), d(rung, 'd');
  clock.arm(a, Nanoseconds(20));
  clock.arm(b, Nanoseconds(10));
  clock.arm(c, Nanoseconds(20));
  clock.arm(d, Nanoseconds(10));
  while (!clock.is_idle()) clock.fire_next();
  EXPECT_EQ(rung, "bdac");
  EXPECT_EQ(clock.now(), Nanoseconds(20));
}

TEST(Clock, WhoIsDestroyedOrDisarmedLeavesTheQueue) {
  Executor executor;
  Clock clock(executor);
  std::string rung;
  Bell a(rung, 'a');
  {
    Bell b(rung, 'b');
    clock.arm(b, Nanoseconds(5));
    clock.arm(a, Nanoseconds(6));
  }
  a.disarm();
  EXPECT_TRUE(clock.is_idle());
}

TEST(Clock, ThePastIsNow) {
  Executor executor;
  Clock clock(executor, Nanoseconds(100));
  std::string rung;
  Bell a(rung, 'a');
  clock.arm(a, Nanoseconds(5));
  EXPECT_EQ(clock.next_instant(), Nanoseconds(100));
  clock.fire_next();
  EXPECT_EQ(clock.now(), Nanoseconds(100));
}

Task<> nap(Clock& clock, Nanoseconds until, std::string& woke, char name) {
  co_await clock.sleep_until(until);
  woke += name;
}

TEST(Clock, SleepersWakeAtTheirInstant) {
  Executor executor;
  Clock clock(executor);
  std::string woke;
  executor.spawn(nap(clock, Nanoseconds(30), woke, 'a'));
  executor.spawn(nap(clock, Nanoseconds(10), woke, 'b'));
  executor.spawn(nap(clock, Nanoseconds(0), woke, 'c'));
  executor.run_ready();
  EXPECT_EQ(woke, "c");
  while (!clock.is_idle()) {
    clock.fire_next();
    executor.run_ready();
  }
  EXPECT_EQ(woke, "cba");
}

TEST(Clock, SleeperThatIsDestroyedIsForgotten) {
  Executor executor;
  Clock clock(executor);
  std::string woke;
  {
    Background sleeper;
    sleeper.start(nap(clock, Nanoseconds(30), woke, 'a'));
    EXPECT_FALSE(clock.is_idle());
  }
  EXPECT_TRUE(clock.is_idle());
}

TEST(Clock, WallTimeFollowsVirtualTime) {
  Executor executor;
  Clock clock(executor, Nanoseconds::of_milliseconds(3));
  EXPECT_EQ(clock.wall_microseconds(), Clock::born_microseconds + 3000);
}

TEST(Entropy, FollowsTheSeedAndNeverRepeats) {
  SeededChoices one(1), same(1), two(2);
  Entropy entropy(one), again(same), other(two);
  std::array<std::byte, 19> a{}, b{}, c{}, d{};
  entropy.fill(a);
  entropy.fill(b);
  again.fill(c);
  other.fill(d);
  EXPECT_NE(a, b);
  EXPECT_EQ(a, c);
  EXPECT_NE(a, d);
  EXPECT_NE(a[18], b[18]);
}

TEST(Witness, CountsMarksAndKeepsTheLastNotes) {
  Witness witness;
  witness.mark("x");
  witness.mark("y");
  witness.mark("x");
  EXPECT_EQ(witness.count("x"), 2u);
  EXPECT_EQ(witness.count("z"), 0u);
  ASSERT_EQ(witness.marks().size(), 2u);
  EXPECT_EQ(witness.marks()[1].name, "y");
  for (std::size_t n = 0; n < Witness::notes_kept; ++n) witness.note("old");
  witness.set_prefix("cut 2: ");
  witness.note("new");
  EXPECT_EQ(witness.notes().size(), Witness::notes_kept);
  EXPECT_EQ(witness.notes().back(), "cut 2: new");
}

}  // namespace
}  // namespace holdfast::sim
