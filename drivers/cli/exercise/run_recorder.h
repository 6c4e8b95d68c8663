// Keeps one life of the exercised volume as it is heard, for `explore`: scenarios/recording_format.h.
//
//   limits of devices -> misfit() -> volume stopped cleanly -> take_base() -> [ hear() ]* of one life -> recording()
//
//   K1  The engine's process tells what crosses the ports of its devices through the same pipe as everything else, so the
//       order of all is the order in which it is heard.
//   K2  From the opening to the end of the first round of clients, none of whom was refused or failed.
#pragma once

#include <string>

#include "drivers/cli/exercise/message.h"
#include "drivers/cli/exercise/setup.h"
#include "scenarios/recording_writer.h"

namespace holdfast::drivers {

class RunRecorder {
 public:
  explicit RunRecorder(const ExerciseSetup& setup) : setup_(setup), limits_(setup.devices.size()) {}

  // What keeps the volume from being recorded, before anything is done to it that is; `volume_file` names it. The limits of its
  // devices were heard.
  std::string misfit(const std::string& volume_file) const;
  // Reads what stands on the devices: what is heard from now on is recorded. What went wrong, or nothing.
  std::string take_base();
  void hear(const Message& message);
  bool is_over() const { return is_over_; }

  struct Counts {
    std::uint64_t client_requests = 0;
    std::uint64_t device_requests = 0;
  };
  const Counts& counts() const { return counts_; }
  // `volume_file` names the volume. Bytes of the file, or why `explore` could not take it.
  scenarios::Parsed<std::string> recording(const std::string& volume_file);

 private:
  std::string scenario_of(const scenarios::Document& volume) const;
  void hear_request(const Message& message, sim::RecordedStep::Kind kind);
  void hear_client(const Message& message);

  const ExerciseSetup& setup_;
  std::vector<DeviceLimits> limits_;  // by device
  sim::RecordedRun run_;
  Counts counts_;
  bool has_base_ = false;
  bool is_over_ = false;
};

}  // namespace holdfast::drivers
