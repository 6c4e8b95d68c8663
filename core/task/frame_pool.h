// Memory for coroutine frames: per-thread free lists by size, because a frame is born and dies with every request.
//
// Under AddressSanitizer the lists are off, so that a use after the frame's end is seen.
#pragma once

#include <cstddef>

namespace holdfast {

void* allocate_frame(std::size_t bytes);
void release_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace holdfast
