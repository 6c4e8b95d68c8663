// A device that now and then breaks one promise of the port: what the verifier must notice, and production never sees.
//
//   drop_flush        a flush answers and does nothing; so does a preflush          breaks W2
//   drop_fua          a FUA write is a plain one                                     W1
//   ack_early         a write answers before anything was written; a flush overtakes it   W1, W2
//   swallow_errors    a write or flush that failed answers that it didn't            W4, W5
//   swap_writes       a write answers, and takes effect after the one behind it      W1
//   stale_read        a read answers what stood there before the last write          W1
//   misdirect_write   a write goes to the place behind its own
//
//   Every request waits for the one before it, so that a moved write never overlaps another (W3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/block/block_device.h"
#include "core/task/mutex.h"

namespace holdfast {

enum class Sabotage : std::uint8_t {
  nothing,
  drop_flush,
  drop_fua,
  ack_early,
  swallow_errors,
  swap_writes,
  stale_read,
  misdirect_write,
};
inline constexpr std::array sabotages{Sabotage::nothing,        Sabotage::drop_flush,
                                      Sabotage::drop_fua,       Sabotage::ack_early,
                                      Sabotage::swallow_errors, Sabotage::swap_writes,
                                      Sabotage::stale_read,     Sabotage::misdirect_write};
std::string_view name_of(Sabotage sabotage);

class SabotagedDevice final : public BlockDevice {
 public:
  // Each `every`-th request that could be sabotaged is, from the first on. `below` and the executor outlive it.
  SabotagedDevice(BlockDevice& below, Executor& executor, Sabotage what, std::uint64_t every);

  const DeviceLimits& limits() const override { return below_.limits(); }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

 private:
  struct Copy {
    Lba first;
    SliceList pages;
    WriteFlags flags;

    Extent extent() const { return {first, Sectors::of_bytes(bytes_of(pages))}; }
  };

  bool strikes(Sabotage what);
  IoResult answer(IoResult of_below) const;
  void hold(Lba first, Pages from, WriteFlags flags);
  Task<IoResult> write_held();
  Task<void> remember(Lba first, Pages from);
  Lba behind(Lba first, Pages from) const;

  BlockDevice& below_;
  Mutex turn_;
  Sabotage what_;
  std::uint64_t every_;
  std::uint64_t chances_ = 0;
  std::optional<Copy> held_;  // acked, not written yet
  std::optional<Copy> past_;  // what stood below a write
};

}  // namespace holdfast
