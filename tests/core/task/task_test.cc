#include "core/task/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "core/task/event.h"
#include "core/task/join.h"

namespace holdfast {
namespace {

Task<int> mark_and_return(bool& ran, int value) {
  ran = true;
  co_return value;
}

Task<> await_into(Task<int> task, int& value) {
  auto result = co_await std::move(task);
  value = result;
}

TEST(Task, NothingRunsBeforeItIsAwaited) {
  Executor executor;
  bool ran = false;
  int value = 0;
  Task<int> task = mark_and_return(ran, 7);
  EXPECT_FALSE(ran);
  executor.spawn(await_into(std::move(task), value));
  EXPECT_FALSE(ran);
  // That it is empty now is the point.
  EXPECT_FALSE(task.exists());  // NOLINT(bugprone-use-after-move)
  executor.run_ready();
  EXPECT_TRUE(ran);
  EXPECT_EQ(value, 7);
}

Task<std::unique_ptr<int>> give(int value) { co_return std::make_unique<int>(value); }

Task<> receive(int& value) {
  auto given = co_await give(5);
  value = *given;
}

TEST(Task, ResultsMayBeMoveOnly) {
  Executor executor;
  int value = 0;
  executor.spawn(receive(value));
  executor.run_ready();
  EXPECT_EQ(value, 5);
}

TEST(Task, AnAssignedTaskEndsTheOneItReplaces) {
  bool first = false, second = false;
  Task<int> task = mark_and_return(first, 1);
  task = mark_and_return(second, 2);
  Arrivals one(1);
  task.start(one);
  EXPECT_FALSE(first);
  EXPECT_TRUE(second);
  EXPECT_EQ(task.take(), 2);
}

TEST(TaskDeathTest, AResultIsNotTakenBeforeTheEnd) {
  bool ran = false;
  EXPECT_DEATH(
      {
        Task<int> task = mark_and_return(ran, 1);
        task.take();
      },
      "a task's result is taken after its end");
}

Task<int> add_up(int depth) {
  if (depth == 0) co_return 0;
  auto below = co_await add_up(depth - 1);
  co_return below + 1;
}

Task<> climb(int depth, int& sum) {
  auto reached = co_await add_up(depth);
  sum = reached;
}

TEST(Task, AHundredThousandNestedTasksUseNoStack) {
  Executor executor;
  int sum = 0;
  executor.spawn(climb(100'000, sum));
  executor.run_ready();
  EXPECT_EQ(sum, 100'000);
}

Task<int> one() { co_return 1; }

Task<> count_in_a_loop(int times, int& sum) {
  for (int i = 0; i < times; ++i) {
    auto each = co_await one();
    sum += each;
  }
}

TEST(Task, AHundredThousandImmediateResultsUseNoStack) {
  Executor executor;
  int sum = 0;
  executor.spawn(count_in_a_loop(100'000, sum));
  executor.run_ready();
  EXPECT_EQ(sum, 100'000);
}

Task<int> wait_for(Event& event, int value) {
  co_await event.wait();
  co_return value;
}

Task<> join_two(Event& first, Event& second, int& sum) {
  Join<int> both;
  both.add(wait_for(first, 1));
  both.add(wait_for(second, 2));
  co_await both.all();
  sum = both.result(0) + both.result(1);
}

TEST(Join, EndsWhenTheLastTaskEnds) {
  Executor executor;
  Event first(executor), second(executor);
  int sum = 0;
  executor.spawn(join_two(first, second, sum));
  executor.run_ready();
  second.set();
  executor.run_ready();
  EXPECT_EQ(sum, 0);
  first.set();
  executor.run_ready();
  EXPECT_EQ(sum, 3);
  EXPECT_FALSE(executor.has_roots());
}

Task<int> note(std::vector<int>& order, int name) {
  order.push_back(name);
  co_return name;
}

Task<> join_notes(std::vector<int>& order, int count) {
  Join<int> all;
  for (int name = 0; name < count; ++name) all.add(note(order, name));
  co_await all.all();
  order.push_back(static_cast<int>(all.size()));
}

TEST(Join, StartsInTheOrderOfAddAndCostsNoTripIfAllEndAtOnce) {
  Executor executor;
  std::vector<int> order;
  executor.spawn(join_notes(order, 12));
  EXPECT_EQ(executor.run_ready(), 1u);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(Join, OfNothingEndsAtOnce) {
  Executor executor;
  std::vector<int> order;
  executor.spawn(join_notes(order, 0));
  EXPECT_EQ(executor.run_ready(), 1u);
  EXPECT_EQ(order, std::vector<int>{0});
}

}  // namespace
}  // namespace holdfast
