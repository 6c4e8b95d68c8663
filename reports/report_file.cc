#include "reports/report_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

namespace holdfast::reports {
namespace {

// Errors as errno has them; 0 is none.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file) == 0 ? 0 : errno;
}

int write_new(const std::string& path, std::string_view text) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  int error = write_all(file, text);
  if (close(file) != 0 && error == 0) error = errno;
  if (error != 0) unlink(path.c_str());
  return error;
}

// Devices and pipes are written as they are: nothing can be put in their place.
int write_existing(const std::string& path, std::string_view text) {
  int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  int error = write_all(file, text);
  close(file);
  return error == EINVAL || error == EROFS ? 0 : error;  // fsync of what can't be synced
}

int replace(const std::string& path, std::string_view text) {
  std::string beside = fmt::format("{}.{}.partial", path, getpid());
  int error = write_new(beside, text);
  if (error == 0 && std::rename(beside.c_str(), path.c_str()) != 0) {
    error = errno;
    unlink(beside.c_str());
  }
  return error;
}

}  // namespace

std::string write_report(const std::string& path, std::string_view text) {
  std::error_code unresolved;
  std::filesystem::path target = std::filesystem::canonical(path, unresolved);  // a link stays one
  if (unresolved) target = path;
  struct stat state{};
  bool is_special = stat(target.c_str(), &state) == 0 && !S_ISREG(state.st_mode);
  int error = is_special ? write_existing(target, text) : replace(target, text);
  if (error == 0) return "";
  return fmt::format("{}: the report can't be written: {}", path, std::strerror(error));
}

}  // namespace holdfast::reports
