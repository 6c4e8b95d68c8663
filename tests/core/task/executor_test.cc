#include "core/task/executor.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/task/event.h"

namespace holdfast {
namespace {

using Order = std::vector<int>;

Task<> note_twice(Executor& executor, Order& order, int name) {
  order.push_back(name);
  co_await executor.yield();
  order.push_back(name + 10);
}

TEST(Executor, ReadyCoroutinesRunFirstInFirstOut) {
  Executor executor;
  Order order;
  for (int name : {1, 2, 3}) executor.spawn(note_twice(executor, order, name));
  EXPECT_TRUE(executor.has_ready());
  EXPECT_TRUE(executor.run_one());
  EXPECT_EQ(order, Order{1});
  EXPECT_EQ(executor.run_ready(), 5u);
  EXPECT_EQ(order, (Order{1, 2, 3, 11, 12, 13}));
  EXPECT_FALSE(executor.run_one());
  EXPECT_FALSE(executor.has_roots());
}

Task<> spawn_more(Executor& executor, Order& order) {
  executor.spawn(note_twice(executor, order, 1));
  order.push_back(0);
  co_return;
}

TEST(Executor, ACoroutineMaySpawnAndTheNewOneWaitsItsTurn) {
  Executor executor;
  Order order;
  executor.spawn(spawn_more(executor, order));
  executor.run_ready();
  EXPECT_EQ(order, (Order{0, 1, 11}));
}

TEST(Executor, AfterStopNothingStarts) {
  Executor executor;
  Order order;
  executor.stop();
  executor.stop();
  executor.spawn(note_twice(executor, order, 1));
  EXPECT_TRUE(executor.is_stopped());
  EXPECT_EQ(executor.run_ready(), 0u);
  EXPECT_TRUE(order.empty());
}

Task<> run_inside(Executor& executor) {
  executor.run_ready();
  co_return;
}

Task<> stop_inside(Executor& executor) {
  executor.stop();
  co_return;
}

TEST(ExecutorDeathTest, IsNotReentrant) {
  EXPECT_DEATH(
      {
        Executor executor;
        executor.spawn(run_inside(executor));
        executor.run_ready();
      },
      "X1: ");
}

TEST(ExecutorDeathTest, IsNotStoppedFromWithinACoroutine) {
  EXPECT_DEATH(
      {
        Executor executor;
        executor.spawn(stop_inside(executor));
        executor.run_ready();
      },
      "X2: ");
}

Task<> wait_and_note(Event& event, Order& order, int name) {
  co_await event.wait();
  order.push_back(name);
}

TEST(Event, WakesInTheOrderOfWaiting) {
  Executor executor;
  Event event(executor);
  Order order;
  for (int name : {1, 2, 3}) executor.spawn(wait_and_note(event, order, name));
  executor.run_ready();
  EXPECT_TRUE(order.empty());
  event.set();
  EXPECT_TRUE(order.empty());  // only the executor resumes
  executor.run_ready();
  EXPECT_EQ(order, (Order{1, 2, 3}));
}

// A task that no root owns (an engine's background work) is still there when the power is off, but runs no more.
TEST(Executor, StopAlsoSilencesTasksThatAreNobodysRoot) {
  Executor executor;
  Event first(executor), second(executor);
  Order order;
  Task<> ready = wait_and_note(first, order, 1);
  Task<> waiting = wait_and_note(second, order, 2);
  Arrivals arrivals(3);
  ready.start(arrivals);
  waiting.start(arrivals);
  first.set();
  EXPECT_TRUE(executor.has_ready());
  executor.stop();
  second.set();
  EXPECT_FALSE(executor.has_ready());
  EXPECT_EQ(executor.run_ready(), 0u);
  EXPECT_TRUE(order.empty());
}

TEST(Event, OnceSetDelaysNobody) {
  Executor executor;
  Event event(executor);
  Order order;
  event.set();
  event.set();
  executor.spawn(wait_and_note(event, order, 1));
  EXPECT_EQ(executor.run_ready(), 1u);
  EXPECT_EQ(order, Order{1});
}

TEST(Event, ResetMakesLaterOnesWaitAndTakesNothingBack) {
  Executor executor;
  Event event(executor);
  Order order;
  executor.spawn(wait_and_note(event, order, 1));
  executor.run_ready();
  event.set();
  event.reset();
  executor.spawn(wait_and_note(event, order, 2));
  executor.run_ready();
  EXPECT_EQ(order, Order{1});
  event.set();
  executor.run_ready();
  EXPECT_EQ(order, (Order{1, 2}));
}

}  // namespace
}  // namespace holdfast
