// Who looks on while a run is made again, to explain it: each request, crash, recovery and finding is told as it happens.
//
//   O1  An onlooker changes nothing: a run that is watched has the trace hash of one that is not.
//   O2  What is passed by reference ends with the call.
#pragma once

#include <cstdint>
#include <vector>

#include "core/block/recording.h"
#include "oracle/history_event.h"
#include "oracle/observation.h"
#include "oracle/verdict.h"
#include "sim/media.h"

namespace holdfast::sim {

// Where in a run something happened: the last event before it (of a submit: its own), by number, from 1.
struct TracePoint {
  std::uint64_t event = 0;
  Nanoseconds instant;
};

class Onlooker {
 public:
  virtual ~Onlooker() = default;

  // At the port of the volume; `operation` is the client's that comes next.
  virtual void operation_begins(std::uint64_t, std::uint32_t) {}  // cycle, operation
  virtual void client_request(const TracePoint&, const oracle::HistoryEvent&) {}
  // At the port of a device.
  virtual void device_request(const TracePoint&, std::size_t, const Crossing&) {}  // device
  // The machine went down, or a device alone before it: what stands on the media now, and what became of what was undecided,
  // by device.
  virtual void went_down(const TracePoint&, const std::vector<Media>&, const std::vector<Fates>&) {}
  // The volume was read in full.
  virtual void volume_seen(const TracePoint&, const oracle::Observation&) {}
  virtual void found(const TracePoint&, const oracle::Finding&, bool) {}  // is it declared
};

}  // namespace holdfast::sim
