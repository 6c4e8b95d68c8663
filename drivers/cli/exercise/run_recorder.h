// Keeps one life of the exercised volume as it is heard, for `explore`: scenarios/recording_file.h.
//
//   volume stopped cleanly -> take_base() -> [ hear() ]* of one life -> recording()
//
//   K1  The engine's process tells what crosses the ports of its devices through the same pipe as everything else, so the
//       order of all is the order in which it is heard.
//   K2  From the opening to the end of the first round of clients, none of whom was refused or failed.
#pragma once

#include <string>

#include "drivers/cli/exercise/message.h"
#include "drivers/cli/exercise/setup.h"
#include "scenarios/recording_file.h"

namespace holdfast::drivers {

// `explore` keeps every page of every device.
inline constexpr std::uint64_t recorded_bytes_max = std::uint64_t{256} << 20;

class RunRecorder {
 public:
  explicit RunRecorder(const ExerciseSetup& setup) : setup_(setup) {}

  // Reads what stands on the devices. What keeps them from being recorded, or nothing.
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
  void hear_begun(const Message& message);
  void hear_ended(const Message& message);
  void hear_client(const Message& message);

  const ExerciseSetup& setup_;
  std::vector<DeviceLimits> limits_;  // by device
  sim::RecordedRun run_;
  Counts counts_;
  bool is_over_ = false;
};

}  // namespace holdfast::drivers
