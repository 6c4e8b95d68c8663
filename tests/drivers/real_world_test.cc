#include "drivers/posix/real_world.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "core/base/page.h"
#include "core/task/join.h"

namespace holdfast::drivers {
namespace {

class Deaf final : public Observer {
 public:
  void mark(std::string_view) override {}
  void note(std::string_view) override {}
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}
};

Task<int> sleep_then(Clock& clock, std::uint64_t milliseconds, int result,
                     std::vector<int>& order) {
  co_await clock.sleep_until(clock.now() + Nanoseconds::of_milliseconds(milliseconds));
  order.push_back(result);
  co_return result;
}

Task<int> sleep_beside(Ports ports, std::vector<int>& order) {
  Join<int> sleepers;
  for (int i : {30, 10, 20})
    sleepers.add(sleep_then(ports.clock, static_cast<std::uint64_t>(i), i, order));
  co_await sleepers.all();
  co_return sleepers.result(0) + sleepers.result(1) + sleepers.result(2);
}

Task<int> take_turns(RequestQueue& queue, int id, std::vector<int>& order) {
  for (int i = 0; i < 2; ++i) {
    co_await queue.turn();
    order.push_back(id);
  }
  co_return id;
}

Task<int> two_in_turn(RequestQueue& queue, std::vector<int>& order) {
  Join<int> both;
  both.add(take_turns(queue, 1, order));
  both.add(take_turns(queue, 2, order));
  co_await both.all();
  co_return both.result(0) + both.result(1);
}

Task<int> for_ever(Clock& clock) {
  while (true) co_await clock.sleep_until(clock.now() + Nanoseconds::of_milliseconds(5));
}

TEST(RealWorld, SleepersWakeInTheOrderOfTheirTimes) {
  Deaf observer;
  RealWorld world(observer);
  std::vector<int> order;
  Nanoseconds before = world.ports().clock.now();
  EXPECT_EQ(world.run(sleep_beside(world.ports(), order)), 60);
  EXPECT_EQ(order, (std::vector<int>{10, 20, 30}));
  EXPECT_GE((world.ports().clock.now() - before).value, Nanoseconds::of_milliseconds(30).value);
}

TEST(RealWorld, RequestsTakeTheirTurnInTheOrderOfTheirComing) {
  Deaf observer;
  RealWorld world(observer);
  std::vector<int> order;
  EXPECT_EQ(world.finish(two_in_turn(world.requests(), order)), 3);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 1, 2}));
}

TEST(RealWorld, EntropyFillsEverythingAndNeverTheSame) {
  SystemEntropy entropy;
  std::vector<std::byte> one(4099), other(4099);
  entropy.fill(one);
  entropy.fill(other);
  EXPECT_NE(one, other);
  EXPECT_FALSE(all_zero(Bytes(one).last(64)));
}

// Signals are noted for the whole process and for good: in a child.
TEST(RealWorldDeathTest, ASignalEndsRunAndTheSecondOneEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto interrupt_once = [] {
    Deaf observer;
    RealWorld world(observer);
    alarm(20);
    raise(SIGTERM);
    bool was_ended = !world.run(for_ever(world.ports().clock)).has_value();
    std::vector<int> order;
    bool still_stops = world.finish(two_in_turn(world.requests(), order)) == 3;
    _exit(was_ended && still_stops && RealWorld::was_interrupted() ? 0 : 1);
  };
  EXPECT_EXIT(interrupt_once(), testing::ExitedWithCode(0), "");
  auto interrupt_twice = [] {
    Deaf observer;
    RealWorld world(observer);
    raise(SIGINT);
    raise(SIGINT);
    _exit(0);
  };
  EXPECT_EXIT(interrupt_twice(), testing::ExitedWithCode(128 + SIGINT), "");
}

}  // namespace
}  // namespace holdfast::drivers
