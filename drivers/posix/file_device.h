// A regular file or a block device as a BlockDevice: plain direct I/O, one system call at a time.
//
//   F1  Requests of one world are carried out one by one, first come, first served (drivers/posix/request_queue.h).
//   F2  After a failed flush or a failed durable write nothing that the device took since the last good flush can be
//       trusted, and the kernel may have dropped it: from then on the device answers `gone` (W5).
//   F3  A file never grows or shrinks. Where its file system refuses direct I/O it goes through the page cache; flush
//       and fua mean the same there.
//   F4  Memory that direct I/O can't take (slices off the logical block) goes through pages of our own.
#pragma once

#include <memory>
#include <string>

#include "core/block/ports.h"
#include "core/block/volume.h"
#include "drivers/posix/opened_file.h"
#include "drivers/posix/request_queue.h"

namespace holdfast::drivers {

class FileDevice final : public BlockDevice {
 public:
  using Opened = tl::expected<std::unique_ptr<FileDevice>, OpenError>;
  // Errors as OpenedFile::open and limits_of. `queue` and `observer` outlive the device.
  static Opened open(const std::string& path, Access access, RequestQueue& queue,
                     Observer& observer);

  const OpenedFile& file() const { return file_; }
  const std::string& path() const { return file_.path(); }

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

 private:
  FileDevice(OpenedFile file, DeviceLimits limits, RequestQueue& queue, Observer& observer);

  IoResult read_now(Lba first, MutablePages into);
  IoResult write_now(Lba first, Pages from, WriteFlags flags);
  IoResult write_pages(Lba first, Pages from, bool is_durable);
  IoResult flush_now();
  IoResult discard_now(Extent extent);
  IoResult zero_now(Extent extent, WriteFlags flags);
  IoResult write_zero_pages(Extent extent, bool is_durable);

  bool takes_memory_of(Pages pages) const;
  IoResult read_failure(Lba where, int error);
  IoResult write_failure(Lba where, int error, bool was_durable);
  IoResult cut_off(Lba where);
  void say(std::string_view what, Lba where, int error);

  OpenedFile file_;
  DeviceLimits limits_;
  RequestQueue& queue_;
  Observer& observer_;
  bool is_gone_ = false;
  bool takes_dsync_ = true;  // else written, then flushed
  bool zeroes_by_itself_ = true;  // else zeros are written
};

}  // namespace holdfast::drivers
