#include "core/base/page.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace holdfast {
namespace {

// Bytes that differ from place to place: 0, 1, 2, … with a period that no power of two divides.
std::vector<std::byte> counted_bytes(std::size_t size, std::size_t first = 0) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((first + i) % 251);
  return bytes;
}

std::vector<std::byte> content_of(Pages pages) {
  std::vector<std::byte> bytes(bytes_of(pages));
  copy(pages, MutableBytes(bytes));
  return bytes;
}

// Slices of these sizes, each somewhere inside a page of its own.
SliceList slices_of(std::initializer_list<std::uint32_t> sizes) {
  SliceList slices;
  std::uint32_t offset = 0;
  for (std::uint32_t size : sizes) {
    slices.emplace_back(Page::zeroed(), offset, size);
    offset = (offset + 512) % 2048;
  }
  return slices;
}

TEST(Page, IsAlignedToItsSize) {
  for (int i = 0; i < 10; ++i) {
    Page page = Page::allocate();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(page.data()) % page_bytes, 0u);
    EXPECT_EQ(page.bytes().size(), page_bytes);
  }
}

TEST(Page, CountsItsReferences) {
  EXPECT_FALSE(Page());
  Page page = Page::allocate();
  EXPECT_TRUE(page);
  EXPECT_FALSE(page.is_shared());
  {
    Page copied = page;
    EXPECT_TRUE(page.is_shared());
    EXPECT_EQ(copied.data(), page.data());
    Page moved = std::move(copied);
    EXPECT_FALSE(copied);  // NOLINT(bugprone-use-after-move): that it is empty now is the point
    EXPECT_TRUE(page.is_shared());
    Page third;
    third = moved;
    moved = Page();
    EXPECT_TRUE(page.is_shared());
    third = page;
    EXPECT_TRUE(page.is_shared());
  }
  EXPECT_FALSE(page.is_shared());
}

TEST(Page, AssignedToItselfKeepsItsContent) {
  Page page = Page::zeroed();
  page.data()[7] = std::byte{7};
  Page& same = page;
  page = same;
  EXPECT_FALSE(page.is_shared());
  EXPECT_EQ(page.data()[7], std::byte{7});
}

TEST(Page, GoesBackToThePoolWithItsLastReference) {
  Page page = Page::allocate();
  Page other = page;
  std::byte* data = page.data();
  page = Page();
  EXPECT_NE(Page::allocate().data(), data) << "still referenced";
  other = Page();
  EXPECT_EQ(Page::allocate().data(), data)
      << "the page freed last is taken first: it is warm in the cache";
}

TEST(Page, ZeroedHoldsZerosWhateverThePageHeldBefore) {
  Page dirty = Page::allocate();
  std::byte* data = dirty.data();
  dirty.bytes()[100] = std::byte{1};
  dirty = Page();
  Page page = Page::zeroed();
  ASSERT_EQ(page.data(), data);
  EXPECT_TRUE(all_zero(page.bytes()));
}

TEST(Page, ManyPagesAreAllDistinct) {
  constexpr std::size_t several_slabs = 2000;
  std::vector<Page> pages;
  std::set<std::byte*> places;
  for (std::size_t i = 0; i < several_slabs; ++i) {
    pages.push_back(Page::allocate());
    places.insert(pages.back().data());
    pages.back().data()[0] = static_cast<std::byte>(i);
    pages.back().data()[page_bytes - 1] = static_cast<std::byte>(i / 256);
  }
  EXPECT_EQ(places.size(), several_slabs);
  for (std::size_t i = 0; i < several_slabs; ++i) {
    EXPECT_FALSE(pages[i].is_shared());
    EXPECT_EQ(pages[i].data()[0], static_cast<std::byte>(i));
    EXPECT_EQ(pages[i].data()[page_bytes - 1], static_cast<std::byte>(i / 256));
  }
}

TEST(Page, ZerosAreOneSharedPageOfTheThread) {
  EXPECT_EQ(Page::zeros().data(), Page::zeros().data());
  EXPECT_TRUE(all_zero(Page::zeros().bytes()));
  const std::byte* elsewhere = nullptr;
  std::thread other([&] { elsewhere = Page::zeros().data(); });
  other.join();
  EXPECT_NE(elsewhere, Page::zeros().data());
}

TEST(Page, EachThreadHasItsOwnPool) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      std::vector<Page> pages;
      for (int round = 0; round < 2000; ++round) {
        pages.push_back(Page::allocate());
        pages.back().data()[0] = static_cast<std::byte>(i);
        if (round % 3 == 0) pages.erase(pages.begin());
      }
      for (const Page& page : pages) EXPECT_EQ(page.data()[0], static_cast<std::byte>(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
TEST(PageDeathTest, AFreedPageIsPoisoned) {
  Page page = Page::allocate();
  volatile std::byte* data = page.data();
  page = Page();
  EXPECT_DEATH(data[0] = std::byte{1}, "use-after-poison");
}
#endif
#endif

TEST(Slices, AllocatedOnesCutTheLastToSize) {
  EXPECT_TRUE(allocate_slices(0).empty());
  EXPECT_EQ(allocate_slices(512).size(), 1u);
  EXPECT_EQ(allocate_slices(page_bytes).size(), 1u);
  SliceList slices = allocate_slices(2 * page_bytes + 512);
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0].bytes, page_bytes);
  EXPECT_EQ(slices[2].bytes, 512u);
  EXPECT_EQ(bytes_of(slices), 2 * page_bytes + 512u);
}

