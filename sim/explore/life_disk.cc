#include "sim/explore/life_disk.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace holdfast::sim {
namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;
constexpr std::uint8_t whole_page = 0xff;
constexpr Lba no_place(~std::uint64_t{0});  // of a flush

// The part of an extent in one page, as bits.
std::uint8_t sectors_in(Extent extent, std::uint64_t page) {
  std::uint64_t from = std::max(extent.first.value, page * page_sectors);
  std::uint64_t end = std::min(extent.end().value, (page + 1) * page_sectors);
  return static_cast<std::uint8_t>(((1u << (end - from)) - 1) << (from - page * page_sectors));
}

}  // namespace

// A request in flight, for as long as its coroutine lives.
class LifeDisk::Flight {
 public:
  Flight(LifeDisk& disk, Extent extent, const Pieces* pieces) : disk_(disk), pieces_(pieces) {
    for (const Flying& other : disk.flying_)
      check((!pieces && !other.pieces) || !other.extent.overlaps(extent),
            "W3: requests in flight on one device don't overlap");
    disk.flying_.push_back({extent, pieces});
    extent_ = extent;
  }
  Flight(const Flight&) = delete;
  ~Flight() {
    auto is_it = [this](const Flying& other) {
      return other.pieces == pieces_ && other.extent == extent_;
    };
    disk_.flying_.erase(std::find_if(disk_.flying_.begin(), disk_.flying_.end(), is_it));
  }

 private:
  LifeDisk& disk_;
  Extent extent_;
  const Pieces* pieces_;
};

Task<> LifeDisk::wait(Lba first) {
  Nanoseconds latency = ports_.schedule(number_, first, begun_++);
  return ports_.clock.sleep_until(ports_.clock.now() + latency);
}

Task<IoResult> LifeDisk::read(Lba first, MutablePages into) {
  Extent extent(first, Sectors::of_bytes(bytes_of(into)));
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  Flight flight(*this, extent, nullptr);
  co_await wait(first);
  if (ports_.watch) ports_.watch(false);
  std::uint64_t at = first.value * sector_bytes;
  for (const Slice& slice : into) {
    for (std::uint32_t filled = 0; filled < slice.bytes;) {
      auto part = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(page_bytes - at % page_bytes, slice.bytes - filled));
      std::memcpy(slice.data() + filled,
                  visible(static_cast<std::uint32_t>(at / page_bytes)) + at % page_bytes, part);
      filled += part;
      at += part;
    }
  }
  co_return IoResult{};
}

Task<IoResult> LifeDisk::write(Lba first, Pages from, WriteFlags flags) {
  Extent extent(first, Sectors::of_bytes(bytes_of(from)));
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  IoResult written = co_await write_pieces(extent, cut(first, from), flags);
  co_return written;
}

Task<IoResult> LifeDisk::write_zeroes(Extent extent, WriteFlags flags) {
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  IoResult written = co_await write_pieces(extent, cut_zeros(extent), flags);
  co_return written;
}

// Whole granules read as zeros afterwards; the rest stays.
Task<IoResult> LifeDisk::discard(Extent extent) {
  if (IoResult admitted = check_request(limits_, extent); !admitted) co_return admitted;
  std::uint64_t granule = limits_.discard_granularity_bytes / sector_bytes;
  if (granule == 0) co_return io_error(IoErrorKind::unsupported, extent.first);
  Lba from((extent.first.value + granule - 1) / granule * granule);
  Lba to(extent.end().value / granule * granule);
  if (from >= to) co_return IoResult{};
  Extent whole(from, to - from);
  IoResult written = co_await write_pieces(whole, cut_zeros(whole), WriteFlags());
  co_return written;
}

Task<IoResult> LifeDisk::write_pieces(Extent extent, Pieces pieces, WriteFlags flags) {
  if (flags.preflush)
    if (IoResult flushed = co_await flush(); !flushed) co_return flushed;
  bool is_durable = !limits_.has_volatile_cache || (flags.fua && limits_.has_fua);
  {
    Flight flight(*this, extent, &pieces);
    co_await wait(extent.first);
    if (ports_.watch) ports_.watch(is_durable);
    take_effect(pieces, is_durable);
  }
  if (flags.fua && !is_durable)
    if (IoResult flushed = co_await flush(); !flushed) co_return flushed;
  co_return IoResult{};
}

Task<IoResult> LifeDisk::flush() {
  std::uint64_t completed_before = completed_;
  co_await wait(no_place);
  if (ports_.watch) ports_.watch(true);
  auto version = versions_.begin();
  for (; version != versions_.end() && version->order <= completed_before; ++version)
    make_durable(version->piece);
  versions_.erase(versions_.begin(), version);
  co_return IoResult{};
}

