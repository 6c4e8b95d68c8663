#include "drivers/posix/real_world.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "core/base/page.h"
#include "core/task/join.h"
#include "drivers/posix/file_device.h"
#include "tests/drivers/reactors.h"

namespace holdfast::drivers {
namespace {

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

Task<int> for_ever(Clock& clock) {
  while (true) co_await clock.sleep_until(clock.now() + Nanoseconds::of_milliseconds(5));
}

Task<> yield_for_ever(Executor& executor) {
  while (true) co_await executor.yield();
}

Task<std::int64_t> sync_nothing(Reactor& reactor) {
  auto answer = co_await reactor.carry_out(SystemCall::sync(-1));
  co_return answer;
}

TEST(RealWorld, SleepersWakeInTheOrderOfTheirTimes) {
  CollectedNotes observer;
  RealWorld world(observer, make_reactor("threads"));
  std::vector<int> order;
  Nanoseconds before = world.ports().clock.now();
  EXPECT_EQ(world.run(sleep_beside(world.ports(), order)), 60);
  EXPECT_EQ(order, (std::vector<int>{10, 20, 30}));
  EXPECT_GE((world.ports().clock.now() - before).value, Nanoseconds::of_milliseconds(30).value);
}

// Whoever is always ready keeps nobody else from waking up.
TEST(RealWorld, YieldingForEverHoldsUpNeitherTimersNorSystemCalls) {
  CollectedNotes observer;
  RealWorld world(observer, make_reactor("threads"));
  world.ports().executor.spawn(yield_for_ever(world.ports().executor));
  std::vector<int> order;
  EXPECT_EQ(world.finish(sleep_then(world.ports().clock, 1, 7, order)), 7);
  EXPECT_EQ(world.finish(sync_nothing(world.reactor())), -EBADF);
  world.stop();
}

TEST(RealWorld, EntropyFillsEverythingAndNeverTheSame) {
  SystemEntropy entropy;
  std::vector<std::byte> one(4099), other(4099);
  entropy.fill(one);
  entropy.fill(other);
  EXPECT_NE(one, other);
  EXPECT_FALSE(all_zero(Bytes(one).last(64)));
}

Task<IoResult> write_without_end(BlockDevice& device) {
  SliceList pages = allocate_slices(64 << 10);
  for (int round = 0;; ++round) {
    Join<IoResult> writes;
    for (std::uint64_t i = 0; i < 8; ++i)
      writes.add(device.write(Lba(i * 128), pages, WriteFlags(i == 0, false)));
    if (round == 3) raise(SIGTERM);
    co_await writes.all();
  }
}

// Ends with 0 if a signal ended run() with writes in flight, and what was in flight has ended.
void interrupt_writes(const std::string& reactor) {
  CollectedNotes observer;
  RealWorld world(observer, make_reactor(reactor));
  std::string path = "/var/tmp/holdfast-signal-XXXXXX";
  Descriptor made(mkstemp(path.data()));
  bool has_room = ftruncate(made.number(), 1 << 20) == 0;
  auto device = FileDevice::open(path, Access::write, world);
  unlink(path.c_str());
  bool was_ended = has_room && !world.run(write_without_end(**device)).has_value();
  bool still_flushes = world.finish((*device)->flush()).has_value();
  world.stop();
  _exit(was_ended && still_flushes && !world.reactor().is_busy() ? 0 : 1);
}

// Signals are noted for the whole process and for good: in a child.
TEST(RealWorldDeathTest, ASignalEndsRunAndTheSecondOneEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto interrupt_once = [] {
    CollectedNotes observer;
    RealWorld world(observer, make_reactor("threads"));
    alarm(20);
    raise(SIGTERM);
    bool was_ended = !world.run(for_ever(world.ports().clock)).has_value();
    bool still_stops = world.finish(sync_nothing(world.reactor())) == -EBADF;
    _exit(was_ended && still_stops && RealWorld::was_interrupted() ? 0 : 1);
  };
  EXPECT_EXIT(interrupt_once(), testing::ExitedWithCode(0), "");
  auto interrupt_twice = [] {
    CollectedNotes observer;
    RealWorld world(observer, make_reactor("threads"));
    raise(SIGINT);
    raise(SIGINT);
    _exit(0);
  };
  EXPECT_EXIT(interrupt_twice(), testing::ExitedWithCode(128 + SIGINT), "");
  EXPECT_EXIT(interrupt_writes("threads"), testing::ExitedWithCode(0), "");
  HOLDFAST_SKIP_WITHOUT_URING("uring");
  EXPECT_EXIT(interrupt_writes("uring"), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace holdfast::drivers
