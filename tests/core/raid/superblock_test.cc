// Superblocks that Linux wrote, every way to spoil one, and ours before mdadm.
#include "core/raid/superblock.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/golden/linux_superblocks.h"

namespace holdfast::raid {
namespace {

using Block = std::vector<std::byte>;

const golden::LinuxSuperblock& linux_superblock(std::string_view device) {
  auto found = std::ranges::find(golden::superblocks(), device, &golden::LinuxSuperblock::device);
  EXPECT_NE(found, golden::superblocks().end()) << device;
  return *found;
}

Decoded<std::optional<Superblock>> decode(const golden::LinuxSuperblock& from, const Block& block) {
  return decode_superblock(block, *metadata_version(from.metadata), Sectors(from.sectors));
}

Superblock decoded(const golden::LinuxSuperblock& from) {
  auto found = decode(from, from.block());
  EXPECT_TRUE(found) << found.error().text();
  EXPECT_TRUE(*found) << from.device;
  return **found;
}

Block encoded(const Superblock& superblock) {
  Block block(superblock_room.bytes(), std::byte{0xee});
  encode_superblock(superblock, block);
  return block;
}

// The checksum by its definition, of as many bytes as max_dev asks for.
void mend_checksum(Block& block) {
  store_le<std::uint32_t>(block, 216, 0);
  std::uint64_t sum = 0;
  std::size_t bytes = 256 + 2 * std::size_t{load_le<std::uint32_t>(block, 220)};
  if (bytes > block.size()) return;
  for (std::size_t at = 0; at + 4 <= bytes; at += 4) sum += load_le<std::uint32_t>(block, at);
  if (bytes % 4 == 2) sum += load_le<std::uint16_t>(block, bytes - 2);
  store_le(block, 216, static_cast<std::uint32_t>((sum & 0xffffffff) + (sum >> 32)));
}

struct Field {
  std::size_t offset;
  std::string_view name;
  std::string_view others =
      {};  // fields that an error may name as well: those held against this one
};

constexpr Field fields[] = {
    {0, "magic"},
    {4, "major_version"},
    {8, "feature_map", "dev_roles"},
    {12, "pad0"},
    {16, "set_uuid"},
    {32, "set_name"},
    {64, "ctime"},
    {72, "level", "layout raid_disks"},
    {76, "layout"},
    {80, "size", "resync_offset"},
    {88, "chunk", "size"},
    {92, "raid_disks", "dev_roles"},
    {96, "bitmap_offset"},
    {100, "new_level"},
    {104, "reshape_position"},
    {112, "delta_disks"},
    {116, "new_layout"},
    {120, "new_chunk"},
    {124, "new_offset"},
    {128, "data_offset", "data_size"},
    {136, "data_size", "size"},
    {144, "super_offset"},
    {152, "recovery_offset"},
    {160, "dev_number", "size"},
    {164, "cnt_corrected_read"},
    {168, "device_uuid"},
    {184, "devflags"},
    {185, "bblog_shift"},
    {186, "bblog_size"},
    {188, "bblog_offset"},
    {192, "utime"},
    {200, "events"},
    {208, "resync_offset"},
    {216, "sb_csum"},
    {220, "max_dev", "raid_disks dev_roles"},
    {224, "pad3"},
    {256, "dev_roles"},
};

const Field& field_at(std::size_t byte) {
  return *(std::ranges::upper_bound(fields, byte, {}, &Field::offset) - 1);
}

TEST(SuperblockOfLinux, EveryOneIsReadAndWrittenBackByteForByte) {
  ASSERT_EQ(golden::superblocks().size(), 137u);
  for (const auto& one : golden::superblocks()) {
    SCOPED_TRACE(one.device);
    Superblock superblock = decoded(one);
    EXPECT_EQ(encoded(superblock), one.block());
    EXPECT_EQ(name_of(superblock.version), one.metadata);
    EXPECT_EQ(superblock.features, one.device.starts_with("md-") ? feature::journal : 0u);
    EXPECT_TRUE(superblock.clean());
    EXPECT_EQ(superblock.role() == role_journal, one.device.ends_with("journal"));
    EXPECT_EQ(superblock.holds_role(), !one.device.ends_with("journal"));
    auto geometry = geometry_of(superblock);
    ASSERT_TRUE(geometry);
    EXPECT_EQ(geometry->raid_disks, static_cast<int>(superblock.raid_disks));
    EXPECT_TRUE(not_runnable(superblock).empty());
  }
}

TEST(SuperblockOfLinux, FieldsAreWhatMdadmShows) {
  Superblock superblock = decoded(linux_superblock("layout-r5-ls/member3"));
  EXPECT_EQ(text_of(superblock.set_uuid), "61616b38:312a3e5d:d8d728a5:f45e5272");
  EXPECT_EQ(superblock.name(), "rig:lay");
  EXPECT_EQ(superblock.level, 5);
  EXPECT_EQ(superblock.layout, 2u);
  EXPECT_EQ(superblock.chunk, Sectors(128));
  EXPECT_EQ(superblock.size, Sectors(10112));
  EXPECT_EQ(superblock.data_size, Sectors(10208));
  EXPECT_EQ(superblock.super_offset, Lba(10224));
  EXPECT_EQ(superblock.events, 20u);
  EXPECT_EQ(superblock.dev_number, 4u);
  EXPECT_EQ(superblock.role(), 3);
  EXPECT_EQ(superblock.role_of(3), role_spare);
  EXPECT_EQ(superblock.role_of(5000), role_spare);
  EXPECT_EQ(superblock.bblog_offset, -8);
  EXPECT_EQ(role_text(superblock.role()), "active device 3");
  EXPECT_EQ(role_text(role_faulty), "faulty");
  Superblock journal = decoded(linux_superblock("md-r5-wb-clean/journal"));
  EXPECT_EQ(role_text(journal.role()), "journal");
  EXPECT_EQ(journal.recovery_offset, 0x69e0u);
}

TEST(SuperblockOfLinux, MembersOfOneArrayAgreeAndOfTwoDoNot) {
  for (const auto& one : golden::superblocks()) {
    std::string folder = one.device.substr(0, one.device.find('/') + 1);
    Superblock first = decoded(one);
    for (const auto& other : golden::superblocks()) {
      auto found = differences(first, decoded(other));
      if (other.device.starts_with(folder)) {
        EXPECT_TRUE(found.empty()) << one.device << " and " << other.device;
      } else {
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0].field, "set_uuid");
        EXPECT_EQ(found[0].offset, 16u);
      }
    }
  }
}

