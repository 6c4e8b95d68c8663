// Everything besides devices that a world lends to an engine: time, chance, and somebody who listens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/types.h"
#include "core/task/executor.h"

namespace holdfast {

// Monotonic time of one world; virtual in the simulator.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanoseconds now() const = 0;
  // Ends at or after `until`.
  virtual Task<> sleep_until(Nanoseconds until) = 0;
  // Seconds since 1970 with microseconds, for the times in superblocks; nothing may depend on it.
  virtual std::uint64_t wall_microseconds() const = 0;
};

// UUIDs and first sequence numbers.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(MutableBytes into) = 0;
};

// Hears what happens inside an engine. Never changes what the engine does.
class Observer {
 public:
  virtual ~Observer() = default;
  // A rare branch was taken: "raid.resync_finished". Campaigns demand that their marks were reached.
  virtual void mark(std::string_view name) = 0;
  // A sentence for the operator: "member m2 failed: I/O error at sector 4096; the array goes on degraded".
  virtual void note(std::string_view sentence) = 0;
  // Long work: "resync", 128 of 1024 (unit: bytes).
  virtual void progress(std::string_view work, std::uint64_t done, std::uint64_t total) = 0;
};

struct Ports {
  Executor& executor;
  Clock& clock;
  Entropy& entropy;
  Observer& observer;
};

}  // namespace holdfast
