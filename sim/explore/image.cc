#include "sim/explore/image.h"

#include <algorithm>
#include <array>

#include <xxhash.h>

#include "core/base/check.h"

namespace holdfast::sim {

StateHash hash_of(Bytes bytes, std::uint64_t seed) {
  XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.low64, hash.high64};
}

StateHash linked(const StateHash& before, const StateHash& next) {
  std::array<std::uint64_t, 4> words{before.low, before.high, next.low, next.high};
  return hash_of(std::as_bytes(std::span(words)));
}

StateHash linked(const StateHash& before, std::uint64_t next) {
  return linked(before, StateHash(next, 0));
}

PageContent::PageContent(Page bytes) : page(std::move(bytes)), hash(hash_of(page.bytes())) {}

void add_content(PageContents& to, const PageContent& content) {
  if (std::find(to.begin(), to.end(), content) == to.end()) to.push_back(content);
}

Cell::Cell(PageContents contents) : contents_(std::move(contents)) {
  check(!contents_.empty(), "a page holds something");
  for (const PageContent& content : contents_) hash_ = linked(hash_, content.hash);
}

CellRef cell_of(PageContent content) {
  PageContents one;
  one.push_back(std::move(content));
  return CellRef(new Cell(std::move(one)));
}

Image::Image(const std::vector<Sectors>& devices) {
  CellRef zeros = cell_of(PageContent(Page::zeros()));
  first_.push_back(0);
  for (Sectors size : devices)
    first_.push_back(first_.back() +
                     static_cast<std::uint32_t>((size.bytes() + page_bytes - 1) / page_bytes));
  cells_.assign(first_.back(), zeros);
}

void Image::set(PagePlace place, CellRef cell) {
  std::uint32_t number = first_[place.device] + place.page;
  hash_ ^= linked(cells_[number]->hash(), number);
  hash_ ^= linked(cell->hash(), number);
  cells_[number] = std::move(cell);
}

std::uint64_t Image::states() const {
  std::uint64_t product = 1;
  for (const CellRef& cell : cells_)
    if (__builtin_mul_overflow(product, cell->contents().size(), &product))
      return ~std::uint64_t{0};
  return product;
}

std::vector<PagePlace> Image::open_places() const {
  std::vector<PagePlace> places;
  for (std::uint32_t device = 0; device < devices(); ++device)
    for (std::uint32_t page = 0; page < pages(device); ++page)
      if (cell(PagePlace(device, page))->is_open()) places.emplace_back(device, page);
  return places;
}

}  // namespace holdfast::sim
