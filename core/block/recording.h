// Tells a listener all that crosses the port of one device: each request when it is made, and its answer.
//
//   submit #7 write 8 + 8 (data) -> submit #8 flush -> answer #7 -> answer #8
//
//   L1  A request is told before the device below sees it, its answer before the caller does. Numbers count requests.
//   L2  A request whose task is destroyed has no answer.
//   The listener never changes what happens; the pages that it is shown are the caller's and end with the call.
#pragma once

#include <cstdint>
#include <functional>

#include "core/block/block_device.h"

namespace holdfast {

enum class Command : std::uint8_t { read, write, flush, discard, write_zeroes };

struct Crossing {
  std::uint64_t number = 0;
  Command command = Command::read;
  bool is_answer = false;
  Extent extent;  // empty for a flush
  WriteFlags flags;
  Pages data;  // of a write, and of a read that answered well
  IoResult result;  // of an answer
};
using Listener = std::function<void(const Crossing&)>;

class RecordingDevice final : public BlockDevice {
 public:
  // `below` outlives it.
  RecordingDevice(BlockDevice& below, Listener listener);

  const DeviceLimits& limits() const override { return below_.limits(); }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

 private:
  Task<IoResult> told(Crossing request, Task<IoResult> served);

  BlockDevice& below_;
  Listener listener_;
  std::uint64_t requests_ = 0;
};

}  // namespace holdfast
