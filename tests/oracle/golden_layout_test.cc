// The oracle's layouts and parity against arrays that Linux wrote, in every layout of md. Superblocks are read by hand.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "oracle/redundancy.h"
#include "tests/oracle/images.h"
#include "tests/oracle/source_root.h"

namespace holdfast::oracle {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> decompressed(const fs::path& file) {
  std::string command = "zstd -dcq '" + file.string() + "'";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::vector<std::byte> bytes;
  std::vector<std::byte> piece(1 << 20);
  while (std::size_t got = pipe ? fread(piece.data(), 1, piece.size(), pipe.get()) : 0)
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
  return bytes;
}

// Where the version-1 superblock stands: 1.1, 1.2 or 1.0.
std::uint64_t superblock_at(const std::vector<std::byte>& image) {
  std::uint64_t behind = image.size() / 512 < 16 ? 0 : ((image.size() / 512 - 16) & ~7ull) * 512;
  for (std::uint64_t at : {std::uint64_t{0}, std::uint64_t{4096}, behind})
    if (at + 4096 <= image.size() && load_le<std::uint32_t>(image, at) == 0xa92b4efc) return at;
  return ~0ull;
}

struct Array {
  RaidShape shape;
  ImagesInMemory images;
};

// Null: not an array.
std::unique_ptr<Array> open(const fs::path& folder) {
  auto array = std::make_unique<Array>();
  RaidShape& shape = array->shape;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".zst") continue;
    std::vector<std::byte> image = decompressed(entry.path());
    std::uint64_t at = superblock_at(image);
    if (at == ~0ull) return nullptr;
    Bytes block = Bytes(image).subspan(at, 4096);
    shape.level = static_cast<int>(load_le<std::uint32_t>(block, 72));
    shape.layout = static_cast<int>(load_le<std::uint32_t>(block, 76));
    shape.chunk_bytes = load_le<std::uint32_t>(block, 88) * 512ull;
    shape.member_bytes =
        load_le<std::uint64_t>(block, 80) * 512 / shape.chunk_bytes * shape.chunk_bytes;
    shape.raid_disks = load_le<std::uint32_t>(block, 92);
    auto number = load_le<std::uint32_t>(block, 160);
    auto role = load_le<std::uint16_t>(block, 256 + 2 * number);
    if (role >= shape.raid_disks) return nullptr;
    shape.data_offset_bytes.resize(shape.raid_disks);
    array->images.members.resize(shape.raid_disks);
    shape.data_offset_bytes[role] = load_le<std::uint64_t>(block, 128) * 512;
    array->images.members[role] = std::move(image);
  }
  return array;
}

std::uint32_t mixed(std::uint32_t block, std::uint32_t generation) {
  std::uint32_t x = block * 0x9E3779B1u + generation * 0x85EBCA6Bu + 0x3147494cu;
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ x >> 16;
}

// Generation 1 of the block, as tools of the golden sets write it: 8 sectors of {mix, block, generation, sector} * 32.
bool is_block(Bytes page, std::uint64_t number) {
  auto block = static_cast<std::uint32_t>(number);
  for (std::size_t at = 0; at < stripe_bytes; at += 16)
    if (load_le<std::uint32_t>(page, at) != mixed(block, 1) ||
        load_le<std::uint32_t>(page, at + 4) != block ||
        load_le<std::uint32_t>(page, at + 8) != 1 ||
        load_le<std::uint32_t>(page, at + 12) != at / 512)
      return false;
  return true;
}

void expect_every_block_and_view(Array& array) {
  const RaidShape& shape = array.shape;
  ASSERT_EQ(shape.contradiction(), "");
  Redundancy members(shape, array.images, {});
  for (std::uint64_t stripe = 0; stripe < shape.stripes(); ++stripe) {
    ParityMatch match = members.compare(stripe);
    ASSERT_TRUE(match.compared && match.matches()) << "stripe " << stripe;
    const Row& row = members.row(stripe);
    for (unsigned index = 0; index < row.data.size(); ++index) {
      std::uint64_t block = extent_of(shape, stripe, index).first.value / stripe_sectors;
      ASSERT_TRUE(is_block(members.page(stripe, row.data[index]), block)) << "block " << block;
    }
  }
  for (const std::vector<unsigned>& missing : degraded_sets(shape)) {
    Redundancy degraded(shape, array.images, missing);
    for (std::uint64_t stripe = 0; stripe < shape.stripes(); ++stripe)
      for (unsigned role : missing)
        ASSERT_TRUE(array.images.holds(shape, role, stripe, degraded.page(stripe, role)))
            << "stripe " << stripe << " without m" << missing.front() << " and m" << missing.back();
  }
}

void expect_all_sets_in(const fs::path& golden, std::set<std::pair<int, int>>& layouts) {
  std::set<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(golden))
    if (entry.path().filename().string().starts_with("layout-")) folders.insert(entry.path());
  for (const fs::path& folder : folders) {
    SCOPED_TRACE(folder.string());
    std::unique_ptr<Array> array = open(folder);
    ASSERT_TRUE(array);
    expect_every_block_and_view(*array);
    layouts.emplace(array->shape.level, array->shape.layout);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(GoldenLayout, SmallSetsOfTheTree) {
  if (std::system("zstd --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no zstd on this machine";
  std::set<std::pair<int, int>> layouts;
  expect_all_sets_in(fs::path(source_root) / "tests/golden", layouts);
  EXPECT_GE(layouts.size(), 2u);
}

TEST(GoldenLayout, EveryLayoutThatLinuxWrote) {
  if (std::system("zstd --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no zstd on this machine";
  const char* named = std::getenv("HOLDFAST_GOLDEN");
  fs::path golden = named ? fs::path(named) : fs::path(source_root).parent_path() / "shared/golden";
  if (!fs::exists(golden))
    GTEST_SKIP() << "no golden sets in " << golden << " (set HOLDFAST_GOLDEN)";
  std::set<std::pair<int, int>> layouts;
  expect_all_sets_in(golden, layouts);
  std::set<std::pair<int, int>> expected{
      {4, 0}, {5, 0}, {5, 1}, {5, 2},  {5, 3},  {5, 4},  {5, 5},  {6, 0},  {6, 1}, {6, 2},
      {6, 3}, {6, 8}, {6, 9}, {6, 10}, {6, 16}, {6, 17}, {6, 18}, {6, 19}, {6, 20}};
  EXPECT_EQ(layouts, expected);
}

}  // namespace
}  // namespace holdfast::oracle