TEST(Superblock, EachFieldThatMustAgreeIsNamed) {
  Superblock one = decoded(linux_superblock("layout-r6-ls/member0"));
  Superblock other = one;
  other.created.raw += 1;
  other.level = 5;
  other.layout = 3;
  other.size = Sectors(4096);
  other.chunk = Sectors(64);
  other.raid_disks = 6;
  other.version = MetadataVersion::v1_0;
  other.events = 1;  // may differ
  other.dev_number = 3;
  std::vector<std::string> named;
  for (const FormatError& error : differences(one, other)) named.push_back(error.field);
  EXPECT_EQ(named, (std::vector<std::string>{"metadata", "ctime", "level", "layout", "size",
                                             "chunk", "raid_disks"}));
}

TEST(SuperblockDamage, EveryFlippedBitIsSeenByTheChecksum) {
  for (std::string_view device : {"layout-r5-ls/member3", "layout-r6-ddf-nc/member0",
                                  "md-r6-wb-kill/journal", "md-r6-wb-kill/member5"}) {
    const auto& one = linux_superblock(device);
    Block block = one.block();
    for (std::size_t bit = 0; bit < 512 * 8; ++bit) {
      block[bit / 8] ^= std::byte(1u << bit % 8);
      auto found = decode(one, block);
      if (bit < 32)
        ASSERT_TRUE(found && !*found) << "without its magic it is no superblock, bit " << bit;
      else
        ASSERT_FALSE(found) << "bit " << bit;
      block[bit / 8] ^= std::byte(1u << bit % 8);
    }
    ASSERT_TRUE(decode(one, block));
  }
}

