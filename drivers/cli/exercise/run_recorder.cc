#include "drivers/cli/exercise/run_recorder.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "drivers/cli/exercise/member_files.h"
#include "scenarios/recording_format.h"
#include "scenarios/recording_reader.h"
#include "scenarios/units.h"

namespace holdfast::drivers {
std::string RunRecorder::scenario_of(const scenarios::Document& volume) const {
  std::vector<scenarios::RecordedDevice> devices;
  for (std::size_t number = 0; number < setup_.devices.size(); ++number)
    devices.push_back({setup_.devices[number].name, limits_[number]});
  return scenarios::scenario_like(volume, devices);
}

std::string RunRecorder::misfit(const std::string& volume_file) const {
  std::uint64_t all = 0;
  for (std::size_t number = 0; number < limits_.size(); ++number) {
    std::uint64_t bytes = limits_[number].sectors.bytes();
    all += bytes;
    if (bytes % page_bytes != 0)
      return fmt::format("--record: {} has {}, expected a multiple of 4KiB",
                         setup_.devices[number].path, scenarios::size_text(bytes));
  }
  if (all > scenarios::recorded_bytes_max)
    return fmt::format(
        "--record: the devices hold {} together, and explore keeps every page of them: at most {}",
        scenarios::size_text(all), scenarios::size_text(scenarios::recorded_bytes_max));
  auto volume = scenarios::Document::read(volume_file);
  if (!volume) return scenarios::text_of(volume.error());
  auto scenario = scenarios::parse_scenario("the volume", scenario_of(*volume));
  return scenario
             ? ""
             : "--record: explore can't take this volume: " + scenarios::text_of(scenario.error());
}

std::string RunRecorder::take_base() {
  std::vector<std::string> paths;
  for (const NamedPath& device : setup_.devices) paths.push_back(device.path);
  MemberFiles devices(paths);
  std::vector<std::byte> page(page_bytes);
  for (std::uint32_t device = 0; device < paths.size(); ++device)
    for (std::uint32_t number = 0; number < limits_[device].sectors.bytes() / page_bytes;
         ++number) {
      devices.read(device, std::uint64_t{number} * page_bytes, page_bytes, page);
      if (!all_zero(page)) run_.base.push_back({device, number, page});
    }
  run_.run = setup_.run;
  has_base_ = true;
  return devices.problem();
}

void RunRecorder::hear(const Message& message) {
  using Kind = Message::Kind;
  if (message.kind == Kind::device_limits) limits_[message.number[4]] = limits_of(message);
  if (!has_base_ || is_over_) return;
  switch (message.kind) {
    case Kind::device_begun: return hear_request(message, sim::RecordedStep::Kind::begun);
    case Kind::device_ended: return hear_request(message, sim::RecordedStep::Kind::ended);
    case Kind::event: return hear_client(message);
    case Kind::seen_all: run_.crash_points_from = run_.steps.size(); return;
    case Kind::worked: is_over_ = true; return;
    default: return;
  }
}

// What the beginning alone says is empty at the end.
void RunRecorder::hear_request(const Message& message, sim::RecordedStep::Kind kind) {
  PortRequest request = port_request_of(message);
  sim::RecordedStep step;
  step.kind = kind;
  step.device = request.device;
  step.request = request.number;
  step.command = request.command;
  step.extent = request.extent;
  step.flags = request.flags;
  Bytes data = std::as_bytes(std::span(message.text));
  step.data.assign(data.begin(), data.end());
  if (kind == sim::RecordedStep::Kind::begun) ++counts_.device_requests;
  if (kind == sim::RecordedStep::Kind::ended) step.ok = request.ok;
  run_.steps.push_back(std::move(step));
}

void RunRecorder::hear_client(const Message& message) {
  std::vector<oracle::Content> seen;
  sim::RecordedStep step;
  step.told.emplace(event_of(message, seen));
  using Kind = oracle::HistoryEvent::Kind;
  Kind kind = step.told->event.kind;
  counts_.client_requests += kind != Kind::write_ended && kind != Kind::flush_ended &&
                             kind != Kind::read_ended && kind != Kind::member_lost;
  run_.steps.push_back(std::move(step));
}

scenarios::Parsed<std::string> RunRecorder::recording(const std::string& volume_file) {
  auto volume = scenarios::Document::read(volume_file);
  if (!volume) return tl::unexpected(volume.error());
  scenarios::Recording recording;
  recording.scenario = scenario_of(*volume);
  if (setup_.array) recording.array = {setup_.array->shape, setup_.array->device_of_role};
  recording.run = std::move(run_);
  std::string bytes = scenarios::bytes_of(recording);
  auto read = scenarios::parse_recording("the recording", std::as_bytes(std::span(bytes)));
  if (!read) return tl::unexpected(read.error());
  return bytes;
}

}  // namespace holdfast::drivers
