// What `replay` tells: whether a failure still fails, which of its choices still fit, and why the block shows what it shows.
//
//   outcome   reproduced   the same signature was found
//             another      it was not, but some other promise was broken
//             misfit       nothing was found, and choices were left over: the file no longer fits what the code does
//             held         nothing was found, though all choices fitted: fixed, or changed
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::reports {

enum class ReplayOutcome : std::uint8_t { reproduced, another, misfit, held };
std::string_view name_of(ReplayOutcome outcome);

// One write to the block, or what a recovery showed of it.
struct BlockVersion {
  std::uint64_t event = 0;
  std::string text;
};

struct BlockHistory {
  std::uint64_t block = 0;
  std::vector<std::string> places;  // "m1 sector 24 (data)"
  std::vector<BlockVersion> versions;
};

struct DeviceHistory {
  std::string device;
  std::vector<std::string> events;  // the last of them
};

struct Explanation {
  std::vector<std::string> sentences;  // what had to be durable, and what was missing
  std::vector<std::string> operations;  // what clients did
  BlockHistory block;
  std::vector<DeviceHistory> devices;
  std::vector<std::string> records;  // on the media after the crash, decoded
};

struct Replay {
  std::string file;
  std::string scenario;
  std::string signature;
  std::uint64_t run_number = 0;
  ReplayOutcome outcome = ReplayOutcome::held;
  std::string verdict;  // of what was found
  std::uint64_t crash = 0;
  std::string story;
  std::uint64_t matched = 0;
  std::vector<std::string> unmatched;  // "lands/2/37/4/0: 1"
  bool is_explained = false;
  Explanation explanation;
  std::vector<std::string> events;  // --until
  std::vector<BlockHistory> blocks;  // --block
};

std::string text_of(const Replay& replay);
std::string json_of(const Replay& replay);

// What `shrink` did.
struct Shrunk {
  std::string file;  // the smaller one
  std::string signature;
  bool is_done = false;  // nothing more goes
  std::uint64_t operations_before = 0, operations = 0;
  std::uint64_t choices_before = 0, choices = 0;
  std::uint64_t runs = 0;
  double seconds = 0;
  std::vector<std::string> story;
  std::string repro;
};

std::string text_of(const Shrunk& shrunk);
std::string json_of(const Shrunk& shrunk);

}  // namespace holdfast::reports
