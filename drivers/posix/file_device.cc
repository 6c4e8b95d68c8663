#include "drivers/posix/file_device.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/check.h"
#include "drivers/posix/device_limits.h"
#include "drivers/posix/memory_vectors.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t zero_batch_bytes = 1 << 20;

Extent extent_of(Lba first, Pages pages) {
  // An odd byte makes one more sector, so that check_request sees a request that is not aligned.
  std::uint64_t bytes = bytes_of(pages);
  return {first, Sectors((bytes + sector_bytes - 1) / sector_bytes)};
}

off_t offset_of(Lba first) { return static_cast<off_t>(first.value * sector_bytes); }

enum class Direction { reading, writing };

IoErrorKind kind_of(int error, Direction direction) {
  switch (error) {
    case ENXIO:
    case ENODEV:
    case ENOMEDIUM: return IoErrorKind::gone;
    case ETIMEDOUT: return IoErrorKind::timeout;
    case EOPNOTSUPP:
    case ENOTTY: return IoErrorKind::unsupported;
    case EROFS:
    case EPERM:
    case EBADF: return IoErrorKind::read_only;
    case EIO:
    case EILSEQ:
    case ENODATA:
      // What can't be read may be made good and written again; a write that fails is the end of a disk.
      return direction == Direction::reading ? IoErrorKind::media : IoErrorKind::io;
    default: return IoErrorKind::io;
  }
}

}  // namespace

FileDevice::FileDevice(OpenedFile file, DeviceLimits limits, RequestQueue& queue,
                       Observer& observer)
    : file_(std::move(file)), limits_(limits), queue_(queue), observer_(observer) {}

FileDevice::Opened FileDevice::open(const std::string& path, Access access, RequestQueue& queue,
                                    Observer& observer) {
  auto file = OpenedFile::open(path, access);
  if (!file) return tl::unexpected<OpenError>(file.error());
  auto limits = limits_of(*file);
  if (!limits) return tl::unexpected<OpenError>(limits.error());
  return std::unique_ptr<FileDevice>(new FileDevice(std::move(*file), *limits, queue, observer));
}

Task<IoResult> FileDevice::read(Lba first, MutablePages into) {
  if (auto fits = check_request(limits_, extent_of(first, into)); !fits) co_return fits;
  co_await queue_.turn();
  co_return read_now(first, into);
}

Task<IoResult> FileDevice::write(Lba first, Pages from, WriteFlags flags) {
  if (auto fits = check_request(limits_, extent_of(first, from)); !fits) co_return fits;
  co_await queue_.turn();
  co_return write_now(first, from, flags);
}

Task<IoResult> FileDevice::flush() {
  co_await queue_.turn();
  co_return flush_now();
}

Task<IoResult> FileDevice::discard(Extent extent) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  co_await queue_.turn();
  co_return discard_now(extent);
}

Task<IoResult> FileDevice::write_zeroes(Extent extent, WriteFlags flags) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  co_await queue_.turn();
  co_return zero_now(extent, flags);
}

IoResult FileDevice::read_now(Lba first, MutablePages into) {
  if (is_gone_) return io_error(IoErrorKind::gone, first);
  if (!takes_memory_of(into)) {
    SliceList aligned = allocate_slices(bytes_of(into));
    auto read = read_now(first, aligned);
    if (read) copy(aligned, into);
    return read;
  }
  MemoryVectors memory(into);
  for (auto vectors = memory.next(); !vectors.empty(); vectors = memory.next()) {
    ssize_t bytes =
        preadv(file_.number(), vectors.data(), static_cast<int>(vectors.size()), offset_of(first));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return read_failure(first, errno);
    if (bytes == 0) return cut_off(first);
    if (bytes % limits_.logical_block_bytes != 0) return cut_off(first);
    memory.leave_behind(static_cast<std::uint64_t>(bytes));
    first += Sectors::of_bytes(static_cast<std::uint64_t>(bytes));
  }
  return {};
}

IoResult FileDevice::write_now(Lba first, Pages from, WriteFlags flags) {
  if (is_gone_) return io_error(IoErrorKind::gone, first);
  if (flags.preflush)
    if (auto flushed = flush_now(); !flushed) return flushed;
  if (!takes_memory_of(from)) {
    SliceList aligned = allocate_slices(bytes_of(from));
    copy(from, aligned);
    return write_pages(first, aligned, flags.fua);
  }
  return write_pages(first, from, flags.fua);
}

IoResult FileDevice::write_pages(Lba first, Pages from, bool is_durable) {
  MemoryVectors memory(from);
  for (auto vectors = memory.next(); !vectors.empty(); vectors = memory.next()) {
    bool by_flag = is_durable && takes_dsync_;
    ssize_t bytes = pwritev2(file_.number(), vectors.data(), static_cast<int>(vectors.size()),
                             offset_of(first), by_flag ? RWF_DSYNC : 0);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && by_flag && (errno == EOPNOTSUPP || errno == ENOSYS)) {
      takes_dsync_ = false;
      continue;
    }
    if (bytes <= 0 || bytes % limits_.logical_block_bytes != 0)
      return write_failure(first, bytes < 0 ? errno : ENOSPC, is_durable);
    memory.leave_behind(static_cast<std::uint64_t>(bytes));
    first += Sectors::of_bytes(static_cast<std::uint64_t>(bytes));
  }
  if (is_durable && !takes_dsync_) return flush_now();
  return {};
}

