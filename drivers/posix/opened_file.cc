#include "drivers/posix/opened_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/page.h"
#include "core/base/types.h"

namespace holdfast::drivers {
namespace {

// The device itself is not there, or gives no answer.
bool is_absence(int error) {
  return error == ENOENT || error == ENXIO || error == ENODEV || error == ENOMEDIUM || error == EIO;
}

tl::unexpected<OpenError> failure(const std::string& path, int error, std::string_view why) {
  auto kind = is_absence(error) ? OpenError::Kind::io : OpenError::Kind::configuration;
  return tl::unexpected<OpenError>(OpenError(kind, fmt::format("{}: {}", path, why)));
}

tl::unexpected<OpenError> refusal(const std::string& path, std::string_view why) {
  return tl::unexpected<OpenError>(
      OpenError(OpenError::Kind::configuration, fmt::format("{}: {}", path, why)));
}

std::string_view kind_of_file(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISCHR(mode)) return "a character device";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "neither a file nor a block device";
}

std::string reason_of(int error, bool is_block) {
  if (error == EBUSY && is_block)
    return "in use: mounted, part of a running array, or opened by another program";
  return std::strerror(error);
}

// Whether the file system takes direct I/O in sectors of 512 bytes.
bool reads_directly(int descriptor) {
  Page page = Page::allocate();
  return pread(descriptor, page.data(), sector_bytes, 0) >= 0 || errno != EINVAL;
}

}  // namespace

tl::expected<OpenedFile, OpenError> OpenedFile::open(const std::string& path, Access access) {
  // Looked at first: opening a pipe would wait, opening a tape would wind it.
  struct stat state{};
  if (::stat(path.c_str(), &state) != 0) return failure(path, errno, std::strerror(errno));
  OpenedFile file(path, access);
  file.is_block_ = S_ISBLK(state.st_mode);
  if (!file.is_block_ && !S_ISREG(state.st_mode))
    return refusal(path,
                   fmt::format("is {}, not a file or a block device", kind_of_file(state.st_mode)));

  if (int error = file.open_descriptor(); error != 0)
    return failure(
        path, error,
        fmt::format("can't be opened for {}: {}", access == Access::write ? "writing" : "reading",
                    reason_of(error, file.is_block_)));
  struct stat opened{};
  if (fstat(file.number(), &opened) != 0 || opened.st_ino != state.st_ino ||
      opened.st_dev != state.st_dev)
    return refusal(path, "was replaced while it was opened");
  if (int error = file.claim_file(); error != 0)
    return refusal(path, error == EAGAIN || error == EACCES
                             ? "in use: locked by another program"
                             : fmt::format("can't be locked: {}", std::strerror(error)));
  return file;
}

bool OpenedFile::is_claimed(const std::string& path) {
  struct stat state{};
  if (::stat(path.c_str(), &state) != 0) return false;
  OpenedFile file(path, Access::write);
  file.is_block_ = S_ISBLK(state.st_mode);
  if (int error = file.open_descriptor(); error != 0) return error == EBUSY;
  int error = file.claim_file();
  return error == EAGAIN || error == EACCES;
}

int OpenedFile::open_descriptor() {
  int flags = O_CLOEXEC | (access_ == Access::write ? O_RDWR : O_RDONLY);
  if (is_block_ && access_ != Access::look) flags |= O_EXCL;
  descriptor_ = Descriptor(::open(path_.c_str(), flags | O_DIRECT));
  if (!descriptor_.is_open() && errno != EINVAL) return errno;
  is_direct_ = descriptor_.is_open() && (is_block_ || reads_directly(number()));
  if (!is_direct_) {
    descriptor_ = Descriptor();
    descriptor_ = Descriptor(::open(path_.c_str(), flags));
    if (!descriptor_.is_open()) return errno;
  }
  int is_read_only = 0;
  if (is_block_ && access_ == Access::write && ioctl(number(), BLKROGET, &is_read_only) == 0 &&
      is_read_only != 0)
    return EROFS;
  return 0;
}

int OpenedFile::claim_file() {
  if (is_block_ || access_ == Access::look) return 0;
  struct flock whole{};
  whole.l_type = access_ == Access::write ? F_WRLCK : F_RDLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(number(), F_OFD_SETLK, &whole) == 0) return 0;
  // A file system without locks.
  return errno == ENOLCK || errno == EINVAL || errno == EOPNOTSUPP ? 0 : errno;
}

bool OpenedFile::is_pulled_out() const {
  std::uint64_t bytes = 0;
  return is_block_ && (ioctl(number(), BLKGETSIZE64, &bytes) != 0 || bytes == 0);
}

bool is_same_device(const std::string& one_path, const std::string& other_path) {
  struct stat one{}, other{};
  if (stat(one_path.c_str(), &one) != 0 || stat(other_path.c_str(), &other) != 0) return false;
  if (S_ISBLK(one.st_mode) && S_ISBLK(other.st_mode)) return one.st_rdev == other.st_rdev;
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace holdfast::drivers
