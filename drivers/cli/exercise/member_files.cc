#include "drivers/cli/exercise/member_files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "core/base/check.h"
#include "core/base/page.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t window_bytes = 1 << 20;

}  // namespace

void MemberFiles::Freed::operator()(std::byte* memory) const { std::free(memory); }

MemberFiles::MemberFiles(const std::vector<std::string>& path_of_role)
    : windows_(path_of_role.size()) {
  for (std::size_t role = 0; role < windows_.size(); ++role) {
    Window& window = windows_[role];
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(page_bytes, window_bytes));
    check(memory != nullptr, "the system gives memory");
    window.memory.reset(memory);
    if (path_of_role[role].empty()) continue;
    auto opened = OpenedFile::open(path_of_role[role], Access::look);
    if (opened)
      window.file.emplace(std::move(*opened));
    else if (problem_.empty())
      problem_ = opened.error().message;
  }
}

void MemberFiles::fill(Window& window, std::uint64_t offset) {
  window.begin = offset / window_bytes * window_bytes;
  window.bytes = 0;
  while (window.file && window.bytes < window_bytes) {
    ssize_t read =
        pread(window.file->number(), window.memory.get() + window.bytes,
              window_bytes - window.bytes, static_cast<off_t>(window.begin + window.bytes));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0 && problem_.empty())
      problem_ = fmt::format("{}: can't be read raw at byte {}: {}", window.file->path(),
                             window.begin + window.bytes, std::strerror(errno));
    if (read <= 0) break;
    window.bytes += static_cast<std::uint64_t>(read);
  }
  std::fill(window.memory.get() + window.bytes, window.memory.get() + window_bytes, std::byte{0});
}

Bytes MemberFiles::read(unsigned role, std::uint64_t offset, std::uint64_t bytes,
                        MutableBytes scratch) {
  Window& window = windows_[role];
  for (std::uint64_t done = 0; done < bytes;) {
    std::uint64_t at = offset + done;
    if (at < window.begin || at >= window.begin + window.bytes) fill(window, at);
    std::uint64_t part = std::min(bytes - done, window.begin + window_bytes - at);
    std::copy_n(window.memory.get() + (at - window.begin), part,
                scratch.begin() + static_cast<std::ptrdiff_t>(done));
    done += part;
  }
  return scratch.first(bytes);
}

}  // namespace holdfast::drivers
