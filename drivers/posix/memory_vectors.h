// The memory of a request as the kernel wants it: runs of bytes, few enough for one system call.
#pragma once

#include <sys/uio.h>

#include <span>

#include <boost/container/small_vector.hpp>

#include "core/base/page.h"

namespace holdfast::drivers {

// Walks along the slices; what was transferred is left behind.
class MemoryVectors {
 public:
  static constexpr std::size_t vectors_max = 1024;     // IOV_MAX of Linux
  static constexpr std::uint64_t bytes_max = 1 << 30;  // below what one call takes

  explicit MemoryVectors(Pages pages) : rest_(pages) {}

  // The next bytes, neighbours joined; valid until the next call. Empty at the end.
  std::span<const iovec> next() {
    vectors_.clear();
    std::uint64_t gathered = 0;
    std::uint32_t skipped = skipped_;
    for (const Slice& slice : rest_) {
      std::byte* data = slice.data() + skipped;
      std::size_t bytes = slice.bytes - skipped;
      skipped = 0;
      bool is_neighbour = !vectors_.empty() && end_of(vectors_.back()) == data;
      if (gathered + bytes > bytes_max || (!is_neighbour && vectors_.size() == vectors_max)) break;
      if (is_neighbour)
        vectors_.back().iov_len += bytes;
      else
        vectors_.push_back(iovec{data, bytes});
      gathered += bytes;
    }
    return vectors_;
  }

  void leave_behind(std::uint64_t bytes) {
    while (!rest_.empty() && bytes >= rest_.front().bytes - skipped_) {
      bytes -= rest_.front().bytes - skipped_;
      skipped_ = 0;
      rest_ = rest_.subspan(1);
    }
    skipped_ += static_cast<std::uint32_t>(bytes);
  }

 private:
  static std::byte* end_of(const iovec& vector) {
    return static_cast<std::byte*>(vector.iov_base) + vector.iov_len;
  }

  Pages rest_;
  std::uint32_t skipped_ = 0;  // of the first of the rest
  boost::container::small_vector<iovec, 8> vectors_;  // most requests fit; it lives in a frame
};

}  // namespace holdfast::drivers
