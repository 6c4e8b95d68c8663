#include "core/block/recording.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/task/event.h"
#include "core/task/join.h"

namespace holdfast {
namespace {

// Answers when it is told to, reads with 'r', and says what it saw.
class SlowDevice final : public BlockDevice {
 public:
  SlowDevice(Executor& executor, std::vector<std::string>& said) : go(executor), said_(said) {}

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba, MutablePages into) override {
    said_.push_back("below: read");
    co_await go.wait();
    for (const Slice& slice : into) std::memset(slice.data(), 'r', slice.bytes);
    co_return IoResult();
  }
  Task<IoResult> write(Lba first, Pages, WriteFlags) override { return fail(first); }
  Task<IoResult> flush() override { return answer(); }
  Task<IoResult> discard(Extent) override { return answer(); }
  Task<IoResult> write_zeroes(Extent, WriteFlags) override { return answer(); }

  Event go;

 private:
  Task<IoResult> answer() { co_return IoResult(); }
  static Task<IoResult> fail(Lba first) { co_return io_error(IoErrorKind::media, first); }

  DeviceLimits limits_;
  std::vector<std::string>& said_;
};

std::string line_of(const Crossing& crossing) {
  static constexpr std::array names{"read", "write", "flush", "discard", "write_zeroes"};
  std::string text = fmt::format(
      "#{} {} {} + {}{}", crossing.number, names[static_cast<std::size_t>(crossing.command)],
      crossing.extent.first.value, crossing.extent.count.value, crossing.flags.fua ? " fua" : "");
  if (!crossing.data.empty())
    text += fmt::format(" '{}'", static_cast<char>(*crossing.data[0].data()));
  if (crossing.is_answer)
    text +=
        crossing.result ? " -> ok" : fmt::format(" -> {}", name_of(crossing.result.error().kind));
  return text;
}

struct Recorded {
  std::vector<std::string> said;
  Executor executor;
  SlowDevice below{executor, said};
  RecordingDevice device{below,
                         [this](const Crossing& crossing) { said.push_back(line_of(crossing)); }};
};

Task<> do_all(BlockDevice& device, Pages pages, std::vector<IoResult>& results) {
  IoResult written = co_await device.write(Lba(8), pages, write_fua);
  results.push_back(written);
  IoResult flushed = co_await device.flush();
  results.push_back(flushed);
  Extent extent(Lba(16), Sectors(8));
  IoResult discarded = co_await device.discard(extent);
  results.push_back(discarded);
  IoResult zeroed = co_await device.write_zeroes(extent, WriteFlags());
  results.push_back(zeroed);
  IoResult read = co_await device.read(Lba(8), pages);
  results.push_back(read);
}

TEST(RecordingDevice, TellsEachRequestBeforeItIsServedAndItsAnswer) {
  Recorded world;
  SliceList pages = allocate_slices(4096);
  std::memset(pages[0].data(), 'w', 4096);
  std::vector<IoResult> results;
  world.executor.spawn(do_all(world.device, pages, results));
  world.executor.run_ready();
  world.below.go.set();
  world.executor.run_ready();
  EXPECT_EQ(world.said,
            (std::vector<std::string>{
                "#0 write 8 + 8 fua 'w'", "#0 write 8 + 8 fua 'w' -> media error", "#1 flush 0 + 0",
                "#1 flush 0 + 0 -> ok", "#2 discard 16 + 8", "#2 discard 16 + 8 -> ok",
                "#3 write_zeroes 16 + 8", "#3 write_zeroes 16 + 8 -> ok", "#4 read 8 + 8",
                "below: read", "#4 read 8 + 8 'r' -> ok"}));
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0], io_error(IoErrorKind::media, Lba(8)));
  EXPECT_TRUE(results[1] && results[2] && results[3] && results[4]);
}

TEST(RecordingDevice, RequestThatIsAbandonedHasNoAnswer) {
  Recorded world;
  SliceList pages = allocate_slices(4096);
  std::vector<IoResult> results;
  world.executor.spawn(do_all(world.device, pages, results));
  world.executor.run_ready();
  world.executor.stop();
  EXPECT_EQ(world.said.back(), "below: read");
}

}  // namespace
}  // namespace holdfast
