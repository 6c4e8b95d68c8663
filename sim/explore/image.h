// All crash states of a machine at once: for each page of each device what it may hold.
//
//   cell {old}              decided
//   cell {old, new, newer}  open: each of them is a legal state, whatever the other pages hold
//
//   I1  An image is a value: copying one copies references, pages and cells never change.
//   I2  It stands for the product of its cells: states() images in the everyday sense.
//   I3  A fragment is a page of 4 KiB: a power cut leaves it as one of the writes to it left it, or as it was.
#pragma once

#include <cstdint>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "core/base/page.h"
#include "core/base/types.h"

namespace holdfast::sim {

// 128 bits: states are told apart by their hash alone.
struct StateHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  constexpr StateHash() = default;
  constexpr StateHash(std::uint64_t one, std::uint64_t other) : low(one), high(other) {}
  constexpr auto operator<=>(const StateHash&) const = default;
  constexpr StateHash& operator^=(const StateHash& other) {
    low ^= other.low;
    high ^= other.high;
    return *this;
  }
  // For sums over what may be there twice, which XOR would take away.
  constexpr StateHash& operator+=(const StateHash& other) {
    low += other.low;
    high += other.high;
    return *this;
  }
};
StateHash hash_of(Bytes bytes, std::uint64_t seed = 0);
// Order matters: the hash of a list is that of its last link.
StateHash linked(const StateHash& before, const StateHash& next);
StateHash linked(const StateHash& before, std::uint64_t next);

struct PagePlace {
  std::uint32_t device = 0;
  std::uint32_t page = 0;

  constexpr PagePlace() = default;
  constexpr PagePlace(std::uint32_t on, std::uint32_t number) : device(on), page(number) {}
  constexpr auto operator<=>(const PagePlace&) const = default;
};

struct PageContent {
  Page page;
  StateHash hash;

  PageContent() = default;
  explicit PageContent(Page bytes);
  bool operator==(const PageContent& other) const { return hash == other.hash; }
};
using PageContents = boost::container::small_vector<PageContent, 1>;

// Adds what is not among them yet.
void add_content(PageContents& to, const PageContent& content);

class Cell : public boost::intrusive_ref_counter<Cell, boost::thread_unsafe_counter> {
 public:
  explicit Cell(PageContents contents);
  const PageContents& contents() const { return contents_; }  // at least one, all different
  bool is_open() const { return contents_.size() > 1; }
  const StateHash& hash() const { return hash_; }

 private:
  PageContents contents_;
  StateHash hash_;
};
using CellRef = boost::intrusive_ptr<const Cell>;
CellRef cell_of(PageContent content);

class Image {
 public:
  // Zeros everywhere.
  explicit Image(const std::vector<Sectors>& devices);

  const CellRef& cell(PagePlace place) const { return cells_[first_[place.device] + place.page]; }
  void set(PagePlace place, CellRef cell);
  std::uint32_t devices() const { return static_cast<std::uint32_t>(first_.size() - 1); }
  std::uint32_t pages(std::uint32_t device) const { return first_[device + 1] - first_[device]; }
  const StateHash& hash() const { return hash_; }
  // I2; the highest number stands for it and all above.
  std::uint64_t states() const;
  std::vector<PagePlace> open_places() const;

 private:
  std::vector<std::uint32_t> first_;  // cell of each device's page 0, and the end
  std::vector<CellRef> cells_;
  StateHash hash_;  // XOR over all cells
};

}  // namespace holdfast::sim
