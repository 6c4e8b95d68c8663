// A recording, read whole (scenarios/recording_format.h).
//
//   A file that is cut off, damaged, of another version, or contradicts itself is refused: which byte, which field, what to do.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "sim/explore/recorded_run.h"

namespace holdfast::scenarios {

struct RecordingFile {
  Scenario scenario;  // with the array's promises; its hash is that of the whole file, too
  sim::RecordedRun run;
};

// Whether a file begins like one, of this version or another.
bool is_recording(const std::string& path);

Parsed<RecordingFile> read_recording(const std::string& path,
                                     const std::vector<std::string>& overrides = {},
                                     const std::vector<std::string>& rules = {});
Parsed<RecordingFile> parse_recording(const std::string& name, Bytes bytes,
                                      const std::vector<std::string>& overrides = {},
                                      const std::vector<std::string>& rules = {});

}  // namespace holdfast::scenarios
