#include "drivers/posix/file_device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "core/task/join.h"
#include "tests/drivers/mounted_folder.h"
#include "tests/drivers/reactors.h"

namespace holdfast::drivers {
namespace {

Task<IoResult> all_of(Join<IoResult>& requests) {
  co_await requests.all();
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (auto result = requests.result(i); !result) co_return result;
  co_return IoResult{};
}

Task<IoResult> write_all_at_once(BlockDevice& device, const std::vector<SliceList>& blocks) {
  Join<IoResult> writes;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    writes.add(device.write(Lba(i * 8), blocks[i], WriteFlags(i % 16 == 15, i % 64 == 63)));
  auto outcome = co_await all_of(writes);
  co_return outcome;
}

Task<IoResult> read_all_at_once(BlockDevice& device, const std::vector<SliceList>& blocks) {
  Join<IoResult> reads;
  for (std::size_t i = blocks.size(); i-- > 0;) reads.add(device.read(Lba(i * 8), blocks[i]));
  auto outcome = co_await all_of(reads);
  co_return outcome;
}

Task<> ignore(Task<IoResult> request) {
  auto outcome = co_await std::move(request);
  (void)outcome;
}

struct Place {
  const char* folder;
  const char* reactor;

  std::string name() const {
    return (std::string(folder) == "/dev/shm" ? "memory_" : "disk_") + std::string(reactor);
  }
};

// One image file on a disk, and one in memory, whose file system may take no direct I/O; with every reactor.
class FileDeviceTest : public testing::TestWithParam<Place> {
 protected:
  static constexpr std::uint64_t image_bytes = 8 << 20;

  void SetUp() override {
    HOLDFAST_SKIP_WITHOUT_URING(GetParam().reactor);
    path_ = std::string(GetParam().folder) + "/holdfast-device-XXXXXX";
    Descriptor made(mkstemp(path_.data()));
    ASSERT_TRUE(made.is_open()) << path_;
    ASSERT_EQ(ftruncate(made.number(), image_bytes), 0);
  }
  void TearDown() override {
    if (!path_.empty()) unlink(path_.c_str());
  }

