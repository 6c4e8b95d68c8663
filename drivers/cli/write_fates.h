// Which writes of one device were durable when, and what its crashes made of the others.
//
//   acked, in the cache --flush that began after its end, FUA, no cache--> durable
//                       --power cut--> landed | lost | in_part | torn
//
//   Cuts are told sector by sector, in the order in which writes had ended (sim/media.h): so the last fates of a sector
//   belong to its last writes, and a write without a fate was durable, or overwritten by one that was.
#pragma once

#include <cstdint>
#include <vector>

#include "drivers/cli/flight_recorder.h"
#include "reports/timeline.h"
#include "sim/run_record.h"

namespace holdfast::drivers {

struct WriteState {
  reports::TimelineFate fate = reports::TimelineFate::cached;
  std::optional<std::uint64_t> durable;  // nanoseconds
};

// For each of `requests`, which are those of one device in the order of their begin. Of a device without a volatile
// cache a write is durable at its end. `ends` are the boots' ends.
std::vector<WriteState> write_states(const std::vector<RecordedRequest>& requests,
                                     std::size_t device, bool has_volatile_cache,
                                     const std::vector<sim::PowerOff>& ends);

}  // namespace holdfast::drivers
