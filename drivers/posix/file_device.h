// A regular file or a block device as a BlockDevice: direct I/O, many requests at once, each through the world's reactor.
//
//   F1  Flushes are made one after the other, and who comes while one is made shares the next: the kernel tells an error
//       of its write-back once, so two that ask at the same time might get one error and one lie.
//   F2  After a failed flush or a failed durable write nothing that the device took since the last good flush can be
//       trusted, and the kernel may have dropped it: from then on the device answers `gone` (W5).
//   F3  A file never grows or shrinks. Where its file system refuses direct I/O it goes through the page cache; flush
//       and fua mean the same there, and fua is a flush (F1).
//   F4  Memory that direct I/O can't take (slices off the logical block) goes through pages of our own.
//   F5  The kernel has a request's pages until the request ends; to destroy its task is to wait for that (A3).
#pragma once

#include <memory>
#include <string>

#include "core/block/volume.h"
#include "core/task/mutex.h"
#include "drivers/posix/opened_file.h"
#include "drivers/posix/real_world.h"

namespace holdfast::drivers {

class FileDevice final : public BlockDevice {
 public:
  using Opened = tl::expected<std::unique_ptr<FileDevice>, OpenError>;
  // Errors as OpenedFile::open and limits_of. `world` outlives the device.
  static Opened open(const std::string& path, Access access, RealWorld& world);

  const OpenedFile& file() const { return file_; }
  const std::string& path() const { return file_.path(); }

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

 private:
  FileDevice(OpenedFile file, DeviceLimits limits, RealWorld& world);

  Task<IoResult> write_pages(Lba first, Pages from, bool is_durable);
  Task<IoResult> write_zero_pages(Extent extent);

  Task<Lba> first_unreadable(Extent extent);
  Task<bool> can_read(Extent extent);

  bool takes_memory_of(Pages pages) const;
  bool is_whole(std::int64_t bytes) const;
  IoResult read_failure(Lba where, std::int64_t answer);
  IoResult write_failure(Lba where, std::int64_t answer, bool was_durable);
  IoResult cut_off(Lba where);
  void say(std::string_view what, Lba where, std::int64_t answer);

  OpenedFile file_;
  DeviceLimits limits_;
  Reactor& reactor_;
  Observer& observer_;
  Mutex flush_turn_;
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_answered_ = 0;  // of those asked for: by a flush that was begun after them
  bool is_gone_ = false;
  bool takes_dsync_;  // else written, then flushed
  bool zeroes_by_itself_ = true;  // else zeros are written
};

}  // namespace holdfast::drivers
