// Power may go at every suspension point: each program here is stopped after 0, 1, 2, … resumptions, or loses one of its
// tasks there, and must leave nothing behind. Leaks and late touches are AddressSanitizer's to see;
// what a coroutine holds is counted here, so that the other builds see them too.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/base/page.h"
#include "core/task/background.h"
#include "core/task/event.h"
#include "core/task/join.h"
#include "core/task/mutex.h"

namespace holdfast {
namespace {

// What a coroutine has in hand: memory of its own, so that a second death is a double free.
class Held {
 public:
  explicit Held(int& count) : count_(&count), memory_(std::make_unique<int>(++count)) {}
  Held(Held&& other) noexcept = default;
  Held(const Held&) = delete;
  ~Held() {
    if (memory_) --*count_;
  }

 private:
  int* count_;
  std::unique_ptr<int> memory_;
};

// The things that the coroutines of a program share. They outlive the coroutines, as engines and devices do.
struct Stage {
  Executor executor;
  Mutex mutex{executor};
  Mutex other{executor};
  Event opened{executor};
  Event closed{executor};
  int held = 0;
  int ended = 0;
};

Task<int> immediate(Stage& stage, int value) {
  Held held(stage.held);
  co_return value;
}

Task<int> yielding(Stage& stage, int value) {
  Held held(stage.held);
  co_await stage.executor.yield();
  auto same = co_await immediate(stage, value);
  co_await stage.executor.yield();
  co_return same;
}

Task<int> locked(Stage& stage, Mutex& mutex, int value) {
  Held before(stage.held);
  MutexLock lock = co_await mutex.lock();
  Held inside(stage.held);
  auto same = co_await yielding(stage, value);
  co_return same;
}

Task<int> locked_twice(Stage& stage, int value) {
  MutexLock outer = co_await stage.mutex.lock();
  auto same = co_await locked(stage, stage.other, value);
  co_return same;
}

Task<int> after(Stage& stage, Event& event, int value) {
  Held held(stage.held);
  co_await event.wait();
  auto same = co_await locked(stage, stage.mutex, value);
  co_return same;
}

Task<Held> with_result(Stage& stage) {
  co_await stage.executor.yield();
  co_return Held(stage.held);
}

Task<> everything(Stage& stage) {
  Held held(stage.held);
  Join<int> tasks;
  tasks.add(immediate(stage, 1));
  tasks.add(locked(stage, stage.mutex, 2));
  tasks.add(after(stage, stage.opened, 3));
  tasks.add(locked_twice(stage, 4));
  tasks.add(yielding(stage, 5));
  tasks.add(after(stage, stage.closed, 6));
  co_await tasks.all();
  int sum = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) sum += tasks.result(i);
  EXPECT_EQ(sum, 21);
  Join<Held> results;
  for (int i = 0; i < 3; ++i) results.add(with_result(stage));
  co_await results.all();
  Held taken = results.result(1);
  Join<int> none;
  co_await none.all();
  co_await stage.executor.yield();
  ++stage.ended;
}

Task<> open_and_close(Stage& stage) {
  co_await stage.executor.yield();
  stage.opened.set();
  for (int i = 0; i < 3; ++i) co_await stage.executor.yield();
  stage.opened.reset();
  stage.closed.set();
  ++stage.ended;
}

Task<> beside(Stage& stage, Event& gone) {
  Held held(stage.held);
  MutexLock lock = co_await stage.mutex.lock();
  co_await stage.executor.yield();
  gone.set();
  co_await stage.executor.yield();
}

Task<> with_background(Stage& stage) {
  Event gone(stage.executor);
  Background background;
  background.start(beside(stage, gone));
  co_await gone.wait();
  EXPECT_TRUE(background.is_running());
  background.start(beside(stage, gone));
  co_await stage.executor.yield();
  ++stage.ended;
}

// Drops a child in mid-flight, as an engine does with a request that timed out.
Task<> with_abandoned(Stage& stage) {
  {
    Join<int> abandoned;
    abandoned.add(locked(stage, stage.other, 1));
    abandoned.add(locked(stage, stage.other, 2));
    abandoned.add(locked(stage, stage.other, 3));
    auto all = abandoned.all();
    EXPECT_FALSE(all.await_ready());
    all.await_suspend(std::noop_coroutine());
    co_await stage.executor.yield();
  }
  auto value = co_await locked(stage, stage.other, 7);
  EXPECT_EQ(value, 7);
  ++stage.ended;
}

void spawn_all(Stage& stage) {
  for (int i = 0; i < 3; ++i) stage.executor.spawn(everything(stage));
  stage.executor.spawn(open_and_close(stage));
  for (int i = 0; i < 2; ++i) stage.executor.spawn(with_background(stage));
  for (int i = 0; i < 2; ++i) stage.executor.spawn(with_abandoned(stage));
}
constexpr int programs = 8;

TEST(TearDown, TheWholeProgramEndsByItself) {
  Stage stage;
  spawn_all(stage);
  stage.executor.run_ready();
  EXPECT_EQ(stage.ended, programs);
  EXPECT_EQ(stage.held, 0);
  EXPECT_FALSE(stage.executor.has_roots());
  EXPECT_FALSE(stage.mutex.is_locked());
  EXPECT_FALSE(stage.other.is_locked());
}

// How many resumptions the whole program takes.
int length() {
  Stage stage;
  spawn_all(stage);
  return static_cast<int>(stage.executor.run_ready());
}

TEST(TearDown, StopAtEverySuspensionPointLeavesNothing) {
  ASSERT_GT(length(), 80);
  for (int steps = 0; steps <= length(); ++steps) {
    Stage stage;
    spawn_all(stage);
    for (int i = 0; i < steps; ++i) ASSERT_TRUE(stage.executor.run_one());
    stage.executor.stop();
    ASSERT_EQ(stage.held, 0) << "after " << steps << " steps";
    ASSERT_FALSE(stage.executor.has_roots());
    ASSERT_FALSE(stage.executor.has_ready());
    ASSERT_FALSE(stage.mutex.is_locked()) << "after " << steps << " steps";
    ASSERT_FALSE(stage.other.is_locked()) << "after " << steps << " steps";
    stage.opened.set();  // nobody is left to hear it
    stage.executor.spawn(everything(stage));
    ASSERT_FALSE(stage.executor.run_one());
    ASSERT_EQ(stage.held, 0);
  }
}

TEST(TearDown, TheExecutorsEndIsAStop) {
  std::optional<Executor> executor(std::in_place);
  Event never(*executor);
  int held = 0;
  auto root = [](Event& event, int& count) -> Task<> {
    Held one(count);
    co_await event.wait();
  };
  executor->spawn(root(never, held));
  executor->spawn(root(never, held));
  executor->run_one();
  EXPECT_EQ(held, 1);
  executor.reset();
  EXPECT_EQ(held, 0);
}

// One root goes at a time, while the others run on: whoever waits behind it must still be served.
TEST(TearDown, AnOwnerMayDropItsTasksAtEverySuspensionPoint) {
  for (int dropped_after = 0; dropped_after <= length(); ++dropped_after) {
    Stage stage;
    spawn_all(stage);
    auto owner = std::make_unique<Join<int>>();
    for (int i = 0; i < 2; ++i) owner->add(locked_twice(stage, i));
    owner->add(after(stage, stage.opened, 2));
    owner->add(locked(stage, stage.other, 3));
    auto all = std::make_unique<Join<int>::All>(owner->all());
    all->await_suspend(std::noop_coroutine());
    for (int i = 0; i < dropped_after && stage.executor.run_one(); ++i) {
    }
    all.reset();
    owner.reset();
    stage.executor.run_ready();
    ASSERT_EQ(stage.ended, programs) << "dropped after " << dropped_after << " steps";
    ASSERT_EQ(stage.held, 0);
    ASSERT_FALSE(stage.executor.has_roots());
  }
}

Task<> nested(Stage& stage, int depth) {
  Held held(stage.held);
  if (depth == 0) {
    co_await stage.closed.wait();
  } else {
    co_await nested(stage, depth - 1);
  }
}

TEST(TearDown, AThousandNestedTasksGoTogether) {
  Stage stage;
  stage.executor.spawn(nested(stage, 1000));
  stage.executor.run_ready();
  EXPECT_EQ(stage.held, 1001);
  stage.executor.stop();
  EXPECT_EQ(stage.held, 0);
}

TEST(TearDown, ATaskThatNobodyStartedGoesQuietly) {
  Stage stage;
  {
    Task<int> never = locked(stage, stage.mutex, 1);
  }
  {
    Join<int> never;
    never.add(locked(stage, stage.mutex, 1));
  }
  EXPECT_EQ(stage.held, 0);
  EXPECT_FALSE(stage.mutex.is_locked());
}

TEST(TearDown, RootsGoNewestFirst) {
  struct Note {
    std::vector<int>& order;
    int name;
    Note(std::vector<int>& into, int of) : order(into), name(of) {}
    ~Note() { order.push_back(name); }
  };
  std::vector<int> order;
  Executor executor;
  Event never(executor);
  auto root = [](Event& event, std::vector<int>& into, int name) -> Task<> {
    Note note(into, name);
    co_await event.wait();
  };
  for (int name : {1, 2, 3}) executor.spawn(root(never, order, name));
  executor.run_ready();
  executor.stop();
  EXPECT_EQ(order, (std::vector<int>{3, 2, 1}));
}

}  // namespace
}  // namespace holdfast