IoResult FileDevice::flush_now() {
  if (is_gone_) return io_error(IoErrorKind::gone, Lba());
  if (fdatasync(file_.number()) == 0) return {};
  int error = errno;
  say("flush", Lba(), error);
  is_gone_ = true;
  return io_error(kind_of(error, Direction::writing), Lba());
}

IoResult FileDevice::discard_now(Extent extent) {
  if (is_gone_) return io_error(IoErrorKind::gone, extent.first);
  std::uint64_t granule = limits_.discard_granularity_bytes / sector_bytes;
  if (granule == 0) return io_error(IoErrorKind::unsupported, extent.first);
  std::uint64_t begin = (extent.first.value + granule - 1) / granule * granule;
  std::uint64_t end = extent.end().value / granule * granule;
  if (begin >= end) return {};
  std::uint64_t range[2] = {begin * sector_bytes, (end - begin) * sector_bytes};
  int answer = file_.is_block()
                   ? ioctl(file_.number(), BLKDISCARD, range)
                   : fallocate(file_.number(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               static_cast<off_t>(range[0]), static_cast<off_t>(range[1]));
  if (answer == 0) return {};
  if (errno == EOPNOTSUPP) return io_error(IoErrorKind::unsupported, extent.first);
  return write_failure(extent.first, errno, false);
}

IoResult FileDevice::zero_now(Extent extent, WriteFlags flags) {
  if (is_gone_) return io_error(IoErrorKind::gone, extent.first);
  if (flags.preflush)
    if (auto flushed = flush_now(); !flushed) return flushed;
  if (!zeroes_by_itself_) return write_zero_pages(extent, flags.fua);
  std::uint64_t range[2] = {extent.first.value * sector_bytes, extent.count.bytes()};
  int answer = file_.is_block()
                   ? ioctl(file_.number(), BLKZEROOUT, range)
                   : fallocate(file_.number(), FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
                               static_cast<off_t>(range[0]), static_cast<off_t>(range[1]));
  if (answer == 0) return flags.fua ? flush_now() : IoResult{};
  if (errno != EOPNOTSUPP && errno != ENOTTY && errno != EINVAL)
    return write_failure(extent.first, errno, flags.fua);
  zeroes_by_itself_ = false;
  return write_zero_pages(extent, flags.fua);
}

IoResult FileDevice::write_zero_pages(Extent extent, bool is_durable) {
  SliceList zeros = zero_slices(std::min(extent.count.bytes(), zero_batch_bytes));
  while (!extent.empty()) {
    Sectors batch = std::min(extent.count, Sectors::of_bytes(bytes_of(zeros)));
    auto written = write_pages(extent.first, range_of(zeros, 0, batch.bytes()), false);
    if (!written) return written;
    extent = Extent(extent.first + batch, extent.count - batch);
  }
  return is_durable ? flush_now() : IoResult{};
}

bool FileDevice::takes_memory_of(Pages pages) const {
  if (!file_.is_direct()) return true;
  return std::ranges::all_of(pages, [this](const Slice& slice) {
    auto address = reinterpret_cast<std::uintptr_t>(slice.data());
    return (address | slice.bytes) % limits_.logical_block_bytes == 0;
  });
}

IoResult FileDevice::read_failure(Lba where, int error) {
  say("read", where, error);
  IoErrorKind kind = kind_of(error, Direction::reading);
  is_gone_ = is_gone_ || kind == IoErrorKind::gone || file_.is_pulled_out();
  return io_error(is_gone_ ? IoErrorKind::gone : kind, where);
}

IoResult FileDevice::write_failure(Lba where, int error, bool was_durable) {
  say("write", where, error);
  IoErrorKind kind = kind_of(error, Direction::writing);
  bool is_pulled_out = kind == IoErrorKind::gone || file_.is_pulled_out();
  is_gone_ = is_gone_ || was_durable || is_pulled_out;
  return io_error(is_pulled_out ? IoErrorKind::gone : kind, where);
}

IoResult FileDevice::cut_off(Lba where) {
  observer_.note(fmt::format("{}: ends at sector {}, but had {} when it was opened", path(),
                             where.value, limits_.sectors.value));
  is_gone_ = true;
  return io_error(IoErrorKind::gone, where);
}

void FileDevice::say(std::string_view what, Lba where, int error) {
  observer_.note(
      fmt::format("{}: {} at sector {}: {}", path(), what, where.value, std::strerror(error)));
}

}  // namespace holdfast::drivers