TEST(Slices, OfZerosAllShowTheZeroPage) {
  SliceList slices = zero_slices(5 * page_bytes + 512);
  ASSERT_EQ(slices.size(), 6u);
  EXPECT_EQ(bytes_of(slices), 5 * page_bytes + 512u);
  for (const Slice& slice : slices) {
    EXPECT_EQ(slice.page.data(), Page::zeros().data());
    EXPECT_TRUE(all_zero(slice.view()));
  }
}

TEST(Slices, ARangeSharesThePagesItCovers) {
  SliceList slices = slices_of({1024, 512, 2048});
  auto content = counted_bytes(3584);
  copy(Bytes(content), slices);
  for (std::uint64_t offset = 0; offset <= 3584; offset += 256) {
    for (std::uint64_t size = 0; offset + size <= 3584; size += 256) {
      SliceList range = range_of(slices, offset, size);
      std::vector<std::byte> expected(content.begin() + static_cast<std::ptrdiff_t>(offset),
                                      content.begin() + static_cast<std::ptrdiff_t>(offset + size));
      ASSERT_EQ(content_of(range), expected) << offset << " + " << size;
    }
  }
  SliceList middle = range_of(slices, 1024, 512);
  ASSERT_EQ(middle.size(), 1u);
  EXPECT_EQ(middle[0].data(), slices[1].data());
  EXPECT_TRUE(slices[1].page.is_shared());
  EXPECT_FALSE(slices[0].page.is_shared());
}

TEST(Slices, ARangeIsAppendedBehindWhatIsThere) {
  SliceList slices = slices_of({512, 512});
  SliceList out = range_of(slices, 512, 512);
  append_range(out, slices, 0, 512);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].data(), slices[1].data());
  EXPECT_EQ(out[1].data(), slices[0].data());
}

TEST(SlicesDeathTest, ARangeBeyondTheEndIsABrokenRule) {
  SliceList slices = slices_of({512, 512});
  EXPECT_DEATH(range_of(slices, 512, 1024), "a range of pages lies inside them");
}

TEST(Slices, CopyCrossesUnequalSlices) {
  auto content = counted_bytes(4096, 17);
  SliceList from = slices_of({512, 1536, 1024, 1024});
  copy(Bytes(content), from);
  for (auto sizes : {std::initializer_list<std::uint32_t>{4096 - 512, 512},
                     {1024, 1024, 1024, 1024},
                     {512, 512, 2048, 512, 512},
                     {1, 4000, 95}}) {
    SliceList into = slices_of(sizes);
    copy(Pages(from), into);
    EXPECT_EQ(content_of(into), content);
  }
  EXPECT_EQ(content_of(from), content);
}

TEST(Slices, CopyTouchesNothingBesideTheSlices) {
  Page page = Page::zeroed();
  SliceList into{Slice(page, 512, 512)};
  auto content = counted_bytes(512, 1);
  copy(Bytes(content), into);
  EXPECT_TRUE(all_zero(page.bytes().first(512)));
  EXPECT_TRUE(all_zero(page.bytes().subspan(1024)));
  EXPECT_FALSE(all_zero(page.bytes().subspan(512, 512)));
}

TEST(SlicesDeathTest, CopyDemandsEqualSides) {
  SliceList small = slices_of({512}), large = slices_of({512, 512});
  auto content = counted_bytes(700);
  EXPECT_DEATH(copy(Pages(small), large), "a copy has equal sides");
  EXPECT_DEATH(copy(Bytes(content), large), "a copy has equal sides");
  EXPECT_DEATH(copy(Pages(large), MutableBytes(content)), "a copy has equal sides");
}

TEST(Slices, AllZeroSeesASingleByteAnywhere) {
  EXPECT_TRUE(all_zero(Bytes()));
  for (std::size_t size : {1u, 2u, 63u, 64u, 65u, 4096u}) {
    std::vector<std::byte> bytes(size);
    EXPECT_TRUE(all_zero(bytes));
    for (std::size_t at = 0; at < size; at += size < 100 ? 1 : 97) {
      bytes[at] = std::byte{0x80};
      EXPECT_FALSE(all_zero(bytes)) << at << " of " << size;
      bytes[at] = std::byte{0};
    }
    bytes.back() = std::byte{1};
    EXPECT_FALSE(all_zero(bytes));
  }
}

}  // namespace
}  // namespace holdfast
