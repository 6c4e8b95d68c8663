#include "drivers/posix/device_limits.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>

namespace holdfast::drivers {
namespace {

// A line of /sys/dev/block/MAJOR:MINOR/queue/NAME; a partition has its disk's queue.
std::optional<std::string> queue_line(dev_t device, std::string_view name) {
  std::string folder = fmt::format("/sys/dev/block/{}:{}", major(device), minor(device));
  for (std::string_view queue : {"queue", "../queue"}) {
    std::ifstream file(fmt::format("{}/{}/{}", folder, queue, name));
    if (std::string line; std::getline(file, line)) return line;
  }
  return std::nullopt;
}

std::uint64_t queue_number(dev_t device, std::string_view name) {
  std::string line = queue_line(device, name).value_or("0");
  std::uint64_t number = 0;
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

using LimitsResult = tl::expected<DeviceLimits, OpenError>;

tl::unexpected<OpenError> wrong_size(const std::string& path, std::uint64_t bytes,
                                     std::string_view why) {
  std::string message = fmt::format("{}: {} bytes: {}", path, bytes, why);
  return tl::unexpected<OpenError>(OpenError(OpenError::Kind::format, std::move(message)));
}

tl::unexpected<OpenError> no_answer(const std::string& path, int error) {
  return tl::unexpected<OpenError>(
      OpenError(OpenError::Kind::io,
                fmt::format("{}: doesn't tell its size: {}", path, std::strerror(error))));
}

LimitsResult limits_of_block_device(const OpenedFile& device, dev_t number) {
  int descriptor = device.number();
  std::uint64_t bytes = 0;
  int logical = 0;
  unsigned physical = 0;
  unsigned optimal = 0;
  if (ioctl(descriptor, BLKGETSIZE64, &bytes) != 0 || ioctl(descriptor, BLKSSZGET, &logical) != 0)
    return no_answer(device.path(), errno);
  if (bytes == 0)
    return wrong_size(device.path(), bytes, "an empty device; is there a medium in it?");
  if (ioctl(descriptor, BLKPBSZGET, &physical) != 0) physical = 0;
  if (ioctl(descriptor, BLKIOOPT, &optimal) != 0) optimal = 0;

  DeviceLimits limits;
  limits.sectors = Sectors::of_bytes(bytes);
  limits.logical_block_bytes = static_cast<std::uint32_t>(logical);
  limits.physical_block_bytes = std::max(physical, limits.logical_block_bytes);
  limits.atomic_write_bytes = limits.logical_block_bytes;
  limits.optimal_io_bytes = optimal;
  if (queue_number(number, "discard_max_bytes") > 0)
    limits.discard_granularity_bytes =
        static_cast<std::uint32_t>(queue_number(number, "discard_granularity"));
  // Behind the page cache even a write-through device takes its time.
  limits.has_volatile_cache =
      !device.is_direct() || queue_line(number, "write_cache") != "write through";
  limits.has_fua = device.is_direct() && queue_number(number, "fua") != 0;
  limits.is_rotational = queue_number(number, "rotational") != 0;
  return limits;
}

LimitsResult limits_of_file(const OpenedFile& file, const struct stat& state) {
  auto bytes = static_cast<std::uint64_t>(state.st_size);
  if (bytes == 0) return wrong_size(file.path(), bytes, "an empty file is no disk image");
  if (bytes % sector_bytes != 0)
    return wrong_size(file.path(), bytes,
                      "not a multiple of 512: a truncated image, or not the image of a disk");

  bool is_writable = file.access() == Access::write;
  DeviceLimits limits;
  limits.sectors = Sectors::of_bytes(bytes);
  limits.physical_block_bytes = page_bytes;
  limits.has_fua = file.is_direct() && queue_number(state.st_dev, "fua") != 0;
  limits.discard_granularity_bytes = is_writable ? page_bytes : 0;
  limits.discard_reads_zero = is_writable;
  limits.is_rotational = queue_number(state.st_dev, "rotational") != 0;
  return limits;
}

}  // namespace

LimitsResult limits_of(const OpenedFile& file) {
  struct stat state{};
  if (fstat(file.number(), &state) != 0) return no_answer(file.path(), errno);
  return file.is_block() ? limits_of_block_device(file, state.st_rdev)
                         : limits_of_file(file, state);
}

}  // namespace holdfast::drivers
