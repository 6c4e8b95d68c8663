#include "core/task/mutex.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/task/event.h"
#include "core/task/join.h"

namespace holdfast {
namespace {

// Coroutines that lock, write down their name, and hold until told.
struct Queue {
  Executor executor;
  Mutex mutex{executor};
  std::vector<int> order;
};

Task<> hold(Queue& queue, Event& until, int name) {
  MutexLock lock = co_await queue.mutex.lock();
  queue.order.push_back(name);
  co_await until.wait();
}

// A holder or waiter that its owner can drop.
class Contender {
 public:
  Contender(Queue& queue, Event& until, int name) {
    tasks_.add(hold(queue, until, name));
    all_.emplace(tasks_.all());
    all_->await_suspend(std::noop_coroutine());
  }

 private:
  Join<void> tasks_;
  std::optional<Join<void>::All> all_;
};

using Order = std::vector<int>;

TEST(Mutex, IsFreeAtFirstAndCostsNoTripThroughTheExecutor) {
  Queue queue;
  Event until(queue.executor);
  Contender first(queue, until, 1);
  EXPECT_EQ(queue.order, Order{1});
  EXPECT_TRUE(queue.mutex.is_locked());
  EXPECT_FALSE(queue.executor.has_ready());
}

TEST(Mutex, NobodyOvertakesTheQueue) {
  Queue queue;
  Event first_ends(queue.executor), others_end(queue.executor);
  Contender first(queue, first_ends, 1);
  Contender second(queue, others_end, 2);
  first_ends.set();
  // The first lets go, the second is chosen and has not run yet.
  ASSERT_TRUE(queue.executor.run_one());
  EXPECT_TRUE(queue.mutex.is_locked());
  Contender late(queue, others_end, 3);
  others_end.set();
  queue.executor.run_ready();
  EXPECT_EQ(queue.order, (Order{1, 2, 3}));
  EXPECT_FALSE(queue.mutex.is_locked());
}

TEST(Mutex, AWaiterThatGoesLeavesTheQueue) {
  for (int gone : {2, 3, 4}) {
    Queue queue;
    Event until(queue.executor);
    Contender first(queue, until, 1);
    std::optional<Contender> second(std::in_place, queue, until, 2);
    std::optional<Contender> third(std::in_place, queue, until, 3);
    std::optional<Contender> fourth(std::in_place, queue, until, 4);
    (gone == 2 ? second : gone == 3 ? third : fourth).reset();
    until.set();
    queue.executor.run_ready();
    Order expected{1, 2, 3, 4};
    std::erase(expected, gone);
    EXPECT_EQ(queue.order, expected);
    EXPECT_FALSE(queue.mutex.is_locked());
  }
}

TEST(Mutex, AChosenWaiterThatGoesBeforeItRunsPassesTheLockOn) {
  Queue queue;
  Event first_ends(queue.executor), others_end(queue.executor);
  Contender first(queue, first_ends, 1);
  std::optional<Contender> chosen(std::in_place, queue, others_end, 2);
  Contender next(queue, others_end, 3);
  first_ends.set();
  ASSERT_TRUE(queue.executor.run_one());
  chosen.reset();
  others_end.set();
  queue.executor.run_ready();
  EXPECT_EQ(queue.order, (Order{1, 3}));
  EXPECT_FALSE(queue.mutex.is_locked());
}

TEST(Mutex, TheLastChosenWaiterThatGoesLeavesItFree) {
  Queue queue;
  Event first_ends(queue.executor), others_end(queue.executor);
  Contender first(queue, first_ends, 1);
  std::optional<Contender> chosen(std::in_place, queue, others_end, 2);
  first_ends.set();
  ASSERT_TRUE(queue.executor.run_one());
  chosen.reset();
  EXPECT_FALSE(queue.mutex.is_locked());
  EXPECT_FALSE(queue.executor.has_ready());
  Contender late(queue, others_end, 4);
  EXPECT_EQ(queue.order, (Order{1, 4}));
}

TEST(Mutex, AHolderThatGoesPassesTheLockOn) {
  Queue queue;
  Event until(queue.executor);
  std::optional<Contender> holder(std::in_place, queue, until, 1);
  Contender next(queue, until, 2);
  holder.reset();
  EXPECT_EQ(queue.order, Order{1});
  queue.executor.run_ready();
  EXPECT_EQ(queue.order, (Order{1, 2}));
}

Task<> swap_locks(Queue& queue, Mutex& other, bool& held_both) {
  MutexLock lock = co_await queue.mutex.lock();
  MutexLock second = co_await other.lock();
  lock = std::move(second);  // the old one is released at once or with `second`, never lost
  held_both = other.is_locked();
}

TEST(Mutex, AnAssignedLockReleasesWhatItHeld) {
  Queue queue;
  Mutex other(queue.executor);
  bool held_both = false;
  queue.executor.spawn(swap_locks(queue, other, held_both));
  queue.executor.run_ready();
  EXPECT_TRUE(held_both);
  EXPECT_FALSE(queue.mutex.is_locked());
  EXPECT_FALSE(other.is_locked());
}

TEST(Mutex, AThousandContendersAreServedInOrder) {
  Queue queue;
  Event until(queue.executor);
  Order expected;
  for (int name = 0; name < 1000; ++name) {
    queue.executor.spawn(hold(queue, until, name));
    expected.push_back(name);
  }
  until.set();
  queue.executor.run_ready();
  EXPECT_EQ(queue.order, expected);
}

}  // namespace
}  // namespace holdfast
