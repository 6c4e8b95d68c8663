// A file or block device that was opened for I/O: claimed as its use demands, past the page cache where possible.
//
//   opened to   block device                       regular file
//   look        shared                             shared                 somebody else may be writing it
//   read        claimed (O_EXCL): not mounted,     shared lock            nobody writes it meanwhile
//   write         in no running array, by no       exclusive lock         nobody else has it
//                 other Holdfast
//
//   The file locks are OFD locks: they hold against those who ask for them, so against every other Holdfast.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "core/block/volume.h"
#include "drivers/posix/descriptor.h"

namespace holdfast::drivers {

enum class Access : std::uint8_t { look, read, write };

class OpenedFile {
 public:
  // Whether somebody has it opened for `write`: that holds on until the last request of his has ended, also after his
  // process has.
  static bool is_claimed(const std::string& path);

  // io: not there, or no answer. configuration: no device, not allowed, in use.
  static tl::expected<OpenedFile, OpenError> open(const std::string& path, Access access);

  const std::string& path() const { return path_; }
  int number() const { return descriptor_.number(); }
  Access access() const { return access_; }
  bool is_block() const { return is_block_; }
  bool is_direct() const { return is_direct_; }

  // A block device whose medium or cable is gone.
  bool is_pulled_out() const;

 private:
  OpenedFile(std::string path, Access access) : path_(std::move(path)), access_(access) {}
  int open_descriptor();
  int claim_file();

  std::string path_;
  Access access_;
  Descriptor descriptor_;
  bool is_block_ = false;
  bool is_direct_ = true;
};

// Two paths may lead to one device. False if either isn't there.
bool is_same_device(const std::string& one_path, const std::string& other_path);

}  // namespace holdfast::drivers
