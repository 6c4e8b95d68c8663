#include "tests/core/raid/memory_array.h"

#include "core/raid/geometry.h"
#include "core/raid/superblock.h"

namespace holdfast::tests {
namespace {

struct Shape {
  int level;
  std::string layout;
  int members;
};

std::vector<Shape> all_shapes() {
  std::vector<Shape> shapes;
  for (raid::Level level : {raid::Level::raid4, raid::Level::raid5, raid::Level::raid6})
    for (const raid::LayoutName& layout : raid::layouts_of(level))
      shapes.push_back(
          {static_cast<int>(level), std::string(layout.name), level == raid::Level::raid6 ? 6 : 4});
  return shapes;
}

constexpr std::uint64_t chunk_bytes = 16 << 10;
constexpr std::uint64_t member_bytes = 256 << 10;

// What the array must hold, sector by sector.
class Model {
 public:
  explicit Model(std::uint64_t bytes) : bytes_(bytes) {}
  void write(std::uint64_t sector, const std::vector<std::byte>& data) {
    std::copy(data.begin(), data.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(sector * 512));
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

void write_at_random(MemoryArray& array, Model& model, unsigned seed, int count) {
  std::mt19937 random(seed);
  std::uint64_t sectors = array.device().limits().sectors.value;
  for (int i = 0; i < count; ++i) {
    std::uint64_t length = i % 4 == 0 ? 1 + random() % 400 : 1 + random() % 16;
    std::uint64_t sector = random() % (sectors - length);
    auto data = pattern(length * 512, random());
    ASSERT_TRUE(array.write(sector, data));
    model.write(sector, data);
  }
}

class EveryLayout : public testing::TestWithParam<Shape> {};

TEST_P(EveryLayout, KeepsWhatIsWrittenWholeAndDegraded) {
  const Shape& shape = GetParam();
  int parities = shape.level == 6 ? 2 : 1;
  MemoryArray array(MemoryArray::spec(shape.level, shape.layout, shape.members, chunk_bytes),
                    member_bytes);
  array.create();
  array.open_whole();
  Model model(array.device().limits().sectors.bytes());
  ASSERT_TRUE(array.write(0, model.bytes()));
  write_at_random(array, model, 1, 60);
  EXPECT_EQ(*array.read(0, model.bytes().size()), model.bytes());
  ASSERT_TRUE(array.stop());

  for (std::size_t first = 0; first < array.disks.size(); ++first) {
    for (std::size_t second = first; second < array.disks.size(); ++second) {
      std::set<std::size_t> absent{first, second};
      if (static_cast<int>(absent.size()) > parities) continue;
      array.open_whole(absent);
      EXPECT_EQ(*array.read(0, model.bytes().size()), model.bytes()) << first << " " << second;
      array.crash();  // nothing was written
    }
  }
}

TEST_P(EveryLayout, DegradedWritesAreThereForAnyFurtherLoss) {
  const Shape& shape = GetParam();
  MemoryArray array(MemoryArray::spec(shape.level, shape.layout, shape.members, chunk_bytes),
                    member_bytes);
  array.create();
  array.open_whole();
  Model model(array.device().limits().sectors.bytes());
  ASSERT_TRUE(array.write(0, model.bytes()));
  write_at_random(array, model, 2, 20);
  array.disks[1]->is_gone = true;
  write_at_random(array, model, 3, 40);
  EXPECT_EQ(*array.read(0, model.bytes().size()), model.bytes());
  EXPECT_EQ(array.volume().missing_devices(), std::vector<std::size_t>{1});
  if (shape.level == 6) {
    array.disks[4]->is_gone = true;
    write_at_random(array, model, 4, 40);
    EXPECT_EQ(*array.read(0, model.bytes().size()), model.bytes());
  }
  ASSERT_TRUE(array.stop());
  array.open_whole({1});
  EXPECT_EQ(*array.read(0, model.bytes().size()), model.bytes());
}

INSTANTIATE_TEST_SUITE_P(Array, EveryLayout, testing::ValuesIn(all_shapes()),
                         [](const auto& shape) {
                           std::string name = "raid" + std::to_string(shape.param.level) + "_" +
                                              shape.param.layout + "_" +
                                              std::to_string(shape.index);
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !isalnum(c); }, '_');
                           return name;
                         });

class Raid5 : public testing::Test {
 protected:
  Raid5() : array(MemoryArray::spec(5, "left-symmetric", 4, chunk_bytes), member_bytes) {
    array.create();
    array.open_whole();
  }
  raid::Superblock superblock(std::size_t disk) {
    auto& bytes = array.disks[disk]->bytes();
    auto decoded =
        raid::decode_superblock(Bytes(bytes).subspan(4096, 4096), raid::MetadataVersion::v1_2,
                                Sectors::of_bytes(bytes.size()));
    return decoded.value().value();
  }
  MemoryArray array;
};

TEST_F(Raid5, SaysDirtyBeforeTheFirstWriteAndCleanWhenIdle) {
  EXPECT_TRUE(superblock(0).clean());
  bool was_dirty = true;
  for (auto& disk : array.disks)
    disk->before_write = [&](Lba first) {
      if (first.value >= superblock(0).data_offset.value)
        for (std::size_t i = 0; i < 4; ++i) was_dirty &= !superblock(i).clean();
    };
  ASSERT_TRUE(array.write(8, pattern(4096, 1)));
  EXPECT_TRUE(was_dirty);
  EXPECT_FALSE(superblock(3).clean());
  while (array.clock().step()) {
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(superblock(i).clean());
}

TEST_F(Raid5, ReconstructsParityFromDataAfterACrash) {
  ASSERT_TRUE(array.write(8, pattern(4096, 1)));
  array.crash();
  auto& bytes = array.disks[3]->bytes();
  std::size_t data = superblock(3).data_offset.value * 512;
  bytes[data + 5000] ^=
      std::byte{1};  // row 0: the parity of left-symmetric stands on the last member
  array.marks.marks.clear();
  array.open_whole();
  EXPECT_EQ(array.marks.marks["raid.parity_corrected"], 1);
  ASSERT_TRUE(array.stop());
  array.open_whole({0});
  EXPECT_EQ(*array.read(8, 4096), pattern(4096, 1));
}

TEST_F(Raid5, AcksAWriteThatAMemberMissedOnlyWhenSuperblocksSaySo) {
  ASSERT_TRUE(array.write(0, pattern(4096, 1)));
  array.disks[0]->is_gone = true;
  ASSERT_TRUE(array.write(0, pattern(4096, 2)));
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(superblock(i).role_of(0), raid::role_faulty);
    EXPECT_GT(superblock(i).events, superblock(0).events);
  }
  array.crash();
  array.disks[0]->is_gone = false;
  array.raid().accept_dirty_degraded = true;
  array.open_whole();
  EXPECT_EQ(array.marks.marks["raid.stale_member_refused"], 1);
  EXPECT_EQ(*array.read(0, 4096), pattern(4096, 2));
}

TEST_F(Raid5, RefusesToOpenDirtyAndDegradedUnlessTold) {
  ASSERT_TRUE(array.write(0, pattern(4096, 1)));
  array.crash();
  auto opened = array.open({2});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, OpenError::Kind::refused);
  EXPECT_NE(opened.error().message.find("write hole"), std::string::npos) << opened.error().message;
  array.raid().accept_dirty_degraded = true;
  EXPECT_TRUE(array.open({2}));
}

TEST_F(Raid5, TwoMembersMissingAreRefused) {
  ASSERT_TRUE(array.stop());
  auto opened = array.open({1, 2});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("role 1, 2"), std::string::npos) << opened.error().message;
}