// Whoever flips a bit and mends the checksum gets a legal value read as it stands, or an error that names the field.
TEST(SuperblockDamage, AFlippedBitUnderARightChecksumIsNamedOrLegal) {
  std::size_t refused = 0;
  for (const auto& one : golden::superblocks()) {
    if (one.device.find("/member0") == std::string::npos && !one.device.ends_with("journal"))
      continue;
    for (std::size_t bit = 32; bit < 512 * 8; ++bit) {
      if (bit / 8 >= 216 && bit / 8 < 220) continue;
      Block block = one.block();
      block[bit / 8] ^= std::byte(1u << bit % 8);
      mend_checksum(block);
      auto found = decode(one, block);
      const Field& field = field_at(bit / 8);
      SCOPED_TRACE(one.device + ", bit " + std::to_string(bit) + " in " + std::string(field.name));
      if (found) {
        ASSERT_TRUE(*found);
        ASSERT_EQ(encoded(**found), (field.name == "max_dev" ? encoded(**found) : block));
        static_cast<void>(geometry_of(**found));
        static_cast<void>(not_runnable(**found));
        continue;
      }
      ++refused;
      std::string named = found.error().field.substr(0, found.error().field.find('['));
      ASSERT_TRUE(named == field.name || field.others.find(named) != std::string_view::npos)
          << found.error().text();
      ASSERT_EQ(field_at(found.error().offset).name, named) << found.error().text();
    }
  }
  EXPECT_GT(refused, 1000u);
}

