#include "drivers/cli/requests_made.h"

namespace holdfast::drivers {

std::optional<reports::TraceUse> requests_made(const scenarios::Scenario& scenario,
                                               const DeviceLimits& volume) {
  if (!scenario.source) return std::nullopt;
  const std::vector<sim::Request>& requests = *scenario.world.workload.requests;
  reports::TraceUse use;
  use.file = scenario.source->file;
  use.format = scenario.source->format;
  use.goes_on = scenario.source->goes_on;
  use.counts.requests = requests.size();
  if (volume.sectors.value > 0) use.counts = sim::count(requests, volume);
  return use;
}

}  // namespace holdfast::drivers