  std::unique_ptr<FileDevice> open(Access access) {
    auto opened = FileDevice::open(path_, access, world_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return std::move(*opened);
  }
  std::string refusal(const std::string& path, Access access) {
    auto opened = FileDevice::open(path, access, world_);
    return opened ? "" : opened.error().message;
  }

  std::vector<std::byte> file_bytes(std::uint64_t offset, std::size_t count) {
    std::vector<std::byte> bytes(count);
    Descriptor file(::open(path_.c_str(), O_RDONLY));
    EXPECT_EQ(pread(file.number(), bytes.data(), count, static_cast<off_t>(offset)),
              static_cast<ssize_t>(count));
    return bytes;
  }
  static std::vector<std::byte> pattern(std::size_t count, unsigned seed) {
    std::vector<std::byte> bytes(count);
    for (std::size_t i = 0; i < count; ++i)
      bytes[i] = static_cast<std::byte>((i * 131 + i / 251 + seed) % 253 + 1);
    return bytes;
  }

  CollectedNotes observer_;
  RealWorld world_{observer_, make_reactor(GetParam().reactor)};
  std::string path_;
};

TEST_P(FileDeviceTest, LimitsComeFromTheFile) {
  auto device = open(Access::write);
  EXPECT_EQ(device->limits().sectors, Sectors::of_bytes(image_bytes));
  EXPECT_EQ(device->limits().logical_block_bytes, 512u);
  EXPECT_TRUE(device->limits().has_volatile_cache);
  EXPECT_EQ(open(Access::look)->limits().discard_granularity_bytes, 0u);
}

TEST_P(FileDeviceTest, WhatIsWrittenStandsInTheFileAndIsReadBack) {
  auto device = open(Access::write);
  auto bytes = pattern(64 << 10, 1);
  SliceList pages = allocate_slices(bytes.size());
  copy(bytes, pages);
  for (WriteFlags flags : {WriteFlags(), write_fua, write_preflush_fua}) {
    ASSERT_TRUE(world_.finish(device->write(Lba(3), pages, flags)).has_value());
    EXPECT_EQ(file_bytes(3 * 512, bytes.size()), bytes);
  }
  ASSERT_TRUE(world_.finish(device->flush()).has_value());
  SliceList read = allocate_slices(bytes.size());
  ASSERT_TRUE(world_.finish(device->read(Lba(3), read)).has_value());
  std::vector<std::byte> back(bytes.size());
  copy(read, back);
  EXPECT_EQ(back, bytes);
}

TEST_P(FileDeviceTest, MoreSlicesThanOneCallTakesKeepTheirOrder) {
  auto device = open(Access::write);
  constexpr std::size_t slices = 3000;
  auto bytes = pattern(slices * 512, 2);
  SliceList scattered;
  for (std::size_t i = 0; i < slices; ++i) {
    scattered.emplace_back(Page::zeroed(), static_cast<std::uint32_t>(i % 8 * 512), 512u);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * 512), 512, scattered[i].data());
  }
  ASSERT_TRUE(world_.finish(device->write(Lba(8), scattered, write_fua)).has_value());
  EXPECT_EQ(file_bytes(4096, bytes.size()), bytes);
  for (const Slice& slice : scattered) std::fill_n(slice.data(), 512, std::byte{0});
  ASSERT_TRUE(world_.finish(device->read(Lba(8), scattered)).has_value());
  std::vector<std::byte> back(bytes.size());
  copy(scattered, back);
  EXPECT_EQ(back, bytes);
}

TEST_P(FileDeviceTest, RequestsBeyondTheEndOrOffTheBlockAreRefused) {
  auto device = open(Access::write);
  SliceList pages = allocate_slices(4096);
  SliceList half;
  half.emplace_back(Page::zeroed(), 0u, 256u);
  SliceList shifted;
  shifted.emplace_back(Page::zeroed(), 256u, 512u);
  Lba last(image_bytes / 512 - 1);
  for (auto result :
       {world_.finish(device->read(last, pages)),
        world_.finish(device->write(last, pages, WriteFlags())),
        world_.finish(device->read(Lba(0), half)),
        world_.finish(device->write(Lba(0), half, WriteFlags())),
        world_.finish(device->write(Lba(0), shifted, WriteFlags())),
        world_.finish(device->read(Lba(0), {})),
        world_.finish(device->discard(Extent(last, Sectors(2)))),
        world_.finish(device->write_zeroes(Extent(last, Sectors(2)), WriteFlags()))}) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, IoErrorKind::range);
  }
  struct stat state{};
  ASSERT_EQ(stat(path_.c_str(), &state), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(state.st_size), image_bytes);
}

TEST_P(FileDeviceTest, ZerosAndDiscardsReadAsZerosAndLeaveTheirNeighboursAlone) {
  auto device = open(Access::write);
  auto bytes = pattern(64 << 10, 4);
  SliceList pages = allocate_slices(bytes.size());
  copy(bytes, pages);
  ASSERT_TRUE(world_.finish(device->write(Lba(0), pages, WriteFlags())).has_value());
  // Off the granule at both ends: only the whole ones between are discarded.
  ASSERT_TRUE(world_.finish(device->discard(Extent(Lba(4), Sectors(24)))).has_value());
  ASSERT_TRUE(
      world_.finish(device->write_zeroes(Extent(Lba(65), Sectors(3)), write_fua)).has_value());
  std::fill_n(bytes.begin() + 4096, 8192, std::byte{0});
  std::fill_n(bytes.begin() + 65 * 512, 3 * 512, std::byte{0});
  EXPECT_EQ(file_bytes(0, bytes.size()), bytes);
}

