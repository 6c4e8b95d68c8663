// Where a volume's content is written to: a new file that appears when it is whole, or a stream.
//
//   create() -> extend_to() -> put() from the front to the end -> commit()
//
//   P1  Under its own name the file appears whole or not at all; what is not committed leaves nothing behind.
//   P2  Blocks of zeros become holes in a file; a stream gets every byte.
//   P3  A file that exists already is never replaced.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "core/base/page.h"
#include "drivers/posix/descriptor.h"

namespace holdfast::drivers {

class ExportFile {
 public:
  using Outcome = tl::expected<void, std::string>;  // or what went wrong, for a person

  static tl::expected<ExportFile, std::string> create(const std::string& path);
  // stdout; not a terminal.
  static tl::expected<ExportFile, std::string> to_stdout();

  ExportFile(ExportFile&& other) noexcept;
  ExportFile& operator=(ExportFile&&) = delete;
  ~ExportFile();

  Outcome extend_to(std::uint64_t bytes);
  Outcome put(Pages next);
  Outcome commit();

 private:
  ExportFile(std::string path, std::string partial, Descriptor descriptor)
      : path_(std::move(path)), partial_(std::move(partial)), descriptor_(std::move(descriptor)) {}
  bool is_stream() const { return path_.empty(); }
  Outcome write_all(Pages pages);
  tl::unexpected<std::string> failure(int error) const;

  std::string path_;  // empty: a stream
  std::string partial_;  // its name until commit()
  Descriptor descriptor_;
  std::uint64_t position_ = 0;
};

}  // namespace holdfast::drivers
