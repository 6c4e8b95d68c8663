// Arbitrary bytes as a superblock: refused in words, or read and written back as they were; never a crash.
//
//   input   byte 0: metadata version, bytes 1..4: sectors of the device, then what stands at the superblock's place
//   Each input is tried as it is and with its magic and checksum mended, so that the fields behind them are reached.
#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/raid/superblock.h"

using namespace holdfast;
using namespace holdfast::raid;

namespace {

void mend(MutableBytes block) {
  constexpr std::array good{std::byte{0xfc}, std::byte{0x4e}, std::byte{0x2b}, std::byte{0xa9},
                            std::byte{1},    std::byte{0},    std::byte{0},    std::byte{0}};
  std::ranges::copy(good, block.begin());
  // The high bits of max_dev would only ever be refused.
  store_le<std::uint32_t>(block, 220, load_le<std::uint32_t>(block, 220) & 0x7ff);
  store_le<std::uint32_t>(block, 216, 0);
  std::size_t bytes = 256 + 2 * std::size_t{load_le<std::uint32_t>(block, 220)};
  if (bytes > block.size()) return;
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + 4 <= bytes; at += 4) sum += load_le<std::uint32_t>(block, at);
  if (bytes % 4 == 2) sum += load_le<std::uint16_t>(block, bytes - 2);
  store_le(block, 216, static_cast<std::uint32_t>((sum & 0xffffffff) + (sum >> 32)));
}

void use_geometry(const Superblock& superblock) {
  auto geometry = geometry_of(superblock);
  if (!geometry) return;
  for (std::uint64_t number : {std::uint64_t{0}, geometry->rows() - 1}) {
    RowMap row = geometry->row(number);
    for (int index = 0; index < row.data_disks(); ++index)
      check(row.index_of(row.role_of(index)) == index,
            "roles and indices are each other's inverse");
    ChunkPlace last = geometry->locate(geometry->array_lba(number, row.data_disks() - 1));
    check(last.row == number, "an array address is found where it was put");
  }
  check(geometry->member_sectors <= superblock.size, "the geometry uses no more than the members");
}

void try_block(Bytes block, MetadataVersion version, Sectors device) {
  auto found = decode_superblock(block, version, device);
  if (!found) {
    check(!found.error().field.empty() && !found.error().message.empty(),
          "an error says what is wrong");
    check(found.error().offset <= 4096, "an error lies in the superblock");
    return;
  }
  if (!*found) return;
  const Superblock& superblock = **found;
  std::array<std::byte, 4096> written;
  encode_superblock(superblock, written);
  std::size_t bytes = 256 + 2 * superblock.dev_roles.size();
  check(std::ranges::equal(Bytes(written).first(bytes), block.first(bytes)),
        "S1: encode(decode(x)) is x");
  check(differences(superblock, superblock).empty(), "a superblock agrees with itself");
  static_cast<void>(not_runnable(superblock));
  static_cast<void>(superblock.name() + text_of(superblock.set_uuid) +
                    role_text(superblock.role()));
  use_geometry(superblock);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5) return 0;
  Bytes input(reinterpret_cast<const std::byte*>(data), size);
  auto version = static_cast<MetadataVersion>(data[0] % 3);
  Sectors device(load_le<std::uint32_t>(input, 1));
  Bytes block = input.subspan(5, std::min<std::size_t>(size - 5, 4096));
  try_block(block, version, device);

  if (block.size() < 256) return 0;
  std::array<std::byte, 4096> mended{};
  std::ranges::copy(block, mended.begin());
  mend(mended);
  try_block(mended, version, device);
  return 0;
}
