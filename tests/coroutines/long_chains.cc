// Chains of a hundred thousand tasks, in depth and in a row, that must not use the stack: control passes by jumps.
#include <cstdio>

#include "core/task/event.h"
#include "core/task/join.h"

namespace {

using namespace holdfast;

constexpr int length = 100'000;

Task<int> nested(Event& event, int depth) {
  if (depth == 0) {
    co_await event.wait();
    co_return 0;
  }
  auto below = co_await nested(event, depth - 1);
  co_return below + 1;
}

Task<int> immediate() { co_return 1; }

Task<int> joined() {
  Join<int> two;
  two.add(immediate());
  two.add(immediate());
  co_await two.all();
  co_return two.result(0) + two.result(1);
}

Task<> everything(Event& event, int& sum) {
  auto depth = co_await nested(event, length);
  sum += depth;
  for (int i = 0; i < length; ++i) {
    auto one = co_await immediate();
    auto two = co_await joined();
    sum += one + two;
  }
}

}  // namespace

int main() {
  Executor executor;
  Event event(executor);
  int sum = 0;
  executor.spawn(everything(event, sum));
  executor.run_ready();
  event.set();
  executor.run_ready();
  std::printf("%d\n", sum);
  return sum == 4 * length ? 0 : 1;
}
