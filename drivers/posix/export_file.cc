#include "drivers/posix/export_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "drivers/posix/memory_vectors.h"

namespace holdfast::drivers {
namespace {

std::string folder_of(const std::string& path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

int make_durable(const std::string& folder) {
  Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.is_open() && fsync(opened.number()) == 0 ? 0 : errno;
}

}  // namespace

tl::expected<ExportFile, std::string> ExportFile::create(const std::string& path) {
  struct stat state{};
  if (lstat(path.c_str(), &state) == 0)
    return tl::unexpected(fmt::format("{}: exists already and is not replaced", path));
  std::string partial = path + ".partial-XXXXXX";
  Descriptor descriptor(mkostemp(partial.data(), O_CLOEXEC));
  if (!descriptor.is_open())
    return tl::unexpected(fmt::format("{}: can't be created: {}", path, std::strerror(errno)));
  return ExportFile(path, std::move(partial), std::move(descriptor));
}

tl::expected<ExportFile, std::string> ExportFile::to_stdout() {
  if (isatty(STDOUT_FILENO) != 0)
    return tl::unexpected(std::string("stdout is a terminal: send it to a file or a program"));
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error like others
  Descriptor descriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!descriptor.is_open()) return tl::unexpected(fmt::format("stdout: {}", std::strerror(errno)));
  return ExportFile("", "", std::move(descriptor));
}

ExportFile::ExportFile(ExportFile&& other) noexcept
    : path_(std::move(other.path_)),
      partial_(std::exchange(other.partial_, "")),
      descriptor_(std::move(other.descriptor_)),
      position_(other.position_) {}

ExportFile::~ExportFile() {
  if (!partial_.empty()) unlink(partial_.c_str());
}

ExportFile::Outcome ExportFile::extend_to(std::uint64_t bytes) {
  if (is_stream() || ftruncate(descriptor_.number(), static_cast<off_t>(bytes)) == 0) return {};
  return failure(errno);
}

ExportFile::Outcome ExportFile::put(Pages next) {
  if (is_stream()) return write_all(next);
  // Runs of slices that hold something; what lies between them stays a hole.
  for (std::size_t begin = 0; begin < next.size();) {
    if (all_zero(next[begin].view())) {
      position_ += next[begin++].bytes;
      continue;
    }
    std::size_t end = begin + 1;
    while (end < next.size() && !all_zero(next[end].view())) ++end;
    if (auto written = write_all(next.subspan(begin, end - begin)); !written) return written;
    begin = end;
  }
  return {};
}

ExportFile::Outcome ExportFile::write_all(Pages pages) {
  MemoryVectors memory(pages);
  for (auto vectors = memory.next(); !vectors.empty(); vectors = memory.next()) {
    int count = static_cast<int>(vectors.size());
    ssize_t bytes = is_stream() ? writev(descriptor_.number(), vectors.data(), count)
                                : pwritev(descriptor_.number(), vectors.data(), count,
                                          static_cast<off_t>(position_));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return failure(bytes < 0 ? errno : ENOSPC);
    memory.leave_behind(static_cast<std::uint64_t>(bytes));
    position_ += static_cast<std::uint64_t>(bytes);
  }
  return {};
}

ExportFile::Outcome ExportFile::commit() {
  if (is_stream()) return {};
  // mkostemp makes files for their owner alone; a disk image is as private as its disks, so that stays.
  if (fsync(descriptor_.number()) != 0) return failure(errno);
  int renamed = renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
  if (renamed != 0 && (errno == EINVAL || errno == ENOSYS))
    renamed = link(partial_.c_str(), path_.c_str()) == 0 ? unlink(partial_.c_str()) : -1;
  if (renamed != 0) return failure(errno);
  partial_.clear();
  if (int error = make_durable(folder_of(path_)); error != 0) return failure(error);
  return {};
}

tl::unexpected<std::string> ExportFile::failure(int error) const {
  return tl::unexpected(fmt::format("{}: can't be written at byte {}: {}",
                                    is_stream() ? "stdout" : path_, position_,
                                    std::strerror(error)));
}

}  // namespace holdfast::drivers
