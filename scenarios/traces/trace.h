// A file of recorded requests, read for a workload: those of one device, as many as a cycle may have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/problem.h"
#include "scenarios/traces/decoder.h"

namespace holdfast::scenarios::traces {

inline constexpr std::size_t requests_max = 100'000;

struct Wish {
  std::string path;
  std::optional<Format> format;  // unset: by what it begins with
  std::string device;  // empty: the only one that requests are made on
  std::uint64_t skip = 0;  // so many requests of that device first
};

struct Trace {
  Format format = Format::fio_iolog;
  std::vector<sim::Request> requests;  // never empty
  bool has_times = false;
  bool goes_on = false;  // requests_max were read, and there are more
};

// A problem names the trace's file and line, or byte. Requests of several devices are one, unless one is wished for; so is a
// trace without requests.
Parsed<Trace> read_trace(const Wish& wish);

}  // namespace holdfast::scenarios::traces