TEST_F(Raid5, AnUnreadableSectorIsComputedAndWrittenAnew) {
  auto data = pattern(64 << 10, 7);
  ASSERT_TRUE(array.write(0, data));
  std::uint64_t sector = superblock(0).data_offset.value + 11;
  array.disks[0]->unreadable = {sector, sector + 12};
  EXPECT_EQ(*array.read(0, data.size()), data);
  EXPECT_TRUE(array.disks[0]->unreadable.empty());
  EXPECT_EQ(array.marks.marks["raid.media_error_repaired"], 2);
  EXPECT_TRUE(array.volume().missing_devices().empty());
}

TEST_F(Raid5, TwoUnreadableSectorsOfOneStripeAreAnError) {
  auto data = pattern(64 << 10, 7);
  ASSERT_TRUE(array.write(0, data));
  std::uint64_t sector = superblock(0).data_offset.value + 11;
  array.disks[0]->unreadable = {sector};
  array.disks[1]->unreadable = {sector};
  auto read = array.read(0, data.size());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, IoErrorKind::media);
  EXPECT_TRUE(array.volume().missing_devices().empty());
}

TEST_F(Raid5, OneLossTooManyTakesNoMoreWritesAndIsNotRecorded) {
  auto data = pattern(96 << 10, 9);
  ASSERT_TRUE(array.write(0, data));
  array.disks[0]->is_gone = true;
  ASSERT_TRUE(array.write(0, data));
  array.disks[1]->is_gone = true;
  EXPECT_FALSE(array.write(0, pattern(64 << 10, 10)));
  EXPECT_FALSE(array.write(512, pattern(4096, 10)));
  EXPECT_EQ(superblock(3).role_of(0), raid::role_faulty);
  EXPECT_EQ(superblock(3).role_of(1), 1) << "with it the array can be assembled again";
  array.crash();
  array.disks[1]->is_gone = false;
  array.raid().accept_dirty_degraded = true;
  array.open_whole({0});
  EXPECT_TRUE(array.read(0, data.size()));
}