LifeDisk::Pieces LifeDisk::cut(Lba first, Pages from) const {
  Extent extent(first, Sectors::of_bytes(bytes_of(from)));
  Pieces pieces = cut_zeros(extent);
  std::uint64_t at = first.value * sector_bytes, begin = at / page_bytes;
  for (Piece& piece : pieces) piece.data = Page::allocate();
  for (const Slice& slice : from) {
    for (std::uint32_t taken = 0; taken < slice.bytes;) {
      auto part = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(page_bytes - at % page_bytes, slice.bytes - taken));
      std::memcpy(pieces[at / page_bytes - begin].data.data() + at % page_bytes,
                  slice.data() + taken, part);
      taken += part;
      at += part;
    }
  }
  return pieces;
}

LifeDisk::Pieces LifeDisk::cut_zeros(Extent extent) const {
  Pieces pieces;
  for (std::uint64_t page = extent.first.value / page_sectors;
       page * page_sectors < extent.end().value; ++page)
    pieces.push_back({static_cast<std::uint32_t>(page), sectors_in(extent, page), Page::zeros()});
  return pieces;
}

Page LifeDisk::merged(const Page& below, const Piece& piece) const {
  if (piece.sectors == whole_page) return piece.data;
  Page both = Page::allocate();
  std::memcpy(both.data(), below.data(), page_bytes);
  for (unsigned sector = 0; sector < page_sectors; ++sector)
    if (piece.sectors >> sector & 1)
      std::memcpy(both.data() + sector * sector_bytes, piece.data.data() + sector * sector_bytes,
                  sector_bytes);
  return both;
}

const std::byte* LifeDisk::visible(std::uint32_t page) {
  auto own = own_.find(page);
  if (own != own_.end()) return own->second.visible.data();
  return ports_.sight.see(PagePlace(number_, page)).page.data();
}

Page LifeDisk::durable_page(std::uint32_t page) {
  auto own = own_.find(page);
  if (own != own_.end() && own->second.durable) return own->second.durable;
  return ports_.sight.see(PagePlace(number_, page)).page;
}

// A part of a page is written into what it holds, which is thereby decided.
void LifeDisk::take_effect(const Pieces& pieces, bool is_durable) {
  ++completed_;
  for (const Piece& piece : pieces) {
    auto own = own_.find(piece.page);
    Page below;
    if (own != own_.end()) {
      below = own->second.visible;
    } else if (piece.sectors != whole_page) {
      below = ports_.sight.see(PagePlace(number_, piece.page)).page;
    }
    own_[piece.page].visible = merged(below, piece);
    if (is_durable) {
      forget_below(piece);
      make_durable(piece);
    } else {
      versions_.push_back({piece, completed_});
    }
  }
}

void LifeDisk::make_durable(const Piece& piece) {
  if (piece.sectors == 0) return;
  Page below;
  if (piece.sectors != whole_page) below = durable_page(piece.page);
  own_[piece.page].durable = merged(below, piece);
}

void LifeDisk::forget_below(const Piece& piece) {
  for (Version& version : versions_)
    if (version.piece.page == piece.page)
      version.piece.sectors &= static_cast<Mask>(~piece.sectors);
}

// One more write that may have landed on the page, or not.
void LifeDisk::change(PageChange& change, const Piece& piece) {
  if (piece.sectors == 0) return;
  if (piece.sectors == whole_page) return add_content(change.contents, PageContent(piece.data));
  if (change.keeps_old) {
    change.keeps_old = false;
    PageContents with_old;
    with_old.push_back(ports_.sight.see(change.place));
    for (const PageContent& content : change.contents) add_content(with_old, content);
    change.contents = std::move(with_old);
  }
  PageContents without = change.contents;
  for (const PageContent& below : without)
    add_content(change.contents, PageContent(merged(below.page, piece)));
}

void LifeDisk::add_changes(std::vector<PageChange>& to) {
  boost::container::flat_map<std::uint32_t, PageChange> changes;
  auto at = [&](std::uint32_t page) -> PageChange& {
    auto known = changes.find(page);
    if (known != changes.end()) return known->second;
    PageChange fresh(PagePlace(number_, page));
    auto own = own_.find(page);
    fresh.keeps_old = own == own_.end() || !own->second.durable;
    if (!fresh.keeps_old) fresh.contents.push_back(PageContent(own->second.durable));
    return changes.emplace(page, std::move(fresh)).first->second;
  };
  for (const auto& [page, own] : own_)
    if (own.durable) at(page);
  for (const Version& version : versions_) change(at(version.piece.page), version.piece);
  for (const Flying& request : flying_)
    if (request.pieces)
      for (const Piece& piece : *request.pieces) change(at(piece.page), piece);
  for (auto& [page, change] : changes) to.push_back(std::move(change));
}

std::vector<std::uint32_t> LifeDisk::touched() const {
  std::vector<std::uint32_t> pages;
  for (const auto& [page, own] : own_) pages.push_back(page);
  return pages;
}

}  // namespace holdfast::sim
