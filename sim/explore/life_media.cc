#include "sim/explore/life_media.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace holdfast::sim {
namespace {

constexpr std::uint64_t page_sectors = page_bytes / sector_bytes;
constexpr std::uint8_t whole_page = 0xff;

// The part of an extent in one page, as bits.
std::uint8_t sectors_in(Extent extent, std::uint64_t page) {
  std::uint64_t from = std::max(extent.first.value, page * page_sectors);
  std::uint64_t end = std::min(extent.end().value, (page + 1) * page_sectors);
  return static_cast<std::uint8_t>(((1u << (end - from)) - 1) << (from - page * page_sectors));
}

Page merged(const Page& below, const PagePart& part) {
  if (part.sectors == whole_page) return part.data;
  Page both = Page::allocate();
  std::memcpy(both.data(), below.data(), page_bytes);
  for (unsigned sector = 0; sector < page_sectors; ++sector)
    if (part.sectors >> sector & 1)
      std::memcpy(both.data() + sector * sector_bytes, part.data.data() + sector * sector_bytes,
                  sector_bytes);
  return both;
}

}  // namespace

PageParts parts_of(Lba first, Pages from) {
  Extent extent(first, Sectors::of_bytes(bytes_of(from)));
  PageParts parts = zeroed_parts_of(extent);
  std::uint64_t at = first.value * sector_bytes, begin = at / page_bytes;
  for (PagePart& part : parts) part.data = Page::allocate();
  for (const Slice& slice : from) {
    for (std::uint32_t taken = 0; taken < slice.bytes;) {
      auto bytes = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(page_bytes - at % page_bytes, slice.bytes - taken));
      std::memcpy(parts[at / page_bytes - begin].data.data() + at % page_bytes,
                  slice.data() + taken, bytes);
      taken += bytes;
      at += bytes;
    }
  }
  return parts;
}

PageParts zeroed_parts_of(Extent extent) {
  PageParts parts;
  for (std::uint64_t page = extent.first.value / page_sectors;
       page * page_sectors < extent.end().value; ++page)
    parts.push_back({static_cast<std::uint32_t>(page), sectors_in(extent, page), Page::zeros()});
  return parts;
}

Extent discarded(Extent extent, std::uint32_t granularity_bytes) {
  std::uint64_t granule = granularity_bytes / sector_bytes;
  Lba from((extent.first.value + granule - 1) / granule * granule);
  Lba to(extent.end().value / granule * granule);
  return from < to ? Extent(from, to - from) : Extent();
}

void LifeMedia::begin(Extent extent, const PageParts* parts) {
  for (const Flying& other : flying_)
    check((!parts && !other.parts) || !other.extent.overlaps(extent),
          "W3: requests in flight on one device don't overlap");
  flying_.push_back({extent, parts});
}

void LifeMedia::end(Extent extent, const PageParts* parts) {
  auto is_it = [&](const Flying& other) { return other.parts == parts && other.extent == extent; };
  flying_.erase(std::find_if(flying_.begin(), flying_.end(), is_it));
}

void LifeMedia::flush(std::uint64_t completed_before) {
  auto version = versions_.begin();
  for (; version != versions_.end() && version->order <= completed_before; ++version)
    make_durable(version->part);
  versions_.erase(versions_.begin(), version);
}

const std::byte* LifeMedia::visible(std::uint32_t page) {
  auto own = own_.find(page);
  if (own != own_.end()) return own->second.visible.data();
  return sight_.see(PagePlace(number_, page)).page.data();
}

Page LifeMedia::durable_page(std::uint32_t page) {
  auto own = own_.find(page);
  if (own != own_.end() && own->second.durable) return own->second.durable;
  return sight_.see(PagePlace(number_, page)).page;
}

// A part of a page is written into what it holds, which is thereby decided.
void LifeMedia::take_effect(const PageParts& parts, bool is_durable) {
  ++completed_;
  for (const PagePart& part : parts) {
    auto own = own_.find(part.page);
    Page below;
    if (own != own_.end()) {
      below = own->second.visible;
    } else if (part.sectors != whole_page) {
      below = sight_.see(PagePlace(number_, part.page)).page;
    }
    own_[part.page].visible = merged(below, part);
    if (is_durable) {
      forget_below(part);
      make_durable(part);
    } else {
      versions_.push_back({part, completed_});
    }
  }
}

void LifeMedia::make_durable(const PagePart& part) {
  if (part.sectors == 0) return;
  Page below;
  if (part.sectors != whole_page) below = durable_page(part.page);
  own_[part.page].durable = merged(below, part);
}

void LifeMedia::forget_below(const PagePart& part) {
  for (Version& version : versions_)
    if (version.part.page == part.page)
      version.part.sectors &= static_cast<std::uint8_t>(~part.sectors);
}

// One more write that may have landed on the page, or not.
void LifeMedia::change(PageChange& change, const PagePart& part) {
  if (part.sectors == 0) return;
  if (part.sectors == whole_page) return add_content(change.contents, PageContent(part.data));
  if (change.keeps_old) {
    change.keeps_old = false;
    PageContents with_old;
    with_old.push_back(sight_.see(change.place));
    for (const PageContent& content : change.contents) add_content(with_old, content);
    change.contents = std::move(with_old);
  }
  PageContents without = change.contents;
  for (const PageContent& below : without)
    add_content(change.contents, PageContent(merged(below.page, part)));
}

void LifeMedia::add_changes(std::vector<PageChange>& to) {
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
  for (const Version& version : versions_) change(at(version.part.page), version.part);
  for (const Flying& request : flying_)
    if (request.parts)
      for (const PagePart& part : *request.parts) change(at(part.page), part);
  for (auto& [page, change] : changes) to.push_back(std::move(change));
}

std::vector<std::uint32_t> LifeMedia::touched() const {
  std::vector<std::uint32_t> pages;
  for (const auto& [page, own] : own_) pages.push_back(page);
  return pages;
}

}  // namespace holdfast::sim