TEST_F(Raid5, LargeRequestsBecomeLargeDeviceWrites) {
  std::uint64_t row = array.device().limits().optimal_io_bytes;
  ASSERT_TRUE(array.write(0, pattern(512, 1)));
  for (auto& disk : array.disks) disk->writes = disk->reads = 0;
  ASSERT_TRUE(array.write(0, pattern(row * 8, 3)));
  for (auto& disk : array.disks) {
    EXPECT_EQ(disk->writes, 1);
    EXPECT_EQ(disk->reads, 0);
    EXPECT_EQ(disk->write_bytes_max, chunk_bytes * 8);
  }
}

TEST_F(Raid5, DiscardAndZeroesReadAsZeros) {
  std::uint64_t row = array.device().limits().optimal_io_bytes;
  auto data = pattern(row * 4, 3);
  ASSERT_TRUE(array.write(0, data));
  ASSERT_TRUE(array.run(array.device().discard({Lba(1), Sectors(row * 3 / 512)})));
  ASSERT_TRUE(array.run(array.device().write_zeroes({Lba(row * 3 / 512 + 5), Sectors(9)}, {})));
  std::fill_n(data.begin() + static_cast<std::ptrdiff_t>(row), row * 2, std::byte{0});
  std::fill_n(data.begin() + static_cast<std::ptrdiff_t>(row * 3 + 5 * 512), 9 * 512, std::byte{0});
  EXPECT_EQ(*array.read(0, data.size()), data);
  ASSERT_TRUE(array.stop());
  array.open_whole({0});
  EXPECT_EQ(*array.read(0, data.size()), data);
}

TEST_F(Raid5, UnalignedOrOutsideIsRefusedWithoutAWrite) {
  std::uint64_t end = array.device().limits().sectors.value;
  EXPECT_EQ(array.write(end - 1, pattern(1024, 1)).error().kind, IoErrorKind::range);
  EXPECT_EQ(array.write(end, pattern(512, 1)).error().kind, IoErrorKind::range);
  EXPECT_EQ(array.read(~std::uint64_t{0} - 1, 512).error().kind, IoErrorKind::range);
  EXPECT_TRUE(superblock(0).clean());
}

TEST_F(Raid5, AfterStopEveryRequestIsGone) {
  BlockDevice& device = array.device();
  ASSERT_TRUE(array.run(array.volume().stop()));
  EXPECT_EQ(array.run(device.flush()).error().kind, IoErrorKind::gone);
  EXPECT_EQ(array.write(0, pattern(512, 1)).error().kind, IoErrorKind::gone);
}

TEST_F(Raid5, DevicesMayComeInAnyOrder) {
  auto data = pattern(128 << 10, 4);
  ASSERT_TRUE(array.write(0, data));
  ASSERT_TRUE(array.stop());
  std::swap(array.disks[0], array.disks[3]);
  std::swap(array.disks[1], array.disks[2]);
  array.open_whole();
  EXPECT_EQ(*array.read(0, data.size()), data);
}

TEST_F(Raid5, OneMemberTwiceIsRefused) {
  ASSERT_TRUE(array.stop());
  array.disks[1]->bytes() = array.disks[0]->bytes();
  auto opened = array.open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("role 0"), std::string::npos) << opened.error().message;
}

TEST(Raid5Create, RefusesADeviceThatHoldsAnArrayUnlessNamed) {
  MemoryArray array(MemoryArray::spec(5, "left-symmetric", 3, chunk_bytes), member_bytes);
  array.create();
  auto before = array.disks[0]->bytes();
  auto again = array.run(creator_of(VolumeSpec{array.raid()}, {})(array.devices(), array.ports()));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, OpenError::Kind::refused);
  EXPECT_EQ(array.disks[0]->bytes(), before);
  CreateOptions all{{"m0", "m1", "m2"}};
  EXPECT_TRUE(array.run(creator_of(VolumeSpec{array.raid()}, all)(array.devices(), array.ports())));
  array.open_whole();
}

TEST(Raid5Spares, AreToldApartAndFollowTheEvents) {
  RaidSpec spec = MemoryArray::spec(5, "left-symmetric", 3, chunk_bytes);
  spec.spares = {"s0"};
  MemoryArray array(spec, member_bytes);
  array.create();
  array.open_whole();
  ASSERT_TRUE(array.write(0, pattern(4096, 1)));
  EXPECT_EQ(array.disks[3]->reads > 0, true);
  ASSERT_TRUE(array.stop());
  array.open_whole();
  EXPECT_TRUE(array.volume().missing_devices().empty());
}

}  // namespace
}  // namespace holdfast::tests
