// Which pages of the members belong together: one row of chunks and the part of the volume that stands on it.
//
//   array:  row r = chunk r of every member     volume [r * row, (r + 1) * row)
//   plain device:  row r = page r
#pragma once

#include <optional>
#include <vector>

#include "oracle/profile.h"
#include "sim/explore/image.h"

namespace holdfast::sim {

class Rows {
 public:
  // device_of_role as in WorldSpec. Needs pages of data that begin at pages of the device.
  Rows(const oracle::Profile& profile, const std::vector<std::size_t>& device_of_role);

  // None: metadata, or a journal.
  std::optional<std::uint64_t> row_of(PagePlace place) const;
  Extent on_volume(std::uint64_t row) const;
  std::vector<PagePlace> pages(std::uint64_t row) const;

 private:
  struct Member {
    std::uint32_t device = 0;
    std::uint32_t first_page = 0;
  };
  std::vector<Member> members_;
  std::uint64_t rows_ = 0;
  std::uint32_t pages_in_chunk_ = 1;
  std::uint64_t row_sectors_ = 0;
  std::uint64_t volume_sectors_ = 0;
};

}  // namespace holdfast::sim