TEST_P(FileDeviceTest, OneWriterOrManyReaders) {
  auto reader = open(Access::read);
  auto other_reader = open(Access::read);
  EXPECT_NE(refusal(path_, Access::write).find("in use"), std::string::npos);
  EXPECT_EQ(refusal(path_, Access::look), "");
  reader.reset();
  other_reader.reset();
  auto writer = open(Access::write);
  EXPECT_NE(refusal(path_, Access::read).find("in use"), std::string::npos);
  EXPECT_NE(refusal(path_, Access::write).find("in use"), std::string::npos);
  EXPECT_EQ(refusal(path_, Access::look), "");
}

TEST_P(FileDeviceTest, AReaderCannotWrite) {
  auto device = open(Access::read);
  SliceList pages = allocate_slices(4096);
  auto written = world_.finish(device->write(Lba(0), pages, WriteFlags()));
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().kind, IoErrorKind::read_only);
}

TEST_P(FileDeviceTest, AFileCutOffWhileOpenIsGone) {
  auto device = open(Access::read);
  ASSERT_EQ(truncate(path_.c_str(), 4096), 0);
  SliceList pages = allocate_slices(8192);
  auto read = world_.finish(device->read(Lba(0), pages));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), IoError(IoErrorKind::gone, Lba(8)));
  ASSERT_FALSE(observer_.notes.empty());
  EXPECT_NE(observer_.notes.back().find("ends at sector 8"), std::string::npos);
  EXPECT_FALSE(world_.finish(device->read(Lba(0), allocate_slices(4096))).has_value())
      << "gone stays gone";
}

