#include "drivers/posix/system_call.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace holdfast::drivers {
namespace {

std::int64_t call(const SystemCall& call) {
  auto offset = static_cast<off_t>(call.offset());
  auto bytes = static_cast<off_t>(call.bytes());
  auto vectors = static_cast<int>(call.memory().size());
  std::uint64_t range[2] = {call.offset(), call.bytes()};
  switch (call.operation()) {
    case SystemCall::Operation::read:
      return preadv(call.file(), call.memory().data(), vectors, offset);
    case SystemCall::Operation::write:
      return pwritev2(call.file(), call.memory().data(), vectors, offset,
                      call.is_durable() ? RWF_DSYNC : 0);
    case SystemCall::Operation::sync: return fdatasync(call.file());
    case SystemCall::Operation::zero_range:
    case SystemCall::Operation::punch_hole:
      return fallocate(call.file(), mode_of(call.operation()), offset, bytes);
    case SystemCall::Operation::discard: return ioctl(call.file(), BLKDISCARD, range);
  }
  errno = EINVAL;
  return -1;
}

}  // namespace

std::int64_t SystemCall::carry_out() const {
  std::int64_t answer = call(*this);
  return answer < 0 ? -errno : answer;
}

int mode_of(SystemCall::Operation operation) {
  return FALLOC_FL_KEEP_SIZE |
         (operation == SystemCall::Operation::punch_hole ? FALLOC_FL_PUNCH_HOLE
                                                         : FALLOC_FL_ZERO_RANGE);
}

}  // namespace holdfast::drivers
