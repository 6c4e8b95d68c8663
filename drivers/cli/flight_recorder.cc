#include "drivers/cli/flight_recorder.h"

namespace holdfast::drivers {

// The devices of the boot before are still there while the last of its tasks are taken down, and gone now.
Devices FlightRecorder::wrap(Devices devices, Clock& clock) {
  devices_.clear();
  wrapped_.clear();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    wrapped_.push_back(nullptr);
    if (!devices[i]) continue;
    // By the number of the request on its device: its place among all.
    auto places = std::make_shared<std::vector<std::size_t>>();
    auto listen = [this, i, places, &clock](const Crossing& crossing) {
      if (!crossing.is_answer) places->push_back(begin(i, crossing, clock.now()));
      if (crossing.is_answer) end((*places)[crossing.number], crossing, clock.now());
    };
    devices_.push_back(std::make_unique<RecordingDevice>(*devices[i], listen));
    wrapped_.back() = devices_.back().get();
  }
  return wrapped_;
}

std::size_t FlightRecorder::begin(std::size_t device, const Crossing& crossing, Nanoseconds now) {
  RecordedRequest request;
  request.begin = now.value;
  request.device = device;
  request.command = crossing.command;
  request.extent = crossing.extent;
  request.flags = crossing.flags;
  requests_.push_back(request);
  return requests_.size() - 1;
}

void FlightRecorder::end(std::size_t place, const Crossing& crossing, Nanoseconds now) {
  RecordedRequest& request = requests_[place];
  request.end = now.value;
  request.ended_as = answers_++;
  if (!crossing.result) request.error = crossing.result.error().kind;
}

sim::WorldSpec FlightRecorder::recorded(const sim::WorldSpec& world) {
  sim::WorldSpec spec = world;
  if (!spec.open_view) spec.open_view = world.open;
  spec.create = [this, create = world.create](Devices devices, Ports ports) {
    return create(wrap(devices, ports.clock), ports);
  };
  spec.open = [this, open = world.open](Devices devices, Ports ports) {
    return open(wrap(devices, ports.clock), ports);
  };
  return spec;
}

}  // namespace holdfast::drivers
