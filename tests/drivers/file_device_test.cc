#include "drivers/posix/file_device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "core/task/join.h"
#include "drivers/posix/real_world.h"

namespace holdfast::drivers {
namespace {

class CollectedNotes final : public Observer {
 public:
  void mark(std::string_view) override {}
  void note(std::string_view sentence) override { notes.emplace_back(sentence); }
  void progress(std::string_view, std::uint64_t, std::uint64_t) override {}
  std::vector<std::string> notes;
};

// One image file in a folder of the build, and one in memory, whose file system takes no direct I/O.
class FileDeviceTest : public testing::TestWithParam<const char*> {
 protected:
  static constexpr std::uint64_t image_bytes = 8 << 20;

  void SetUp() override {
    path_ = std::string(GetParam()) + "/holdfast-device-XXXXXX";
    Descriptor made(mkstemp(path_.data()));
    ASSERT_TRUE(made.is_open()) << path_;
    ASSERT_EQ(ftruncate(made.number(), image_bytes), 0);
  }
  void TearDown() override { unlink(path_.c_str()); }

  std::unique_ptr<FileDevice> open(Access access) {
    auto opened = FileDevice::open(path_, access, world_.requests(), observer_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return std::move(*opened);
  }
  std::string refusal(const std::string& path, Access access) {
    auto opened = FileDevice::open(path, access, world_.requests(), observer_);
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
  RealWorld world_{observer_};
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

// 512 bytes of every page, so that no two neighbours join: more vectors than one call takes.
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

TEST_P(FileDeviceTest, MemoryOffTheLogicalBlockGoesThroughPagesOfItsOwn) {
  auto device = open(Access::write);
  auto bytes = pattern(1024, 3);
  SliceList odd;
  odd.emplace_back(Page::allocate(), 3u, 500u);
  odd.emplace_back(Page::allocate(), 77u, 524u);
  copy(bytes, odd);
  ASSERT_TRUE(world_.finish(device->write(Lba(16), odd, WriteFlags())).has_value());
  EXPECT_EQ(file_bytes(16 * 512, bytes.size()), bytes);
  copy(pattern(1024, 9), odd);
  ASSERT_TRUE(world_.finish(device->read(Lba(16), odd)).has_value());
  std::vector<std::byte> back(bytes.size());
  copy(odd, back);
  EXPECT_EQ(back, bytes);
}

TEST_P(FileDeviceTest, RequestsBeyondTheEndOrOffTheBlockAreRefused) {
  auto device = open(Access::write);
  SliceList pages = allocate_slices(4096);
  SliceList half;
  half.emplace_back(Page::zeroed(), 0u, 256u);
  Lba last(image_bytes / 512 - 1);
  for (auto result :
       {world_.finish(device->read(last, pages)),
        world_.finish(device->write(last, pages, WriteFlags())),
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

INSTANTIATE_TEST_SUITE_P(On, FileDeviceTest, testing::Values("/var/tmp", "/dev/shm"),
                         [](const auto& at) {
                           return std::string(at.param) == "/dev/shm" ? "memory" : "disk";
                         });

class FileDeviceOpenTest : public testing::Test {
 protected:
  OpenError refusal(const std::string& path, Access access = Access::read) {
    auto opened = FileDevice::open(path, access, world_.requests(), observer_);
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
  RealWorld world_{observer_};
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
