#include "core/raid/journal/scan.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::raid::journal {
namespace {

constexpr std::uint64_t read_blocks = 256;  // at once: 1 MiB
// RAID-6, one page of data a stripe: 92 stripes.
constexpr std::uint64_t unit_blocks_most = 1 + 3 * ((block_bytes - header_bytes) / 44);

FormatError cant_be_read(std::uint64_t block) {
  return {0, fmt::format("block {}", block), "can't be read (media error)"};
}

std::optional<FormatError> wrong_checksum(std::uint64_t block, std::uint32_t found,
                                          std::uint32_t expected) {
  if (found == expected) return std::nullopt;
  return FormatError(block * block_bytes, fmt::format("checksum of page {}", block),
                     fmt::format("found {:#010x}, expected {:#010x}", found, expected));
}

}  // namespace

// Makes ahead_ at least so long. A piece that can't be read is read block by block.
Task<IoResult> Scan::load(std::uint64_t blocks) {
  while (ahead_.size() < blocks) {
    std::uint64_t count = std::min(read_blocks, left() - ahead_.size());
    Lba from = ring_.after(position_, ahead_.size());
    SliceList pages = allocate_slices(count * block_bytes);
    if (auto read = co_await ring_.read(from, pages); !read) {
      if (read.error().kind != IoErrorKind::media) co_return read;
      if (auto pieces = co_await load_one_by_one(from, count); !pieces) co_return pieces;
      continue;
    }
    for (Slice& slice : pages) ahead_.push_back({std::move(slice.page)});
  }
  co_return IoResult{};
}

Task<IoResult> Scan::load_one_by_one(Lba from, std::uint64_t blocks) {
  for (std::uint64_t i = 0; i < blocks; ++i) {
    Slice block(Page::allocate());
    auto read = co_await ring_.read(ring_.after(from, i), Pages(&block, 1));
    if (!read && read.error().kind != IoErrorKind::media) co_return read;
    ahead_.push_back({read ? std::move(block.page) : Page()});
  }
  co_return IoResult{};
}

void Scan::pass(std::uint64_t blocks) {
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(blocks));
  position_ = ring_.after(position_, blocks);
  passed_ += blocks;
}

// The pages behind the meta block. `problem` tells of the first that is not what the meta block says.
void Scan::take_pages(ScanStep& step) {
  auto block = ahead_.begin() + 1;
  std::uint64_t number = 1;
  for (const Record& record : step.meta.records) {
    for (int i = 0; i < record.pages; ++i, ++block, ++number) {
      step.pages.push_back(block->page);
      std::optional<FormatError> problem;
      if (!block->page) {
        step.is_unreadable = true;
        problem = cant_be_read(number);
      } else if (rules_.verify_page_checksums) {
        problem = wrong_checksum(number, seed_.of_page(block->page.bytes()),
                                 record.checksums[static_cast<std::size_t>(i)]);
      }
      if (!problem) continue;
      step.pages.back() = Page();
      if (!step.problem) step.problem = std::move(problem);
    }
  }
}

Task<ScanResult> Scan::next() {
  ScanStep step;
  step.position = position_;
  if (left() == 0) co_return step;
  if (auto loaded = co_await load(1); !loaded) co_return tl::unexpected<IoError>(loaded.error());
  if (!ahead_.front().page) {
    step.is_unreadable = true;
    step.problem = cant_be_read(0);
    auto later = co_await look_for_later(std::move(step));
    co_return later;
  }
  MetaRead read = decode_meta_block(ahead_.front().page.bytes(), seed_, geometry_, position_,
                                    expected_, rules_.verify_meta_checksums);
  step.problem = std::move(read.problem);
  if (!read.block) co_return step;
  step.meta = std::move(*read.block);
  auto blocks = 1 + static_cast<std::uint64_t>(step.meta.pages());
  if (!step.problem && blocks > left())
    step.problem = FormatError(12, "meta_size", "its pages pass the ring's end");
  if (step.problem) {
    auto later = co_await look_for_later(std::move(step));
    co_return later;
  }
  if (auto loaded = co_await load(blocks); !loaded)
    co_return tl::unexpected<IoError>(loaded.error());
  take_pages(step);
  step.kind = step.problem ? ScanStep::Kind::damaged : ScanStep::Kind::unit;
  expected_ = step.meta.sequence + 1;
  pass(blocks);
  co_return step;
}

Task<ScanResult> Scan::look_for_later(ScanStep step) {
  if (!expected_ || !rules_.go_on_after_media_errors) co_return step;
  std::uint64_t passed_before = passed_;
  while (left() > 1) {
    pass(1);
    if (auto loaded = co_await load(1); !loaded) co_return tl::unexpected<IoError>(loaded.error());
    const Page& page = ahead_.front().page;
    if (!page) continue;
    MetaRead found = decode_meta_block(page.bytes(), seed_, geometry_, position_, std::nullopt,
                                       rules_.verify_meta_checksums);
    if (found.block && found.block->sequence > *expected_ &&
        found.block->sequence <= *expected_ + ring_.blocks()) {
      step.kind = ScanStep::Kind::skipped;
      expected_ = found.block->sequence;
      co_return step;
    }
    if (passed_ - passed_before < unit_blocks_most)
      step.unknown.push_back(seed_.of_page(page.bytes()));
  }
  position_ = step.position;
  passed_ = passed_before;
  ahead_.clear();
  co_return step;
}

}  // namespace holdfast::raid::journal
