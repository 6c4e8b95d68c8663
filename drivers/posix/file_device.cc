#include "drivers/posix/file_device.h"

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

std::uint64_t offset_of(Lba first) { return Sectors(first.value).bytes(); }

Sectors sectors_of(std::span<const iovec> runs) {
  std::uint64_t bytes = 0;
  for (const iovec& run : runs) bytes += run.iov_len;
  return Sectors::of_bytes(bytes);
}

enum class Direction { reading, writing };

IoErrorKind kind_of(std::int64_t answer, Direction direction) {
  switch (-answer) {
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

FileDevice::FileDevice(OpenedFile file, DeviceLimits limits, RealWorld& world)
    : file_(std::move(file)),
      limits_(limits),
      reactor_(world.reactor()),
      observer_(world.observer()),
      flush_turn_(world.ports().executor),
      takes_dsync_(file_.is_direct()) {}

FileDevice::Opened FileDevice::open(const std::string& path, Access access, RealWorld& world) {
  auto file = OpenedFile::open(path, access);
  if (!file) return tl::unexpected<OpenError>(file.error());
  auto limits = limits_of(*file);
  if (!limits) return tl::unexpected<OpenError>(limits.error());
  return std::unique_ptr<FileDevice>(new FileDevice(std::move(*file), *limits, world));
}

Task<IoResult> FileDevice::read(Lba first, MutablePages into) {
  if (auto fits = check_request(limits_, first, into); !fits) co_return fits;
  if (is_gone_) co_return io_error(IoErrorKind::gone, first);
  SliceList aligned;
  if (!takes_memory_of(into)) aligned = allocate_slices(bytes_of(into));
  MemoryVectors memory(aligned.empty() ? into : Pages(aligned));
  for (auto runs = memory.next(); !runs.empty(); runs = memory.next()) {
    auto call = SystemCall::read(file_.number(), runs, offset_of(first));
    auto bytes = co_await reactor_.carry_out(call);
    if (bytes < 0) {
      Lba bad = first;
      if (kind_of(bytes, Direction::reading) == IoErrorKind::media) {
        auto found = co_await first_unreadable(Extent(first, sectors_of(runs)));
        bad = found;
      }
      co_return read_failure(bad, bytes);
    }
    if (!is_whole(bytes)) co_return cut_off(first);
    memory.leave_behind(static_cast<std::uint64_t>(bytes));
    first += Sectors::of_bytes(static_cast<std::uint64_t>(bytes));
  }
  if (!aligned.empty()) copy(aligned, into);
  co_return IoResult{};
}

Task<IoResult> FileDevice::write(Lba first, Pages from, WriteFlags flags) {
  if (auto fits = check_request(limits_, first, from); !fits) co_return fits;
  if (flags.preflush) {
    if (auto flushed = co_await flush(); !flushed) co_return flushed;
  }
  if (is_gone_) co_return io_error(IoErrorKind::gone, first);
  SliceList aligned;
  if (!takes_memory_of(from)) {
    aligned = allocate_slices(bytes_of(from));
    copy(from, aligned);
    from = aligned;
  }
  auto written = co_await write_pages(first, from, flags.fua);
  co_return written;
}

Task<IoResult> FileDevice::write_pages(Lba first, Pages from, bool is_durable) {
  MemoryVectors memory(from);
  for (auto runs = memory.next(); !runs.empty(); runs = memory.next()) {
    bool by_flag = is_durable && takes_dsync_;
    auto call = SystemCall::write(file_.number(), runs, offset_of(first), by_flag);
    auto bytes = co_await reactor_.carry_out(call);
    if (by_flag && (bytes == -EOPNOTSUPP || bytes == -ENOSYS)) {
      takes_dsync_ = false;
      continue;
    }
    if (!is_whole(bytes)) co_return write_failure(first, bytes < 0 ? bytes : -ENOSPC, is_durable);
    memory.leave_behind(static_cast<std::uint64_t>(bytes));
    first += Sectors::of_bytes(static_cast<std::uint64_t>(bytes));
  }
  if (!is_durable || takes_dsync_) co_return IoResult{};
  auto flushed = co_await flush();
  co_return flushed;
}

Task<IoResult> FileDevice::flush() {
  std::uint64_t number = ++flushes_asked_;
  MutexLock turn = co_await flush_turn_.lock();
  if (is_gone_) co_return io_error(IoErrorKind::gone, Lba());
  if (flushes_answered_ >= number) co_return IoResult{};
  std::uint64_t asked_before = flushes_asked_;
  auto answer = co_await reactor_.carry_out(SystemCall::sync(file_.number()));
  if (answer < 0) {
    say("flush", Lba(), answer);
    is_gone_ = true;
    co_return io_error(kind_of(answer, Direction::writing), Lba());
  }
  flushes_answered_ = asked_before;
  co_return IoResult{};
}

Task<IoResult> FileDevice::discard(Extent extent) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  if (is_gone_) co_return io_error(IoErrorKind::gone, extent.first);
  std::uint64_t granule = limits_.discard_granularity_bytes / sector_bytes;
  if (granule == 0) co_return io_error(IoErrorKind::unsupported, extent.first);
  Lba begin((extent.first.value + granule - 1) / granule * granule);
  Lba end(extent.end().value / granule * granule);
  if (begin >= end) co_return IoResult{};
  auto operation =
      file_.is_block() ? SystemCall::Operation::discard : SystemCall::Operation::punch_hole;
  auto call =
      SystemCall::on_range(operation, file_.number(), offset_of(begin), (end - begin).bytes());
  auto answer = co_await reactor_.carry_out(call);
  if (answer >= 0) co_return IoResult{};
  if (answer == -EOPNOTSUPP) co_return io_error(IoErrorKind::unsupported, extent.first);
  co_return write_failure(extent.first, answer, false);
}

Task<IoResult> FileDevice::write_zeroes(Extent extent, WriteFlags flags) {
  if (auto fits = check_request(limits_, extent); !fits) co_return fits;
  if (flags.preflush) {
    if (auto flushed = co_await flush(); !flushed) co_return flushed;
  }
  if (is_gone_) co_return io_error(IoErrorKind::gone, extent.first);
  if (zeroes_by_itself_) {
    auto call = SystemCall::on_range(SystemCall::Operation::zero_range, file_.number(),
                                     offset_of(extent.first), extent.count.bytes());
    auto answer = co_await reactor_.carry_out(call);
    zeroes_by_itself_ = answer != -EOPNOTSUPP && answer != -EINVAL && answer != -ENOSYS;
    if (answer < 0 && zeroes_by_itself_) co_return write_failure(extent.first, answer, flags.fua);
  }
  if (!zeroes_by_itself_) {
    if (auto written = co_await write_zero_pages(extent); !written) co_return written;
  }
  if (!flags.fua) co_return IoResult{};
  auto flushed = co_await flush();
  co_return flushed;
}

Task<IoResult> FileDevice::write_zero_pages(Extent extent) {
  SliceList zeros = zero_slices(std::min(extent.count.bytes(), zero_batch_bytes));
  while (!extent.empty()) {
    Sectors batch = std::min(extent.count, Sectors::of_bytes(bytes_of(zeros)));
    SliceList pages = range_of(zeros, 0, batch.bytes());
    if (auto written = co_await write_pages(extent.first, pages, false); !written)
      co_return written;
    extent = Extent(extent.first + batch, extent.count - batch);
  }
  co_return IoResult{};
}

bool FileDevice::takes_memory_of(Pages pages) const {
  if (!file_.is_direct()) return true;
  return std::ranges::all_of(pages, [this](const Slice& slice) {
    auto address = reinterpret_cast<std::uintptr_t>(slice.data());
    return (address | slice.bytes) % limits_.logical_block_bytes == 0;
  });
}

bool FileDevice::is_whole(std::int64_t bytes) const {
  return bytes > 0 && bytes % limits_.logical_block_bytes == 0;
}

// Of a request the kernel says only that something in it can't be read. Page by page, then block by block; where all can be
// read alone, the beginning.
Task<Lba> FileDevice::first_unreadable(Extent extent) {
  std::uint64_t page_sectors = page_bytes / sector_bytes;
  Sectors block = Sectors::of_bytes(limits_.logical_block_bytes);
  for (Lba at = extent.first; at < extent.end();) {
    Lba next(std::min((at.value / page_sectors + 1) * page_sectors, extent.end().value));
    auto is_whole_page_fine = co_await can_read(Extent(at, next - at));
    for (Lba one = at; !is_whole_page_fine && one < next; one += block) {
      auto is_fine = co_await can_read(Extent(one, block));
      if (!is_fine) co_return one;
    }
    at = next;
  }
  co_return extent.first;
}

Task<bool> FileDevice::can_read(Extent extent) {
  Page page = Page::allocate();
  iovec memory{page.data(), extent.count.bytes()};
  auto call = SystemCall::read(file_.number(), {&memory, 1}, offset_of(extent.first));
  auto bytes = co_await reactor_.carry_out(call);
  co_return bytes == static_cast<std::int64_t>(memory.iov_len);
}

IoResult FileDevice::read_failure(Lba where, std::int64_t answer) {
  say("read", where, answer);
  IoErrorKind kind = kind_of(answer, Direction::reading);
  is_gone_ = is_gone_ || kind == IoErrorKind::gone || file_.is_pulled_out();
  return io_error(is_gone_ ? IoErrorKind::gone : kind, where);
}

IoResult FileDevice::write_failure(Lba where, std::int64_t answer, bool was_durable) {
  say("write", where, answer);
  IoErrorKind kind = kind_of(answer, Direction::writing);
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

void FileDevice::say(std::string_view what, Lba where, std::int64_t answer) {
  observer_.note(fmt::format("{}: {} at sector {}: {}", path(), what, where.value,
                             std::strerror(static_cast<int>(-answer))));
}

}  // namespace holdfast::drivers
