// Yardsticks of the machine, to read the other figures by: what moving, summing and combining bytes costs at best, and
// what one turn of the coroutines costs.
//
// The pages of a working set are walked through in turn: 256 KiB stay in the cache, 256 MiB come from memory.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <vector>

#include "core/base/checksum.h"
#include "core/base/page.h"
#include "core/raid/geometry.h"
#include "core/raid/parity.h"
#include "core/task/event.h"
#include "core/task/join.h"
#include "core/task/mutex.h"

namespace holdfast::bench {
namespace {

constexpr std::size_t in_cache = 256 << 10;
constexpr std::size_t in_memory = 256 << 20;

std::vector<Page> filled_pages(std::size_t working_set_bytes) {
  std::vector<Page> pages;
  for (std::size_t i = 0; i < working_set_bytes / page_bytes; ++i) {
    pages.push_back(Page::allocate());
    std::memset(pages.back().data(), static_cast<int>(i), page_bytes);
  }
  return pages;
}

void count_pages(benchmark::State& state, std::int64_t pages_each) {
  state.SetBytesProcessed(state.iterations() * pages_each * page_bytes);
}

void memory_copy(benchmark::State& state) {
  auto pages = filled_pages(static_cast<std::size_t>(state.range(0)));
  std::size_t at = 0;
  for (auto _ : state) {
    std::memcpy(pages[at].data(), pages[at + 1].data(), page_bytes);
    at = (at + 2) % pages.size();
  }
  benchmark::ClobberMemory();
  count_pages(state, 1);
}
BENCHMARK(memory_copy)->ArgName("working_set")->Arg(in_cache)->Arg(in_memory);

void checksum_crc32c(benchmark::State& state) {
  auto pages = filled_pages(static_cast<std::size_t>(state.range(0)));
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc32c(crc32c_start, pages[at].bytes()));
    at = (at + 1) % pages.size();
  }
  count_pages(state, 1);
}
BENCHMARK(checksum_crc32c)->ArgName("working_set")->Arg(in_cache)->Arg(in_memory);

// P of three data pages: bytes are those of the data.
void xor_of_three(benchmark::State& state) {
  auto pages = filled_pages(static_cast<std::size_t>(state.range(0)));
  auto geometry = raid::Geometry::make(5, 2, 4, Sectors(128), Sectors(1 << 20));
  raid::RowMap row = geometry->row(0);
  std::vector<Slice> slices(pages.begin(), pages.end());
  slices.resize(slices.size() / 4 * 4);
  std::size_t at = 0;
  for (auto _ : state) {
    std::array<Pages, 4> members;
    for (std::size_t i = 0; i < 4; ++i) members[i] = Pages(slices).subspan(at + i, 1);
    raid::compute_parity(row, members);
    at = (at + 4) % slices.size();
  }
  benchmark::ClobberMemory();
  count_pages(state, 3);
}
BENCHMARK(xor_of_three)->ArgName("working_set")->Arg(in_cache)->Arg(in_memory);

Task<int> immediate() { co_return 1; }

Task<> await_many(benchmark::State& state, std::int64_t& sum) {
  for (auto _ : state) {
    auto one = co_await immediate();
    sum += one;
  }
}

// One coroutine called and answered at once: the frame, two jumps.
void await_immediate(benchmark::State& state) {
  Executor executor;
  std::int64_t sum = 0;
  executor.spawn(await_many(state, sum));
  executor.run_ready();
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(await_immediate);

Task<> wait_forever(Event& event, std::int64_t& woken) {
  for (;;) {
    co_await event.wait();
    event.reset();
    ++woken;
  }
}

// A waiting coroutine woken through the ready queue: what a completed request costs the one who waits for it.
void event_wake(benchmark::State& state) {
  Executor executor;
  Event event(executor);
  std::int64_t woken = 0;
  executor.spawn(wait_forever(event, woken));
  executor.run_ready();
  for (auto _ : state) {
    event.set();
    executor.run_ready();
  }
  benchmark::DoNotOptimize(woken);
  executor.stop();
}
BENCHMARK(event_wake);

Task<int> nested(Event& event, int depth) {
  if (depth == 0) {
    co_await event.wait();
    co_return 0;
  }
  auto below = co_await nested(event, depth - 1);
  co_return below + 1;
}

Task<> wait_nested(Event& event, std::int64_t& woken) {
  for (;;) {
    auto depth = co_await nested(event, 2);
    event.reset();
    woken += depth;
  }
}

// Two nested awaits and one wake-up: the shape of a request through an engine.
void nested_request(benchmark::State& state) {
  Executor executor;
  Event event(executor);
  std::int64_t woken = 0;
  executor.spawn(wait_nested(event, woken));
  executor.run_ready();
  for (auto _ : state) {
    event.set();
    executor.run_ready();
  }
  benchmark::DoNotOptimize(woken);
  executor.stop();
}
BENCHMARK(nested_request);

Task<> join_many(benchmark::State& state, std::int64_t& sum) {
  for (auto _ : state) {
    Join<int> tasks;
    for (int i = 0; i < 4; ++i) tasks.add(immediate());
    co_await tasks.all();
    for (std::size_t i = 0; i < tasks.size(); ++i) sum += tasks.result(i);
  }
}

void join_of_four(benchmark::State& state) {
  Executor executor;
  std::int64_t sum = 0;
  executor.spawn(join_many(state, sum));
  executor.run_ready();
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(join_of_four);

Task<> lock_many(benchmark::State& state, Mutex& mutex) {
  for (auto _ : state) {
    MutexLock lock = co_await mutex.lock();
    benchmark::DoNotOptimize(&lock);
  }
}

void free_mutex(benchmark::State& state) {
  Executor executor;
  Mutex mutex(executor);
  executor.spawn(lock_many(state, mutex));
  executor.run_ready();
}
BENCHMARK(free_mutex);

}  // namespace
}  // namespace holdfast::bench
