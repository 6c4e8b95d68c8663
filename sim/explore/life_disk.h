// A disk during one life of an explored machine: each request takes its time, and takes effect at its end.
//
//   L1  The crash points are those moments before a request takes effect: told to `watch`, with whether it makes anything
//       durable.
#pragma once

#include <functional>

#include "core/block/block_device.h"
#include "sim/clock.h"
#include "sim/explore/life_media.h"

namespace holdfast::sim {

// How long the next request takes; the order of completion follows from it.
using Schedule = std::function<Nanoseconds(std::uint32_t device, Lba first, std::uint64_t nth)>;
using CrashPointWatch = std::function<void(bool makes_durable)>;

struct LifePorts {
  Executor& executor;
  Clock& clock;
  Sight& sight;
  const Schedule& schedule;
  CrashPointWatch watch;
};

class LifeDisk final : public BlockDevice {
 public:
  LifeDisk(const DeviceLimits& limits, std::uint32_t number, LifePorts& ports)
      : limits_(limits), number_(number), ports_(ports), media_(number, ports.sight) {}

  const DeviceLimits& limits() const override { return limits_; }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

  LifeMedia& media() { return media_; }

 private:
  class Flight;

  Task<> wait(Lba first);
  Task<IoResult> write_parts(Extent extent, PageParts parts, WriteFlags flags);

  DeviceLimits limits_;
  std::uint32_t number_;
  LifePorts& ports_;
  LifeMedia media_;
  std::uint64_t begun_ = 0;
};

}  // namespace holdfast::sim