// A file size limit stands in for a disk that refuses: the kernel answers EFBIG instead of EIO.
TEST_P(FileDeviceTest, AFailedDurableWriteFailsTheDevice) {
  auto device = open(Access::write);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small{1 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  SliceList pages = allocate_slices(4096);
  auto plain = world_.finish(device->write(Lba(4096), pages, WriteFlags()));
  auto below = world_.finish(device->write(Lba(0), pages, WriteFlags()));
  auto durable = world_.finish(device->write(Lba(4096), pages, write_fua));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(plain.has_value());
  EXPECT_EQ(plain.error(), IoError(IoErrorKind::io, Lba(4096)));
  EXPECT_TRUE(below.has_value());
  ASSERT_FALSE(durable.has_value());
  auto after = world_.finish(device->write(Lba(0), pages, WriteFlags()));
  ASSERT_FALSE(after.has_value());
  EXPECT_EQ(after.error().kind, IoErrorKind::gone);
}

// Each block in a request of its own, all of them at once, written in one order and read in the other.
TEST_P(FileDeviceTest, ManyRequestsInFlightEachFindTheirPlace) {
  auto device = open(Access::write);
  constexpr std::size_t requests = 300;
  auto bytes = pattern(requests * 4096, 5);
  std::vector<SliceList> blocks;
  for (std::size_t i = 0; i < requests; ++i) {
    blocks.push_back(allocate_slices(4096));
    copy(Bytes(bytes).subspan(i * 4096, 4096), blocks.back());
  }
  ASSERT_TRUE(world_.finish(write_all_at_once(*device, blocks)).has_value());
  EXPECT_EQ(file_bytes(0, bytes.size()), bytes);
  for (const SliceList& block : blocks) std::ranges::fill(block[0].room(), std::byte{0});
  ASSERT_TRUE(world_.finish(read_all_at_once(*device, blocks)).has_value());
  std::vector<std::byte> back(bytes.size());
  for (std::size_t i = 0; i < requests; ++i)
    copy(blocks[i], MutableBytes(back).subspan(i * 4096, 4096));
  EXPECT_EQ(back, bytes);
}

TEST_P(FileDeviceTest, AWorldMayEndWithRequestsInFlight) {
  auto device = open(Access::write);
  std::vector<SliceList> blocks;
  for (std::size_t i = 0; i < 300; ++i) blocks.push_back(allocate_slices(4096));
  Executor& executor = world_.ports().executor;
  executor.spawn(ignore(write_all_at_once(*device, blocks)));
  executor.spawn(ignore(device->flush()));
  executor.spawn(ignore(device->flush()));
  executor.run_ready();
  world_.reactor().turn(executor, Nanoseconds(0));
  executor.spawn(ignore(read_all_at_once(*device, blocks)));
  executor.run_ready();
  world_.reactor().turn(executor, Nanoseconds(0));
  world_.stop();
  EXPECT_FALSE(world_.reactor().is_busy());
}

// More is written than the file system has room for.
TEST_P(FileDeviceTest, AFullFileSystemIsAnErrorAndFailsADurableWrite) {
  MountedFolder folder("tmpfs", "size=1m");
  if (!folder.is_mounted()) GTEST_SKIP() << "only root mounts";
  std::string image = folder.path() + "/image";
  std::ofstream(image).close();
  ASSERT_EQ(truncate(image.c_str(), 8 << 20), 0);
  auto device = FileDevice::open(image, Access::write, world_);
  ASSERT_TRUE(device.has_value()) << device.error().message;
  SliceList pages = allocate_slices(2 << 20);
  auto plain = world_.finish((*device)->write(Lba(0), pages, WriteFlags()));
  EXPECT_FALSE(plain.has_value() || plain.error().kind != IoErrorKind::io);
  EXPECT_FALSE(world_.finish((*device)->write(Lba(4096), pages, write_fua)).has_value());
  auto after = world_.finish((*device)->flush());
  EXPECT_FALSE(after.has_value() || after.error().kind != IoErrorKind::gone);
}

std::vector<Place> everywhere() {
  std::vector<Place> places;
  for (const char* reactor : reactor_names)
    for (const char* folder : {"/var/tmp", "/dev/shm"}) places.push_back({folder, reactor});
  return places;
}

INSTANTIATE_TEST_SUITE_P(On, FileDeviceTest, testing::ValuesIn(everywhere()),
                         [](const auto& at) { return at.param.name(); });

class FileDeviceOpenTest : public testing::Test {
 protected:
  OpenError refusal(const std::string& path, Access access = Access::read) {
    auto opened = FileDevice::open(path, access, world_);
    EXPECT_FALSE(opened.has_value());
    return opened ? OpenError(OpenError::Kind::io, "") : opened.error();
  }
  std::string image_of(std::uint64_t bytes) {
    std::string path = testing::TempDir() + "holdfast-odd-size";
    std::ofstream(path).close();
    EXPECT_EQ(truncate(path.c_str(), static_cast<off_t>(bytes)), 0);
    return path;
  }
  CollectedNotes observer_;
  RealWorld world_{observer_, make_reactor("threads")};
};

TEST_F(FileDeviceOpenTest, WhatIsNoDiskIsNamed) {
  EXPECT_EQ(refusal("/nowhere/m0.img").message, "/nowhere/m0.img: No such file or directory");
  EXPECT_EQ(refusal("/nowhere/m0.img").kind, OpenError::Kind::io);
  EXPECT_NE(refusal("/tmp").message.find("is a directory"), std::string::npos);
  EXPECT_NE(refusal("/dev/null").message.find("is a character device"), std::string::npos);
}

TEST_F(FileDeviceOpenTest, SizesThatNoDiskHasAreRefused) {
  EXPECT_EQ(refusal(image_of(0)).kind, OpenError::Kind::format);
  OpenError odd = refusal(image_of(1000));
  EXPECT_EQ(odd.kind, OpenError::Kind::format);
  EXPECT_NE(odd.message.find("1000 bytes: not a multiple of 512"), std::string::npos);
}

TEST_F(FileDeviceOpenTest, OnePathOrAnotherToOneFile) {
  std::string path = image_of(4096);
  std::string link = path + "-link";
  unlink(link.c_str());
  ASSERT_EQ(symlink(path.c_str(), link.c_str()), 0);
  EXPECT_TRUE(is_same_device(path, link));
  EXPECT_FALSE(is_same_device(path, "/dev/null"));
  EXPECT_FALSE(is_same_device(path, "/nowhere"));
  unlink(link.c_str());
}

}  // namespace
}  // namespace holdfast::drivers
