// The members of an array as the oracle reads them: raw, from their devices, while nobody writes them.
//
//   Read in windows of a mebibyte, past the page cache where that is possible: what the engine wrote is what is read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/posix/opened_file.h"
#include "oracle/member_images.h"

namespace holdfast::drivers {

class MemberFiles final : public oracle::MemberImages {
 public:
  // Paths by role; empty where the role has no device. What can't be opened or read is read as zeros, and said.
  explicit MemberFiles(const std::vector<std::string>& path_of_role);

  Bytes read(unsigned role, std::uint64_t offset, std::uint64_t bytes,
             MutableBytes scratch) override;

  // What went wrong first, or nothing: then what was read proves nothing.
  const std::string& problem() const { return problem_; }

 private:
  struct Freed {
    void operator()(std::byte* memory) const;
  };
  struct Window {
    std::optional<OpenedFile> file;
    std::unique_ptr<std::byte[], Freed> memory;
    std::uint64_t begin = 0;
    std::uint64_t bytes = 0;
  };
  void fill(Window& window, std::uint64_t offset);

  std::vector<Window> windows_;
  std::string problem_;
};

}  // namespace holdfast::drivers
