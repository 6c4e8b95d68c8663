// What one disk holds during a life of an explored machine: what was written stands above an image that never changes.
//
//   see(image) < durable d < completed versions V < in flight I      as sim/media.h, with whole pages as fragments
//
//   L1  changes(): for each page that was written, all that a power cut may leave there now.
//   L2  Requests in flight on one device don't overlap unless both read (W3): checked.
#pragma once

#include <cstdint>
#include <vector>

#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>

#include "sim/explore/sight.h"

namespace holdfast::sim {

// What a power cut may leave on one page: some content of the image's cell, if that is still there, or one of these.
struct PageChange {
  PagePlace place;
  bool keeps_old = false;
  PageContents contents;

  explicit PageChange(PagePlace where) : place(where) {}
};

// The part of a write on one page.
struct PagePart {
  std::uint32_t page = 0;
  std::uint8_t sectors = 0;  // bit i: sector i of the page
  Page data;
};
using PageParts = boost::container::small_vector<PagePart, 2>;

PageParts parts_of(Lba first, Pages from);
PageParts zeroed_parts_of(Extent extent);
// A discard leaves zeros in the whole granules inside, and the rest as it is: maybe an empty extent.
Extent discarded(Extent extent, std::uint32_t granularity_bytes);

class LifeMedia {
 public:
  LifeMedia(std::uint32_t number, Sight& sight) : number_(number), sight_(sight) {}
  LifeMedia(const LifeMedia&) = delete;

  // In flight until end(); a read has no parts. Both are the caller's.
  void begin(Extent extent, const PageParts* parts);
  void end(Extent extent, const PageParts* parts);

  void take_effect(const PageParts& parts, bool is_durable);
  std::uint64_t completed() const { return completed_; }
  // Makes durable what was among the first so many that completed.
  void flush(std::uint64_t completed_before);

  // What a reader sees of it now.
  const std::byte* visible(std::uint32_t page);
  // L1, in the order of pages.
  void add_changes(std::vector<PageChange>& to);
  // Pages that hold something else than the image, as a reader sees them.
  std::vector<std::uint32_t> touched() const;

 private:
  struct Version {
    PagePart part;
    std::uint64_t order = 0;
  };
  struct Own {
    Page durable;  // none: the image's
    Page visible;
  };
  struct Flying {
    Extent extent;
    const PageParts* parts = nullptr;  // null: a read
  };

  void make_durable(const PagePart& part);
  void forget_below(const PagePart& part);
  Page durable_page(std::uint32_t page);
  void change(PageChange& change, const PagePart& part);

  std::uint32_t number_;
  Sight& sight_;
  boost::container::flat_map<std::uint32_t, Own> own_;
  std::vector<Version> versions_;
  std::vector<Flying> flying_;
  std::uint64_t completed_ = 0;
};

}  // namespace holdfast::sim
