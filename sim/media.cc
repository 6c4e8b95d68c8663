#include "sim/media.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/base/check.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;
constexpr std::uint8_t whole_page = 0xff;

// Arbitrary bytes for whoever needs some; the same in every run.
const std::vector<Page>& arbitrary_pages() {
  constexpr std::uint64_t count = 64;
  thread_local const std::vector<Page> pages = [] {
    SeededChoices random(0x6172626974726172);
    std::vector<Page> made;
    for (std::uint64_t n = 0; n < count; ++n) {
      made.push_back(Page::allocate());
      for (std::uint32_t at = 0; at < page_bytes; at += 8)
        store_le(made.back().bytes(), at, random.draw(Key(Family::fresh, n, at)));
    }
    return made;
  }();
  return pages;
}

std::uint8_t sectors_of(Extent part, std::uint64_t page) {
  std::uint64_t from = part.first.value - page * page_sectors;
  return static_cast<std::uint8_t>(((1u << part.count.value) - 1) << from);
}

// The part of an extent that lies in one page.
Extent within(Extent extent, std::uint64_t page) {
  Lba from = std::max(extent.first, Lba(page * page_sectors));
  Lba to = std::min(extent.end(), Lba((page + 1) * page_sectors));
  return {from, to - from};
}

// Calls visit(from, count) for each run of set bits.
template <class Visit>
void for_each_run(std::uint8_t sectors, Visit visit) {
  for (unsigned at = 0; at < page_sectors; ++at) {
    if (!(sectors >> at & 1)) continue;
    unsigned end = at;
    while (end < page_sectors && (sectors >> end & 1)) ++end;
    visit(at, end - at);
    at = end;
  }
}

}  // namespace

Media::Media(const DiskSpec& spec, std::uint16_t number, Choices& choices)
    : spec_(spec),
      number_(number),
      block_sectors_(spec.limits.logical_block_bytes / static_cast<std::uint32_t>(sector_bytes)),
      durable_((spec.limits.sectors.value + page_sectors - 1) / page_sectors),
      visible_((spec.limits.sectors.value + page_sectors - 1) / page_sectors),
      begun_((spec.limits.sectors.value + page_sectors - 1) / page_sectors) {
  check(block_sectors_ == 1 || block_sectors_ == page_sectors,
        "a logical block is 512 or 4096 bytes");
  check(spec.tier != Tier::t0 || !spec.limits.has_volatile_cache,
        "T0 disks have no volatile cache");
  Key key(Family::fresh, number, 0, 0, 0);
  bool is_garbage = spec.fresh == FreshContent::garbage ||
                    (spec.fresh == FreshContent::by_choice && choices.choose(key, 2) == 1);
  if (is_garbage) garbage_seed_ = number + 1u;
  zone_.content = Extent(Lba(), spec.limits.sectors);
}

const Page& Media::arbitrary_page(std::uint64_t which) const {
  const std::vector<Page>& pages = arbitrary_pages();
  return pages[which % pages.size()];
}

const Page& Media::fresh(std::uint64_t page) const {
  if (garbage_seed_ == 0) return Page::zeros();
  return arbitrary_page((page + garbage_seed_ * 17) * 0x9e37'79b9'7f4a'7c15 >> 40);
}

void Media::read(Lba first, MutablePages into) const {
  std::uint64_t at = first.value * sector_bytes;
  for (const Slice& slice : into) {
    for (std::uint32_t filled = 0; filled < slice.bytes;) {
      std::uint64_t offset = at % page_bytes;
      auto part = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(page_bytes - offset, slice.bytes - filled));
      std::memcpy(slice.data() + filled, visible(at / page_bytes) + offset, part);
      filled += part;
      at += part;
    }
  }
}

std::optional<Lba> Media::unreadable_in(Extent extent) const {
  auto bad = std::lower_bound(unreadable_.begin(), unreadable_.end(), extent.first);
  if (bad == unreadable_.end() || *bad >= extent.end()) return std::nullopt;
  return *bad;
}

std::vector<Lba> Media::unreadable() const {
  std::vector<Lba> all = unreadable_;
  all.insert(all.end(), rewritten_.begin(), rewritten_.end());
  return all;
}

void Media::make_unreadable(Lba sector) {
  Lba first(sector.value - sector.value % block_sectors_);
  for (std::uint64_t i = 0; i < block_sectors_; ++i) {
    auto place = std::lower_bound(unreadable_.begin(), unreadable_.end(), first + Sectors(i));
    if (place == unreadable_.end() || *place != first + Sectors(i))
      unreadable_.insert(place, first + Sectors(i));
  }
}

// Bad sectors can be read from the cache once it holds a rewrite, and are good again when that is durable.
void Media::rewrite(const Piece& piece, std::uint8_t sectors, bool is_durable) {
  if (unreadable_.empty() && rewritten_.empty()) return;
  auto is_hit = [&](Lba bad) {
    return bad.value / page_sectors == piece.page && (sectors >> bad.value % page_sectors & 1);
  };
  if (is_durable) {
    std::erase_if(unreadable_, is_hit);
    std::erase_if(rewritten_, is_hit);
    return;
  }
  std::copy_if(unreadable_.begin(), unreadable_.end(), std::back_inserter(rewritten_), is_hit);
  std::erase_if(unreadable_, is_hit);
}

