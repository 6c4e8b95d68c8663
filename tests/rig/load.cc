// Writes through the engine to an array on real devices, and keeps beside it what the array must then hold.
//
//   holdfast_load SEED WRITES SHADOW DEVICE…      SHADOW: a new file, byte for byte the logical device
//
// Eight clients at once, each in a part of the array of its own: sizes from one sector to several rows, every fifth write
// FUA, zeroed ranges between; then a flush and a clean stop.
//
// HOLDFAST_LOAD_CRASH says how it ends instead, without a stop:
//   after_flush   nothing in flight; the array is dirty, its content the shadow's
//   mid_load      when so many writes were acknowledged, in the middle of the others. SHADOW holds what was acknowledged,
//                 SHADOW.begun also what was begun: no two of those touch the same page

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>

#include "core/task/join.h"
#include "core/volume/volume_spec.h"
#include "drivers/posix/export_file.h"
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

constexpr std::uint64_t clients = 8;
constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;

// What the array must hold: every byte of it.
class Shadow {
 public:
  explicit Shadow(Sectors size) : bytes_(size.bytes()) {}

  std::uint64_t size() const { return bytes_.size(); }
  MutableBytes all() { return bytes_; }
  MutableBytes at(Extent extent) {
    return MutableBytes(bytes_).subspan(Sectors(extent.first.value).bytes(), extent.count.bytes());
  }
  ExportFile::Outcome save(const std::string& path) {
    auto file = ExportFile::create(path);
    if (!file) return tl::unexpected<std::string>(file.error());
    SliceList pages = allocate_slices(size());
    copy(Bytes(bytes_), pages);
    if (auto extended = file->extend_to(size()); !extended) return extended;
    if (auto put = file->put(pages); !put) return put;
    return file->commit();
  }

 private:
  std::vector<std::byte> bytes_;
};

class Load {
 public:
  Load(BlockDevice& volume, std::uint64_t seed, std::uint64_t writes)
      : acknowledged(volume.limits().sectors),
        begun(volume.limits().sectors),
        volume_(volume),
        seed_(seed),
        writes_(writes) {}

  // What stands there before the first write.
  Task<IoResult> look() {
    SliceList pages = allocate_slices(begun.size());
    if (auto read = co_await volume_.read(Lba(0), pages); !read) co_return read;
    copy(pages, begun.all());
    copy(pages, acknowledged.all());
    co_return IoResult{};
  }

  Task<IoResult> run() {
    Join<IoResult> all;
    for (std::uint64_t i = 0; i < clients; ++i) all.add(run_client(i));
    co_await all.all();
    for (std::size_t i = 0; i < clients; ++i)
      if (IoResult done = all.result(i); !done) co_return done;
    auto flushed = co_await volume_.flush();
    co_return flushed;
  }

  Shadow acknowledged;
  Shadow begun;
  std::function<void()>
      in_the_middle;  // when `writes` were acknowledged, the other clients' are on their way

 private:
  Task<IoResult> run_client(std::uint64_t number) {
    std::mt19937_64 random(seed_ * clients + number);
    for (std::uint64_t i = 0; in_the_middle || i < writes_ / clients; ++i) {
      Extent extent = somewhere(number, random);
      bool is_zero = i % 11 == 10;
      for (std::byte& byte : begun.at(extent))
        byte = is_zero ? std::byte{0} : static_cast<std::byte>(random());
      WriteFlags flags(i % 5 == 0, i % 10 == 0);
      if (auto written = co_await put(extent, is_zero, flags); !written) co_return written;
      std::ranges::copy(begun.at(extent), acknowledged.at(extent).begin());
      if (++acknowledged_count_ == writes_ && in_the_middle) in_the_middle();
    }
    co_return IoResult{};
  }

  Task<IoResult> put(Extent extent, bool is_zero, WriteFlags flags) {
    if (is_zero) return volume_.write_zeroes(extent, flags);
    return write(extent, flags);
  }
  Task<IoResult> write(Extent extent, WriteFlags flags) {
    SliceList pages = allocate_slices(extent.count.bytes());
    copy(Bytes(begun.at(extent)), pages);
    auto written = co_await volume_.write(extent.first, pages, flags);
    co_return written;
  }

  // In the client's part, which begins and ends on pages.
  Extent somewhere(std::uint64_t client, std::mt19937_64& random) const {
    constexpr std::uint64_t sizes[] = {1, 3, 8, 8, 8, 64, 128, 200, 384, 1024, 3000};
    std::uint64_t part = volume_.limits().sectors.value / clients / page_sectors * page_sectors;
    std::uint64_t count = std::min(sizes[random() % std::size(sizes)], part);
    return {Lba(client * part + random() % (part - count + 1)), Sectors(count)};
  }

  BlockDevice& volume_;
  std::uint64_t seed_;
  std::uint64_t writes_;
  std::uint64_t acknowledged_count_ = 0;
};

int fail(std::string_view why) {
  fmt::print(stderr, "holdfast_load: {}\n", why);
  return 1;
}

std::unique_ptr<Reactor> reactor() {
  auto ring = Ring::open();
  if (ring) return std::move(*ring);
  return std::make_unique<ThreadReactor>();
}

int load(std::uint64_t seed, std::uint64_t writes, const std::string& shadow_path,
         std::vector<std::string> paths) {
  const char* named = std::getenv("HOLDFAST_LOAD_CRASH");
  std::string crash = named ? named : "";
  if (!crash.empty() && crash != "after_flush" && crash != "mid_load")
    return fail("HOLDFAST_LOAD_CRASH is after_flush or mid_load");
  Words words;
  RealWorld world(words, reactor());
  std::vector<std::unique_ptr<FileDevice>> devices;
  std::vector<BlockDevice*> pointers;
  for (const std::string& path : paths) {
    auto opened = FileDevice::open(path, Access::write, world);
    if (!opened) return fail(opened.error().message);
    devices.push_back(std::move(*opened));
    pointers.push_back(devices.back().get());
  }
  RaidSpec raid;
  raid.geometry_as_found = true;
  raid.members = paths;
  auto volume = world.finish(opener_of(VolumeSpec{raid})(pointers, world.ports()));
  if (!volume) return fail(volume.error().message);
  Load load((*volume)->device(), seed, writes);
  if (!world.finish(load.look())) return fail("the array can't be read");

  auto save = [&] {
    bool is_saved = load.acknowledged.save(shadow_path).has_value();
    if (crash == "mid_load") is_saved &= load.begun.save(shadow_path + ".begun").has_value();
    return is_saved ? 0 : fail("the shadow can't be written");
  };
  if (crash == "mid_load") load.in_the_middle = [&] { _exit(save()); };
  if (!world.finish(load.run())) return fail("the array can't be written");
  if (int failed = save(); failed || crash == "after_flush") _exit(failed);
  if (!world.finish((*volume)->stop())) return fail("the array did not stop cleanly");
  world.stop();
  return 0;
}

}  // namespace
}  // namespace holdfast::drivers

int main(int argument_count, char** arguments) {
  std::vector<std::string> words(arguments + 1, arguments + argument_count);
  if (words.size() < 5)
    return holdfast::drivers::fail("usage: holdfast_load SEED WRITES SHADOW DEVICE…");
  return holdfast::drivers::load(std::stoull(words[0]), std::stoull(words[1]), words[2],
                                 {words.begin() + 3, words.end()});
}
