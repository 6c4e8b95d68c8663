// What disks do to their media that disks in order do not: tears inside a block (T3), lies and rollbacks (T4), rot (T5).

#include <algorithm>
#include <cstring>

#include "sim/media.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;

unsigned count_of(std::uint8_t sectors) {
  return static_cast<unsigned>(__builtin_popcount(sectors));
}

Extent page_of(const Piece& piece) {
  return {Lba(piece.page * page_sectors), Sectors(page_sectors)};
}

std::byte* sector_in(Page& page, std::uint64_t sector) {
  return page.data() + sector % page_sectors * sector_bytes;
}

}  // namespace

// --- T3 ---

bool Media::may_tear(const Piece& piece, const RequestName& name) const {
  if (!name.is_single) return true;
  return spec_.tears_inside() && !is_spared(page_of(piece));
}

// Fragment by fragment. What can't be read has no old bytes: torn, it stays unreadable.
void Media::tear_inside(const Piece& piece, std::uint8_t torn, const RequestName& name,
                        Choices& choices) {
  auto block = static_cast<std::uint8_t>((1u << block_sectors_) - 1);
  for (unsigned sector = 0; sector < page_sectors; sector += block_sectors_) {
    auto here = static_cast<std::uint8_t>(block << sector & torn);
    if (name.is_single) here = torn;
    if (here == 0) continue;
    has_torn_rest_ |= !zone_.content.contains(page_of(piece));
    Lba first(piece.page * page_sectors + static_cast<unsigned>(__builtin_ctz(here)));
    if (!unreadable_in(Extent(first, Sectors(count_of(here))))) {
      std::uint64_t bytes = count_of(here) * sector_bytes;
      Key key(Family::tear_shape, number_, name.first.value, name.nth,
              fragment_of(name, piece, sector));
      tear_fragment(piece, here, choices.choose(key, 2 * bytes + bytes / 2));
      key.family = Family::spoiled_neighbor;
      if (choices.chance(key, 250'000)) spoil_beside(piece, here);
    }
    if (name.is_single) break;
  }
}

// Shapes, n the bytes of the fragment: below n a prefix of the new bytes (0: of a block that tears anywhere, arbitrary ones),
// below 2n a suffix, above: not readable.
void Media::tear_fragment(const Piece& piece, std::uint8_t sectors, std::uint64_t shape) {
  std::uint64_t bytes = count_of(sectors) * sector_bytes;
  unsigned from = static_cast<unsigned>(__builtin_ctz(sectors));
  if (shape >= 2 * bytes && zone_.loses_blocks) {
    for (unsigned at = 0; at < count_of(sectors); ++at)
      make_unreadable(Lba(piece.page * page_sectors + from + at));
    return did(Misdeed::unreadable_after_cut);
  }
  Page torn = Page::allocate();
  std::memcpy(torn.data(), durable(piece.page), page_bytes);
  std::byte* old = sector_in(torn, from);
  const std::byte* made = piece.data.data() + from * sector_bytes;
  std::uint64_t cut = shape % bytes;
  if (cut == 0) {
    std::memcpy(old, arbitrary_page(piece.page + from).data(), bytes);
  } else if (shape < bytes) {
    std::memcpy(old, made, cut);
  } else {
    std::memcpy(old + cut, made + cut, bytes - cut);
  }
  put(durable_, Piece(piece.page, torn, sectors), sectors);
  did(Misdeed::torn_inside);
}

// Logical blocks of the same physical block that this write does not touch.
void Media::spoil_beside(const Piece& piece, std::uint8_t torn) {
  std::uint64_t physical = spec_.limits.physical_block_bytes / sector_bytes;
  std::uint8_t beside = 0;
  for (unsigned at = 0; at < page_sectors; ++at)
    for (unsigned hit = 0; hit < page_sectors; ++hit)
      if ((torn >> hit & 1) && at / physical == hit / physical)
        beside |= static_cast<std::uint8_t>(1u << at);
  beside &= static_cast<std::uint8_t>(~piece.sectors);
  if (beside == 0) return;
  put(durable_, Piece(piece.page, arbitrary_page(piece.page * 7 + torn), beside), beside);
  did(Misdeed::spoiled_neighbor);
}

// --- T4 ---

void Media::promise_durable(std::uint64_t completed_before) {
  for (Version& version : versions_) {
    if (version.order > completed_before) break;
    version.is_promised = !is_spared(page_of(version.piece));
    if (version.is_promised) continue;
    put(durable_, version.piece, version.piece.sectors);
    rewrite(version.piece, version.piece.sectors, true);
  }
  std::erase_if(versions_, [&](const Version& version) {
    return version.order <= completed_before && !version.is_promised;
  });
}

void Media::complete_promised(const Pieces& pieces, const RequestName& name) {
  complete(pieces, name, false);
  for (Version& version : versions_)
    if (version.order == completed_) version.is_promised = true;
}

std::vector<Extent> Media::roll_back(Extent region) {
  std::vector<Extent> changed;
  if (!older_) return changed;
  std::uint64_t end = (region.end().value + page_sectors - 1) / page_sectors;
  for (std::uint64_t page = region.first.value / page_sectors; page < end; ++page) {
    const std::byte* old = bytes_in(*older_, page);
    const std::byte* now = durable(page);
    if (std::memcmp(old, now, page_bytes) == 0) continue;
    for (std::uint64_t at = 0; at < page_bytes; at += sector_bytes)
      if (std::memcmp(old + at, now + at, sector_bytes) != 0)
        add_sector(changed, Lba(page * page_sectors + at / sector_bytes));
    Page returned = Page::allocate();
    std::memcpy(returned.data(), old, page_bytes);
    durable_.slot(page) = visible_.slot(page) = returned;
  }
  if (!changed.empty()) did(Misdeed::rollback);
  return changed;
}

// --- T5 ---

std::vector<Extent> Media::unlike(const Pieces& pieces) const {
  std::vector<Extent> sectors;
  for (const Piece& piece : pieces)
    for (unsigned at = 0; at < page_sectors; ++at)
      if ((piece.sectors >> at & 1) &&
          std::memcmp(piece.data.data() + at * sector_bytes,
                      visible(piece.page) + at * sector_bytes, sector_bytes) != 0)
        add_sector(sectors, Lba(piece.page * page_sectors + at));
  return sectors;
}

void Media::rot(Lba sector, std::uint64_t bit) {
  std::uint64_t page = sector.value / page_sectors;
  Page rotten = Page::allocate();
  std::memcpy(rotten.data(), durable(page), page_bytes);
  sector_in(rotten, sector.value)[bit / 8 % sector_bytes] ^= std::byte{1} << bit % 8;
  durable_.slot(page) = std::move(rotten);
  show_anew(page);
  did(Misdeed::bit_rot);
}

void Media::show_anew(std::uint64_t page) {
  visible_.slot(page) = durable_.slot(page);
  for (const Version& version : versions_)
    if (version.piece.page == page) put(visible_, version.piece, version.piece.sectors);
}

}  // namespace holdfast::sim