TEST(SuperblockDamage, CutOffAnywhereIsRefusedOrAbsent) {
  const auto& one = linux_superblock("layout-r5-la/member0");
  Block whole = one.block();
  for (std::size_t size = 0; size < 512; ++size) {
    auto found =
        decode(one, Block(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    if (size < 4)
      ASSERT_TRUE(found && !*found);
    else
      ASSERT_FALSE(found) << size;
  }
  EXPECT_TRUE(decode(one, Block(whole.begin(), whole.begin() + 512)));
}

TEST(SuperblockDamage, ZerosAndNoiseAreNoSuperblock) {
  for (std::byte fill : {std::byte{0}, std::byte{0xff}, std::byte{0x5a}}) {
    auto found = decode_superblock(Block(4096, fill), MetadataVersion::v1_2, Sectors(10240));
    EXPECT_TRUE(found && !*found);
  }
}

// Each rule broken by itself, under a right checksum.
TEST(SuperblockRules, EachIsNamedWithItsOffset) {
  struct Case {
    std::string_view device;
    void (*spoil)(Superblock&);
    std::string field;
    std::uint64_t offset;
  };
  constexpr std::string_view plain = "layout-r6-ls/member1";  // 1.2, 5 members, 10240 sectors
  constexpr std::string_view at_end = "layout-r5-ls/member1";
  constexpr std::string_view at_start = "layout-r5-ra/member1";
  for (const Case& one : {
           Case{plain, [](Superblock& s) { s.features = 8192; }, "feature_map", 8},
           Case{plain, [](Superblock& s) { s.features = 513; }, "feature_map", 8},
           Case{plain, [](Superblock& s) { s.features = 1025; }, "feature_map", 8},
           Case{plain, [](Superblock& s) { s.features = 512 | 2048; }, "feature_map", 8},
           Case{plain, [](Superblock& s) { s.level = 17; }, "level", 72},
           Case{plain, [](Superblock& s) { s.level = -2; }, "level", 72},
           Case{plain, [](Superblock& s) { s.layout = 7; }, "layout", 76},
           Case{plain, [](Superblock& s) { s.layout = 0x80000002; }, "layout", 76},
           Case{plain, [](Superblock& s) { s.size = Sectors(0); }, "size", 80},
           Case{plain, [](Superblock& s) { s.size = Sectors(8320); }, "size", 80},
           Case{plain, [](Superblock& s) { s.size = Sectors(~0ull); }, "size", 80},
           Case{plain, [](Superblock& s) { s.chunk = Sectors(0); }, "chunk", 88},
           Case{plain, [](Superblock& s) { s.chunk = Sectors(96); }, "chunk", 88},
           Case{plain, [](Superblock& s) { s.chunk = Sectors(4); }, "chunk", 88},
           Case{plain, [](Superblock& s) { s.raid_disks = 0; }, "raid_disks", 92},
           Case{plain, [](Superblock& s) { s.raid_disks = 129; }, "raid_disks", 92},
           Case{plain, [](Superblock& s) { s.raid_disks = 3; }, "raid_disks", 92},
           Case{plain, [](Superblock& s) { s.raid_disks = 4; }, "dev_roles[4]", 264},
           Case{plain, [](Superblock& s) { s.data_offset = Lba(8); }, "data_offset", 128},
           Case{plain, [](Superblock& s) { s.data_offset = Lba(10241); }, "data_offset", 128},
           Case{plain, [](Superblock& s) { s.data_offset = Lba(~0ull); }, "data_offset", 128},
           Case{at_start, [](Superblock& s) { s.data_offset = Lba(0); }, "data_offset", 128},
           Case{plain, [](Superblock& s) { s.data_size = Sectors(9); }, "data_size", 136},
           Case{plain, [](Superblock& s) { s.data_size = Sectors(8193); }, "data_size", 136},
           Case{plain, [](Superblock& s) { s.data_size = Sectors(~0ull); }, "data_size", 136},
           Case{at_end, [](Superblock& s) { s.data_size = Sectors(10225); }, "data_size", 136},
           Case{plain, [](Superblock& s) { s.super_offset = Lba(0); }, "super_offset", 144},
           Case{at_end, [](Superblock& s) { s.super_offset = Lba(10232); }, "super_offset", 144},
           Case{at_start, [](Superblock& s) { s.super_offset = Lba(8); }, "super_offset", 144},
           Case{plain, [](Superblock& s) { s.resync_offset = 8193; }, "resync_offset", 208},
           Case{plain, [](Superblock& s) { s.dev_roles[9] = 0xfffd; }, "dev_roles[9]", 274},
           Case{plain, [](Superblock& s) { s.dev_roles[9] = 0xff00; }, "dev_roles[9]", 274},
           Case{plain, [](Superblock& s) { s.dev_roles[9] = 5; }, "dev_roles[9]", 274},
           Case{plain, [](Superblock& s) { s.dev_roles[8] = s.dev_roles[9] = 2; }, "dev_roles[9]",
                274},
       }) {
    const auto& from = linux_superblock(one.device);
    Superblock spoiled = decoded(from);
    one.spoil(spoiled);
    auto found = decode(from, encoded(spoiled));
    ASSERT_FALSE(found) << one.field;
    EXPECT_EQ(found.error().field, one.field) << found.error().text();
    EXPECT_EQ(found.error().offset, one.offset) << found.error().text();
    EXPECT_NE(found.error().message.find("found"), std::string::npos);
    EXPECT_NE(found.error().message.find("expected"), std::string::npos);
  }
}

TEST(SuperblockRules, PaddingAndHeadAreHeldToZeroAndOne) {
  const auto& from = linux_superblock("layout-r6-ls/member1");
  for (auto [offset, field] : {std::pair<std::size_t, std::string>{4, "major_version"},
                               {12, "pad0"},
                               {15, "pad0"},
                               {224, "pad3"},
                               {255, "pad3"}}) {
    Block block = from.block();
    block[offset] ^= std::byte{0x40};
    mend_checksum(block);
    auto found = decode(from, block);
    ASSERT_FALSE(found) << offset;
    EXPECT_EQ(found.error().field, field);
  }
  for (std::uint32_t max_dev : {1921u, 65536u, ~0u}) {
    Block block = from.block();
    store_le(MutableBytes(block), 220, max_dev);
    auto found = decode(from, block);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().field, "max_dev");
    EXPECT_EQ(found.error().offset, 220u);
  }
}

TEST(SuperblockRules, TheLargestTableIsReadAndWritten) {
  const auto& from = linux_superblock("layout-r6-ls/member1");
  for (std::size_t max_dev : {127u, 129u, 1919u, 1920u}) {
    Superblock superblock = decoded(from);
    superblock.dev_roles.resize(max_dev, role_spare);
    auto found = decode(from, encoded(superblock));
    ASSERT_TRUE(found) << found.error().text();
    EXPECT_EQ(**found, superblock);
  }
}

TEST(SuperblockRules, OtherLevelsAreReadButDoNotRun) {
  const auto& from = linux_superblock("layout-r6-ls/member1");
  for (std::int32_t level : {0, 1, 10, -1}) {
    Superblock mirror = decoded(from);
    mirror.level = level;
    mirror.chunk = Sectors(0);
    auto found = decode(from, encoded(mirror));
    ASSERT_TRUE(found) << found.error().text();
    auto reasons = not_runnable(**found);
    ASSERT_EQ(reasons.size(), 1u);
    EXPECT_EQ(reasons[0].field, "level");
    EXPECT_EQ(reasons[0].offset, 72u);
  }
  Superblock pair = decoded(linux_superblock("layout-r5-la/member0"));
  pair.raid_disks = 2;
  pair.dev_roles.assign(128, role_spare);
  auto found = decode(linux_superblock("layout-r5-la/member0"), encoded(pair));
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(not_runnable(**found).size(), 1u);
  EXPECT_EQ(not_runnable(**found)[0].field, "raid_disks");
}

TEST(SuperblockRules, WhatTheEngineLacksIsSaid) {
  const auto& from = linux_superblock("layout-r6-ls/member1");
  for (std::uint32_t bit = 1; bit <= 2048; bit *= 2) {
    Superblock superblock = decoded(from);
    superblock.features = bit;
    auto found = decode(from, encoded(superblock));
    ASSERT_TRUE(found) << found.error().text();
    auto reasons = not_runnable(**found);
    bool runs = bit == feature::recovery_bitmap || bit == feature::journal;
    ASSERT_EQ(reasons.size(), runs ? 0u : 1u) << bit;
  }
  Superblock replaced = decoded(from);
  replaced.dev_roles[9] = 2;  // two devices in one role: a replacement is under way
  EXPECT_TRUE(decode(from, encoded(replaced)));
  EXPECT_EQ(not_runnable(replaced).size(), 1u);
}

TEST(SuperblockTime, HoldsMicrosecondsInTheHighBits) {
  auto time = SuperblockTime::of_microseconds(1'700'000'000'123'456);
  EXPECT_EQ(time.seconds(), 1'700'000'000u);
  EXPECT_EQ(time.microseconds(), 123'456u);
}

TEST(MetadataPlace, IsWhereLinuxPutsIt) {
  EXPECT_EQ(superblock_lba(MetadataVersion::v1_0, Sectors(10240)), Lba(10224));
  EXPECT_EQ(superblock_lba(MetadataVersion::v1_0, Sectors(10247)), Lba(10224));
  EXPECT_EQ(superblock_lba(MetadataVersion::v1_0, Sectors(10248)), Lba(10232));
  EXPECT_EQ(superblock_lba(MetadataVersion::v1_1, Sectors(10240)), Lba(0));
  EXPECT_EQ(superblock_lba(MetadataVersion::v1_2, Sectors(10240)), Lba(8));
  for (MetadataVersion version : metadata_versions)
    EXPECT_EQ(metadata_version(name_of(version)), version);
  EXPECT_EQ(metadata_version("0.90"), std::nullopt);
}

TEST(MetadataPlace, DataBeginWhereMdadmWouldLetThem) {
  auto offset = [](std::uint64_t mebibytes) {
    return data_room(MetadataVersion::v1_2, Sectors(mebibytes * 2048), Sectors(1024)).data_offset;
  };
  EXPECT_EQ(offset(1 << 20), Lba(264192));  // 1 TiB: 129 MiB
  EXPECT_EQ(offset(10 << 10), Lba(18432));  // 10 GiB: 9 MiB
  EXPECT_EQ(offset(1), Lba(32));  // right behind superblock, bitmap and bad blocks
  for (MetadataVersion version : metadata_versions) {
    for (std::uint64_t device = 24; device < 40'000; device += 7) {
      DataRoom room = data_room(version, Sectors(device), Sectors(8));
      ASSERT_TRUE(room.data_size.value == 0 ||
                  room.data_offset.value + room.data_size.value <= device);
    }
  }
}

// All that mdadm chose for itself; ids, times and the array's later life are taken from its superblock.
TEST(NewSuperblock, IsWhatMdadmMade) {
  const auto& from = linux_superblock("layout-r5-ls/member2");
  Superblock theirs = decoded(from);
  Superblock ours =
      new_superblock(MetadataVersion::v1_0, *geometry_of(theirs), Sectors(from.sectors));
  EXPECT_FALSE(ours.clean());
  ours.set_uuid = theirs.set_uuid;
  ours.set_name = theirs.set_name;
  ours.created = theirs.created;
  ours.dev_number = theirs.dev_number;
  ours.device_uuid = theirs.device_uuid;
  ours.updated = theirs.updated;
  ours.events = theirs.events;
  ours.resync_offset = theirs.resync_offset;
  ours.dev_roles = {0, 1, 2, role_spare, 3};
  ours.dev_roles.resize(max_dev_written, role_spare);
  EXPECT_EQ(encoded(ours), from.block());
}

TEST(NewSuperblock, IsAcceptedForEveryVersionLevelAndSize) {
  for (MetadataVersion version : metadata_versions) {
    for (std::uint64_t device : {128u, 512u, 2048u, 40'960u, 4'194'304u}) {
      for (Level level : {Level::raid4, Level::raid5, Level::raid6}) {
        Sectors room = data_room(version, Sectors(device), Sectors(8)).data_size;
        auto geometry = Geometry::make(static_cast<int>(level), 0, 4, Sectors(8), room);
        ASSERT_TRUE(geometry);
        Superblock fresh = new_superblock(version, *geometry, Sectors(device));
        auto found = decode_superblock(encoded(fresh), version, Sectors(device));
        ASSERT_TRUE(found) << found.error().text();
        EXPECT_EQ(**found, fresh);
        EXPECT_TRUE(not_runnable(fresh).empty());
      }
    }
  }
}

std::string output_of(const std::string& command) {
  std::string output;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  for (int letter; pipe && (letter = std::fgetc(pipe)) != EOF;) output += static_cast<char>(letter);
  if (pipe) pclose(pipe);
  return output;
}

TEST(NewSuperblock, MdadmReadsItsGeometryAndFindsTheChecksumRight) {
  if (output_of("PATH=$PATH:/sbin:/usr/sbin mdadm --version").find("mdadm - v") ==
      std::string::npos)
    GTEST_SKIP() << "mdadm is not installed";
  auto file = std::filesystem::temp_directory_path() /
              ("holdfast-superblock-test-" + std::to_string(getpid()));
  for (MetadataVersion version : metadata_versions) {
    Sectors device(40'960);
    auto geometry =
        Geometry::make(6, 18, 5, Sectors(128), data_room(version, device, Sectors(128)).data_size);
    ASSERT_TRUE(geometry);
    Superblock fresh = new_superblock(version, *geometry, device);
    for (std::size_t i = 0; i < 16; ++i) {
      fresh.set_uuid[i] = static_cast<std::byte>(i);
      fresh.device_uuid[i] = static_cast<std::byte>(0xf0 + i);
    }
    std::ranges::copy(std::string_view("holdfast"), fresh.set_name.begin());
    fresh.created = fresh.updated = SuperblockTime::of_microseconds(1'700'000'000'000'000);
    fresh.dev_number = 3;
    for (std::uint16_t role = 0; role < 5; ++role) fresh.dev_roles[role] = role;
    Block block = encoded(fresh);
    {
      std::ofstream image(file, std::ios::binary | std::ios::trunc);
      image.seekp(static_cast<std::streamoff>(fresh.super_offset.value * sector_bytes));
      image.write(reinterpret_cast<const char*>(block.data()),
                  static_cast<std::streamsize>(block.size()));
    }
    std::filesystem::resize_file(file, device.bytes());
    std::string shown =
        output_of("PATH=$PATH:/sbin:/usr/sbin mdadm --examine '" + file.string() + "'");
    for (const std::string& line :
         {"Version : " + std::string(name_of(version)),
          std::string("Array UUID : 00010203:04050607:08090a0b:0c0d0e0f"),
          std::string("Name : holdfast"), std::string("Raid Level : raid6"),
          std::string("Raid Devices : 5"), std::string("Layout : left-symmetric-6"),
          std::string("Chunk Size : 64K"),
          std::string("Device UUID : f0f1f2f3:f4f5f6f7:f8f9fafb:fcfdfeff"),
          std::string(" - correct"), std::string("512 entries available"),
          std::string("Device Role : Active device 3"), std::string("Array State : AAAAA"),
          std::string("State : active")})
      EXPECT_NE(shown.find(line), std::string::npos) << line << " is missing in\n" << shown;
    std::filesystem::remove(file);
  }
}

}  // namespace
}  // namespace holdfast::raid
