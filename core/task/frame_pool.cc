#include "core/task/frame_pool.h"

#include <array>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define HOLDFAST_FRAMES_FROM_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HOLDFAST_FRAMES_FROM_HEAP 1
#endif
#endif

namespace holdfast {

#ifdef HOLDFAST_FRAMES_FROM_HEAP

void* allocate_frame(std::size_t bytes) { return ::operator new(bytes); }
void release_frame(void* frame, std::size_t) noexcept { ::operator delete(frame); }

#else

namespace {

constexpr std::size_t class_bytes = 64;
constexpr std::size_t pooled_bytes_max = 4096;

struct FreeFrame {
  FreeFrame* next;
};

struct FrameLists {
  std::array<FreeFrame*, pooled_bytes_max / class_bytes + 1> heads{};

  ~FrameLists() {
    for (FreeFrame* head : heads) {
      while (head) {
        FreeFrame* next = head->next;
        ::operator delete(head);
        head = next;
      }
    }
  }
};

thread_local FrameLists lists;

constexpr std::size_t class_of(std::size_t bytes) {
  return (bytes + class_bytes - 1) / class_bytes;
}

}  // namespace

void* allocate_frame(std::size_t bytes) {
  if (bytes > pooled_bytes_max) return ::operator new(bytes);
  FreeFrame*& head = lists.heads[class_of(bytes)];
  if (!head) return ::operator new(class_of(bytes) * class_bytes);
  FreeFrame* frame = head;
  head = frame->next;
  return frame;
}

void release_frame(void* frame, std::size_t bytes) noexcept {
  if (bytes > pooled_bytes_max) return ::operator delete(frame);
  FreeFrame*& head = lists.heads[class_of(bytes)];
  head = new (frame) FreeFrame{head};
}

#endif

}  // namespace holdfast