// What was rewritten in the cache only is as bad as before.
void Media::forget_rewrites() {
  unreadable_.insert(unreadable_.end(), rewritten_.begin(), rewritten_.end());
  std::sort(unreadable_.begin(), unreadable_.end());
  rewritten_.clear();
}

Pieces Media::cut(Lba first, Pages from) const {
  Extent extent(first, Sectors::of_bytes(bytes_of(from)));
  Pieces pieces;
  std::size_t slice = 0;
  std::uint32_t taken = 0;
  for (std::uint64_t page = first.value / page_sectors; page * page_sectors < extent.end().value;
       ++page) {
    Extent part = within(extent, page);
    pieces.emplace_back(page, Page::allocate(), sectors_of(part, page));
    std::byte* into = pieces.back().data.data() + part.first.value % page_sectors * sector_bytes;
    for (std::uint64_t left = part.count.bytes(); left > 0;) {
      auto length =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(left, from[slice].bytes - taken));
      std::memcpy(into, from[slice].data() + taken, length);
      into += length;
      left -= length;
      taken += length;
      if (taken == from[slice].bytes) ++slice, taken = 0;
    }
  }
  return pieces;
}

Pieces Media::cut_filled(Extent extent, const Page& with) const {
  Pieces pieces;
  for (std::uint64_t page = extent.first.value / page_sectors;
       page * page_sectors < extent.end().value; ++page)
    pieces.emplace_back(page, with, sectors_of(within(extent, page), page));
  return pieces;
}

RequestName Media::name_read(Extent extent) {
  RequestName name;
  name.first = extent.first;
  name.nth = begun_.slot(extent.first.value / page_sectors).reads++;
  return name;
}

RequestName Media::name_write(Extent extent) {
  RequestName name;
  name.first = extent.first;
  name.nth = begun_.slot(extent.first.value / page_sectors).writes++;
  std::uint64_t unit = spec_.limits.atomic_write_bytes / sector_bytes;
  name.is_single =
      extent.count.value <= unit && extent.first.value / unit == (extent.end().value - 1) / unit;
  return name;
}

RequestName Media::name_flush() {
  RequestName name;
  name.first = Lba(~std::uint64_t{0});
  name.nth = flushes_++;
  return name;
}

void Media::put(PageTable& table, const Piece& piece, std::uint8_t sectors) const {
  Page& slot = table.slot(piece.page);
  if (sectors == whole_page) {
    slot = piece.data;
    return;
  }
  if (sectors == 0) return;
  if (!slot || slot.is_shared()) {
    Page own = Page::allocate();
    std::memcpy(own.data(), slot ? slot.data() : fresh(piece.page).data(), page_bytes);
    slot = std::move(own);
  }
  for_each_run(sectors, [&](unsigned from, unsigned count) {
    std::memcpy(slot.data() + from * sector_bytes, piece.data.data() + from * sector_bytes,
                count * sector_bytes);
  });
}

void Media::forget_below(const Piece& piece) {
  for (Version& version : versions_)
    if (version.piece.page == piece.page)
      version.piece.sectors &= static_cast<std::uint8_t>(~piece.sectors);
}

void Media::join(const Piece& piece, std::uint8_t sectors, const RequestName& name,
                 bool is_durable) {
  if (sectors == 0) return;
  put(visible_, piece, sectors);
  Piece part(piece.page, piece.data, sectors);
  is_durable |= !spec_.limits.has_volatile_cache;
  rewrite(part, sectors, is_durable);
  if (is_durable) {
    forget_below(part);
    put(durable_, part, sectors);
  } else {
    versions_.push_back({std::move(part), name, completed_, false});
  }
}

void Media::complete(const Pieces& pieces, const RequestName& name, bool is_durable) {
  ++completed_;
  for (const Piece& piece : pieces) join(piece, piece.sectors, name, is_durable);
}

void Media::complete_in_part(const Pieces& pieces, const RequestName& name, Choices& choices) {
  ++completed_;
  constexpr Odds even{500'000, 0};
  for (const Piece& piece : pieces)
    join(piece, split(piece, name, Family::takes_effect, even, choices).landed, name, false);
}

void Media::make_durable(std::uint64_t completed_before) {
  auto version = versions_.begin();
  for (; version != versions_.end() && version->order <= completed_before; ++version) {
    put(durable_, version->piece, version->piece.sectors);
    rewrite(version->piece, version->piece.sectors, true);
  }
  versions_.erase(versions_.begin(), version);
}

void Media::fail_flush(std::uint64_t completed_before, Choices& choices) {
  constexpr Odds even{500'000, 0};
  auto version = versions_.begin();
  for (; version != versions_.end() && version->order <= completed_before; ++version) {
    Split parts = split(version->piece, version->name, Family::flush_error, even, choices);
    put(durable_, version->piece, parts.landed);
    rewrite(version->piece, parts.landed, true);
    hides_losses_ |= parts.landed != version->piece.sectors;
  }
  versions_.erase(versions_.begin(), version);
}

void Media::reopen() {
  if (!hides_losses_) return;
  hides_losses_ = false;
  forget_rewrites();
  visible_ = durable_;
  for (const Version& version : versions_) put(visible_, version.piece, version.piece.sectors);
}

}  // namespace holdfast::sim
