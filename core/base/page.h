// Data moves by reference: 4 KiB-aligned, reference-counted pages from a pool, and slices of them.
//
//   slab (2 MiB, aligned)   [ header: reference counts ][ page ][ page ] ...
//   Page  -> one page;  Slice -> [offset, offset + bytes) of one page;  Pages -> a list of slices
//
//   P1  A page belongs to the thread that allocated it: counts are plain integers, free lists are per thread.
//   P2  Who fills a page holds the only reference, or knows that nobody reads it: a page handed to a device for
//       writing stays unchanged until that write has ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <boost/container/small_vector.hpp>

#include "core/base/bytes.h"

namespace holdfast {

inline constexpr std::uint32_t page_bytes = 4096;

class Page {
 public:
  Page() = default;
  Page(const Page& other) : data_(other.data_) {
    if (data_) ++count_of(data_);
  }
  Page(Page&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  Page& operator=(Page other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~Page() {
    if (data_ && --count_of(data_) == 0) release(data_);
  }

  static Page allocate();  // contents arbitrary
  static Page zeroed();
  // One page of zeros per thread, shared by everybody: never write to it.
  static const Page& zeros();

  explicit operator bool() const { return data_ != nullptr; }
  std::byte* data() const { return data_; }
  MutableBytes bytes() const { return {data_, page_bytes}; }
  bool is_shared() const { return count_of(data_) > 1; }

 private:
  explicit Page(std::byte* data) : data_(data) {}
  static std::uint32_t& count_of(std::byte* data) {
    auto address = reinterpret_cast<std::uintptr_t>(data);
    auto* counts = reinterpret_cast<std::uint32_t*>(address & ~(slab_bytes - 1));
    return counts[(address & (slab_bytes - 1)) / page_bytes];
  }
  static void release(std::byte* data);

  static constexpr std::uintptr_t slab_bytes = 2u << 20;
  friend class PagePool;

  std::byte* data_ = nullptr;
};

struct Slice {
  Page page;
  std::uint32_t offset = 0;  // bytes
  std::uint32_t bytes = 0;

  Slice() = default;
  Slice(Page whole) : page(std::move(whole)), bytes(page_bytes) {}
  Slice(Page of, std::uint32_t from, std::uint32_t length)
      : page(std::move(of)), offset(from), bytes(length) {}

  std::byte* data() const { return page.data() + offset; }
  Bytes view() const { return {data(), bytes}; }
  MutableBytes room() const { return {data(), bytes}; }
};

// What a request carries: slices in order. The same type for both directions; a write never changes them, a read fills
// them. The storage behind the span, and so every page, stays alive until the request's task ends.
using Pages = std::span<const Slice>;
using MutablePages = std::span<const Slice>;
using SliceList = boost::container::small_vector<Slice, 4>;

std::uint64_t bytes_of(Pages pages);

// bytes of fresh pages, the last slice cut to size.
SliceList allocate_slices(std::uint64_t bytes);
// bytes of the thread's zero page, again and again; for writing only.
SliceList zero_slices(std::uint64_t bytes);

// The slices that hold [offset, offset + bytes) of `of`, appended to `out`. The range lies inside.
void append_range(SliceList& out, Pages of, std::uint64_t offset, std::uint64_t bytes);
SliceList range_of(Pages of, std::uint64_t offset, std::uint64_t bytes);

// Cuts ranges out of a list of slices in rising order, each slice visited once.
class PageCursor {
 public:
  explicit PageCursor(Pages of) : of_(of) {}
  // [offset, offset + bytes) appended to `out`; offset is at or behind the end of the last range.
  void take(SliceList& out, std::uint64_t offset, std::uint64_t bytes);

 private:
  Pages of_;
  std::size_t slice_ = 0;
  std::uint64_t slice_begin_ = 0;  // bytes in front of of_[slice_]
};

// Both sides have the size of `bytes`, resp. of each other.
void copy(Bytes from, MutablePages into);
void copy(Pages from, MutableBytes into);
void copy(Pages from, MutablePages into);
bool all_zero(Bytes bytes);

}  // namespace holdfast
