// Writes through the engine to an array on real devices, and keeps beside it what the array must then hold.
//
//   holdfast_load SEED WRITES SHADOW DEVICE…      SHADOW: a new file, byte for byte the logical device
//
// Sizes from one sector to several rows, every fifth write FUA, flushes and zeroed ranges between; then a clean stop.
// With HOLDFAST_LOAD_CRASH set it ends without a stop, after a flush: the array is dirty, its content the shadow's.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "core/volume/volume_spec.h"
#include "drivers/posix/export_file.h"
#include "drivers/posix/file_device.h"
#include "drivers/uring/ring.h"

namespace holdfast::drivers {
namespace {

class Words final : public Observer {
 public:
  void mark(std::string_view) override {}
  void note(std::string_view sentence) override { fmt::print(stderr, "{}\n", sentence); }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}
};

class Load {
 public:
  Load(BlockDevice& volume, std::uint64_t seed)
      : volume_(volume), random_(seed), shadow_(volume.limits().sectors.bytes()) {}

  // What stands there before the first write.
  Task<IoResult> look() {
    SliceList pages = allocate_slices(shadow_.size());
    if (auto read = co_await volume_.read(Lba(0), pages); !read) co_return read;
    copy(pages, shadow_);
    co_return IoResult{};
  }

  Task<IoResult> run(std::uint64_t writes) {
    for (std::uint64_t i = 0; i < writes; ++i) {
      Extent extent = somewhere();
      bool is_zero = i % 11 == 10;
      SliceList pages = allocate_slices(extent.count.bytes());
      auto into =
          MutableBytes(shadow_).subspan(extent.first.value * sector_bytes, extent.count.bytes());
      for (std::byte& byte : into)
        byte = is_zero ? std::byte{0} : static_cast<std::byte>(random_());
      copy(Bytes(into), pages);
      WriteFlags flags(i % 5 == 0, i % 10 == 0);
      if (is_zero) {
        if (auto zeroed = co_await volume_.write_zeroes(extent, flags); !zeroed) co_return zeroed;
      } else {
        if (auto written = co_await volume_.write(extent.first, pages, flags); !written)
          co_return written;
      }
    }
    auto flushed = co_await volume_.flush();
    co_return flushed;
  }

  // As pages, for writing it out.
  SliceList shadow() const {
    SliceList pages = allocate_slices(shadow_.size());
    copy(Bytes(shadow_), pages);
    return pages;
  }

 private:
  Extent somewhere() {
    constexpr std::uint64_t sizes[] = {1, 3, 8, 8, 8, 64, 128, 200, 384, 1024, 3000};
    std::uint64_t all = volume_.limits().sectors.value;
    std::uint64_t count = std::min(sizes[random_() % std::size(sizes)], all);
    return {Lba(random_() % (all - count + 1)), Sectors(count)};
  }

  BlockDevice& volume_;
  std::mt19937_64 random_;
  std::vector<std::byte> shadow_;
};

int fail(std::string_view why) {
  fmt::print(stderr, "holdfast_load: {}\n", why);
  return 1;
}

int load(std::uint64_t seed, std::uint64_t writes, const std::string& shadow_path,
         std::vector<std::string> paths) {
  Words words;
  auto ring = Ring::open();
  if (!ring) return fail(ring.error());
  RealWorld world(words, std::move(*ring));
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
  Load load((*volume)->device(), seed);
  if (!world.finish(load.look())) return fail("the array can't be read");
  if (!world.finish(load.run(writes))) return fail("the array can't be written");

  auto shadow = ExportFile::create(shadow_path);
  if (!shadow) return fail(shadow.error());
  SliceList content = load.shadow();
  if (!shadow->extend_to(bytes_of(content)) || !shadow->put(content) || !shadow->commit())
    return fail("the shadow can't be written");
  if (std::getenv("HOLDFAST_LOAD_CRASH")) _exit(0);
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
