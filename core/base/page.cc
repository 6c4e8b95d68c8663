#include "core/base/page.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "core/base/check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace holdfast {

// The free pages of one thread. Slabs are returned when the thread ends; pages still referenced then are a leak that
// the sanitizer build reports as a use after poison.
class PagePool {
 public:
  static PagePool& of_thread() {
    thread_local PagePool pool;
    return pool;
  }

  ~PagePool() {
    for (std::byte* slab : slabs_) {
      ASAN_UNPOISON_MEMORY_REGION(slab, Page::slab_bytes);
      std::free(slab);
    }
  }

  std::byte* take() {
    if (free_.empty()) grow();
    std::byte* page = free_.back();
    free_.pop_back();
    ASAN_UNPOISON_MEMORY_REGION(page, page_bytes);
    return page;
  }

  void put(std::byte* page) {
    ASAN_POISON_MEMORY_REGION(page, page_bytes);
    free_.push_back(page);
  }

 private:
  void grow() {
    auto* slab = static_cast<std::byte*>(std::aligned_alloc(Page::slab_bytes, Page::slab_bytes));
    check(slab != nullptr, "memory for pages is there");
    slabs_.push_back(slab);
    std::memset(slab, 0, page_bytes);
    for (std::size_t at = Page::slab_bytes - page_bytes; at > 0; at -= page_bytes) put(slab + at);
  }

  std::vector<std::byte*> free_;
  std::vector<std::byte*> slabs_;
};

static_assert((2u << 20) / page_bytes * sizeof(std::uint32_t) <= page_bytes,
              "the counts of a slab fit its first page");

Page Page::allocate() {
  std::byte* data = PagePool::of_thread().take();
  count_of(data) = 1;
  return Page(data);
}

Page Page::zeroed() {
  Page page = allocate();
  std::memset(page.data_, 0, page_bytes);
  return page;
}

const Page& Page::zeros() {
  PagePool::of_thread();  // built first, so that it outlives the page
  thread_local const Page page = zeroed();
  return page;
}

void Page::release(std::byte* data) { PagePool::of_thread().put(data); }

std::uint64_t bytes_of(Pages pages) {
  std::uint64_t total = 0;
  for (const Slice& slice : pages) total += slice.bytes;
  return total;
}

SliceList allocate_slices(std::uint64_t bytes) {
  SliceList slices;
  slices.reserve((bytes + page_bytes - 1) / page_bytes);
  for (; bytes > 0; bytes -= slices.back().bytes)
    slices.emplace_back(Page::allocate(), 0, std::min<std::uint64_t>(bytes, page_bytes));
  return slices;
}

SliceList zero_slices(std::uint64_t bytes) {
  SliceList slices;
  slices.reserve((bytes + page_bytes - 1) / page_bytes);
  for (; bytes > 0; bytes -= slices.back().bytes)
    slices.emplace_back(Page::zeros(), 0, std::min<std::uint64_t>(bytes, page_bytes));
  return slices;
}

void PageCursor::take(SliceList& out, std::uint64_t offset, std::uint64_t bytes) {
  check(offset >= slice_begin_, "ranges are cut in rising order");
  while (bytes > 0) {
    check(slice_ < of_.size(), "a range of pages lies inside them");
    const Slice& slice = of_[slice_];
    if (offset >= slice_begin_ + slice.bytes) {
      slice_begin_ += slice.bytes;
      ++slice_;
      continue;
    }
    auto inside = static_cast<std::uint32_t>(offset - slice_begin_);
    auto part = static_cast<std::uint32_t>(std::min<std::uint64_t>(slice.bytes - inside, bytes));
    out.emplace_back(slice.page, slice.offset + inside, part);
    offset += part;
    bytes -= part;
  }
}

void append_range(SliceList& out, Pages of, std::uint64_t offset, std::uint64_t bytes) {
  PageCursor(of).take(out, offset, bytes);
}

SliceList range_of(Pages of, std::uint64_t offset, std::uint64_t bytes) {
  SliceList out;
  append_range(out, of, offset, bytes);
  return out;
}

void copy(Bytes from, MutablePages into) {
  check(bytes_of(into) == from.size(), "a copy has equal sides");
  for (const Slice& slice : into) {
    std::memcpy(slice.data(), from.data(), slice.bytes);
    from = from.subspan(slice.bytes);
  }
}

void copy(Pages from, MutableBytes into) {
  check(bytes_of(from) == into.size(), "a copy has equal sides");
  for (const Slice& slice : from) {
    std::memcpy(into.data(), slice.data(), slice.bytes);
    into = into.subspan(slice.bytes);
  }
}

void copy(Pages from, MutablePages into) {
  check(bytes_of(from) == bytes_of(into), "a copy has equal sides");
  std::size_t source = 0;
  std::uint32_t taken = 0;
  for (const Slice& slice : into) {
    std::uint32_t filled = 0;
    while (filled < slice.bytes) {
      const Slice& next = from[source];
      std::uint32_t part = std::min(slice.bytes - filled, next.bytes - taken);
      std::memcpy(slice.data() + filled, next.data() + taken, part);
      filled += part;
      taken += part;
      if (taken == next.bytes) ++source, taken = 0;
    }
  }
}

bool all_zero(Bytes bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace holdfast
