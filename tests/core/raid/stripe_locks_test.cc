#include "core/raid/stripe_locks.h"

#include <vector>

#include <gtest/gtest.h>

#include "core/task/event.h"

namespace holdfast::raid {
namespace {

struct Bench {
  ~Bench() { executor.stop(); }

  Executor executor;
  StripeLocks locks{executor};
  std::vector<int> order;
};

Task<> hold(Bench& bench, Extent span, bool is_exclusive, Event& until, int name) {
  StripeLease lease = co_await StripeLocks::Acquire(bench.locks, span, is_exclusive);
  bench.order.push_back(name);
  co_await until.wait();
}

Extent span(std::uint64_t first, std::uint64_t end) { return {Lba(first), Sectors(end - first)}; }

TEST(StripeLocks, SharedLeasesAreHeldTogetherExclusiveOnesAlone) {
  Bench bench;
  Event first(bench.executor), second(bench.executor);
  bench.executor.spawn(hold(bench, span(0, 8), false, first, 1));
  bench.executor.spawn(hold(bench, span(4, 12), false, first, 2));
  bench.executor.spawn(hold(bench, span(7, 9), true, second, 3));
  bench.executor.run_ready();
  EXPECT_EQ(bench.order, (std::vector<int>{1, 2}));
  first.set();
  bench.executor.run_ready();
  EXPECT_EQ(bench.order, (std::vector<int>{1, 2, 3}));
}

TEST(StripeLocks, NobodyOvertakesAnEarlierConflictingClaim) {
  Bench bench;
  Event first(bench.executor), second(bench.executor);
  bench.executor.spawn(hold(bench, span(0, 8), true, first, 1));
  bench.executor.spawn(hold(bench, span(4, 12), true, second, 2));
  bench.executor.spawn(hold(bench, span(8, 16), true, second, 3));  // only claim 2 is in the way
  bench.executor.spawn(hold(bench, span(16, 24), true, second, 4));
  bench.executor.run_ready();
  EXPECT_EQ(bench.order, (std::vector<int>{1, 4}));
  second.set();
  bench.executor.run_ready();
  EXPECT_EQ(bench.order, (std::vector<int>{1, 4}));
  first.set();
  bench.executor.run_ready();
  EXPECT_EQ(bench.order, (std::vector<int>{1, 4, 2, 3}));
}

TEST(StripeLocks, AWaiterThatIsDestroyedLeavesTheQueue) {
  Bench bench;
  Event never(bench.executor);
  {
    Executor other;
    bench.executor.spawn(hold(bench, span(0, 8), true, never, 1));
    bench.executor.run_ready();
    Task<> waiting = hold(bench, span(0, 8), true, never, 2);
    Arrivals arrivals(1);
    waiting.start(arrivals);
    bench.executor.spawn(hold(bench, span(0, 8), true, never, 3));
    bench.executor.run_ready();
  }
  EXPECT_EQ(bench.order, std::vector<int>{1});
  never.set();
  bench.executor.run_ready();
  EXPECT_EQ(bench.order, (std::vector<int>{1, 3}));
  EXPECT_EQ(bench.locks.waits(), 2u);
}

}  // namespace
}  // namespace holdfast::raid
