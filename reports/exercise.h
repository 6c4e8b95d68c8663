// What `exercise` found on real devices: one volume, its engine killed again and again, every recovery judged.
//
//   outcome   held          every promise was kept, as far as it was looked at
//             violated      one was broken: of the volume, of the core (a check, a crash), or a device erred
//             vacuous       no block was judged, no write acknowledged, or no kill came after one
//             interrupted   by a signal; what was looked at before held
//             failed        the volume could not be opened at the beginning; or the harness: an engine ended by itself,
//                           or nothing happened any more
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/types.h"
#include "oracle/verdict.h"

namespace holdfast::reports {

enum class ExerciseOutcome : std::uint8_t { held, violated, vacuous, interrupted, failed };
std::string_view name_of(ExerciseOutcome outcome);

struct ExercisedOpen {
  std::uint64_t kills = 0;  // before it
  double open_seconds = 0;  // from the start of its process to the opened volume
  double settle_seconds = 0;  // 0: not waited for
  bool was_killed_in_it = false;  // before all of the volume was read
};

struct ExercisedMark {
  std::string name;
  std::uint64_t lives = 0;  // that reached it
};

struct ExerciseRecording {
  std::string path;
  std::uint64_t client_requests = 0;
  std::uint64_t device_requests = 0;  // that write or flush
  std::uint64_t bytes = 0;
};

struct Exercise {
  std::string volume;  // the file, as it was named
  std::vector<std::string> devices;
  ExerciseOutcome outcome = ExerciseOutcome::held;
  std::string error;  // why it is violated, vacuous or failed beside the findings
  std::string io;  // "uring" or "threads"
  std::uint64_t seed = 0;
  std::string repro;  // to paste
  Sectors span;  // exercised, from the front
  Sectors size;  // of the volume; 0: it was never opened

  std::uint64_t kills = 0;
  std::uint64_t kills_in_recovery = 0;
  std::uint64_t clean_stops = 0;
  std::vector<ExercisedOpen> opens;
  std::uint64_t rounds = 0;  // of clients
  std::uint64_t reads = 0;  // requests that were answered well
  std::uint64_t writes = 0;  // discards and write-zeroes, too
  std::uint64_t flushes = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t unanswered = 0;  // requests that a kill cut off
  std::uint64_t errors_after_failure = 0;  // requests that failed after a device did
  double work_seconds = 0;  // in which clients worked, in rounds that ended
  double seconds = 0;

  // Devices that the volume went on without, when it was read last.
  std::vector<std::string> missing;
  oracle::Counts looked_at;
  std::vector<ExercisedMark> marks;  // by name
  std::vector<oracle::Finding> findings;
  std::vector<oracle::Finding> declared;  // not promised
  std::vector<std::string> notes;  // of the engine, the last ones
  std::optional<ExerciseRecording> recording;
};

std::string text_of(const Exercise& exercise);
std::string markdown_of(const Exercise& exercise);
std::string json_of(const Exercise& exercise);

}  // namespace holdfast::reports
