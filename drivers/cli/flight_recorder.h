// Keeps every request that crosses the ports of a simulated world's devices, with the instants of its begin and its end.
//
//   F1  The run is the same as without: same choices, same trace hash. Views opened on copies are not recorded.
//   Outlives the runs of the world that it is put into.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/block/recording.h"
#include "sim/world.h"

namespace holdfast::drivers {

struct RecordedRequest {
  std::uint64_t begin = 0;  // nanoseconds
  std::optional<std::uint64_t> end;  // nothing: no answer
  std::size_t device = 0;
  Command command{};
  Extent extent;
  WriteFlags flags;
  std::optional<IoErrorKind> error;
  std::uint64_t ended_as = 0;  // counts answers of all devices
};

class FlightRecorder {
 public:
  // The world with devices that are recorded.
  sim::WorldSpec recorded(const sim::WorldSpec& world);

  const std::vector<RecordedRequest>& requests() const { return requests_; }

 private:
  // A boot's devices as the engine sees them.
  Devices wrap(Devices devices, Clock& clock);
  std::size_t begin(std::size_t device, const Crossing& crossing, Nanoseconds now);
  void end(std::size_t place, const Crossing& crossing, Nanoseconds now);

  std::vector<std::unique_ptr<RecordingDevice>> devices_;  // of the boot that is on
  std::vector<BlockDevice*> wrapped_;
  std::vector<RecordedRequest> requests_;  // in the order of their begin
  std::uint64_t answers_ = 0;
};

}  // namespace holdfast::drivers
