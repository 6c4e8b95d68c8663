// Random 4 KiB reads or writes through a FileDevice for some seconds: the counterpart of fio in uring_vs_fio.py.
//
//   holdfast_device_load FILE uring|threads read|write DEPTH SECONDS      the content of FILE is lost
//
// Prints "REQUESTS WALL_SECONDS CPU_SECONDS"; CPU counts every thread of the process, the kernel's for it as well.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/task/join.h"
#include "drivers/posix/file_device.h"
#include "drivers/posix/thread_reactor.h"
#include "drivers/uring/ring.h"

namespace holdfast::drivers {
namespace {

class Words final : public Observer {
 public:
  void mark(std::string_view) override {}
  void note(std::string_view sentence) override { fmt::print(stderr, "{}\n", sentence); }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}
};

struct Load {
  BlockDevice& device;
  bool writes;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  bool is_over = false;

  Load(BlockDevice& on, bool is_writing) : device(on), writes(is_writing) {}
};

Task<> run_client(Load& load, std::uint64_t seed) {
  Slice page(Page::zeroed());
  Pages pages(&page, 1);
  std::uint64_t blocks = load.device.limits().sectors.bytes() / page_bytes;
  while (!load.is_over) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    Lba at((seed >> 20) % blocks * (page_bytes / sector_bytes));
    if (load.writes) {
      auto written = co_await load.device.write(at, pages, WriteFlags());
      load.failures += !written;
    } else {
      auto read = co_await load.device.read(at, pages);
      load.failures += !read;
    }
    ++load.requests;
  }
}

Task<> end_after(Clock& clock, Load& load, Nanoseconds length) {
  co_await clock.sleep_until(clock.now() + length);
  load.is_over = true;
}

Task<bool> run_clients(Ports ports, Load& load, unsigned depth, Nanoseconds length) {
  Join<void> clients;
  for (unsigned i = 0; i < depth; ++i) clients.add(run_client(load, i + 1));
  clients.add(end_after(ports.clock, load, length));
  co_await clients.all();
  co_return load.failures == 0;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int run(const std::string& path, const std::string& reactor_name, bool writes, unsigned depth,
        std::uint64_t seconds) {
  std::unique_ptr<Reactor> reactor;
  if (reactor_name == "threads") {
    reactor = std::make_unique<ThreadReactor>(depth);
  } else {
    auto ring = Ring::open();
    if (!ring) return fmt::print(stderr, "{}\n", ring.error()), 77;
    reactor = std::move(*ring);
  }
  Words words;
  RealWorld world(words, std::move(reactor));
  auto device = FileDevice::open(path, Access::write, world);
  if (!device) return fmt::print(stderr, "{}\n", device.error().message), 1;
  Load load(**device, writes);
  Nanoseconds begin = world.ports().clock.now();
  double cpu_before = cpu_seconds();
  auto length = Nanoseconds::of_milliseconds(seconds * 1000);
  bool is_good = world.finish(run_clients(world.ports(), load, depth, length));
  double wall = static_cast<double>((world.ports().clock.now() - begin).value) * 1e-9;
  fmt::print("{} {:.6f} {:.6f}\n", load.requests, wall, cpu_seconds() - cpu_before);
  return is_good ? 0 : 1;
}

}  // namespace
}  // namespace holdfast::drivers

int main(int argument_count, char** arguments) {
  std::vector<std::string> words(arguments + 1, arguments + argument_count);
  if (words.size() != 5) {
    fmt::print(stderr, "usage: holdfast_device_load FILE uring|threads read|write DEPTH SECONDS\n");
    return 2;
  }
  return holdfast::drivers::run(words[0], words[1], words[2] == "write",
                                static_cast<unsigned>(std::stoul(words[3])), std::stoull(words[4]));
}
