// Where an exploration begins: a volume that was made anew, or that a recording began with, and what it shows.
//
//   B1  It is durable, was opened, has settled and was read; what that wrote on its devices is forgotten.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/explore/machine.h"
#include "sim/explore/past.h"
#include "sim/explore/recorded_run.h"

namespace holdfast::sim {

class Origin {
 public:
  // All outlive it.
  Origin(const WorldSpec& spec, const Schedule& schedule, Choices& choices,
         std::uint64_t events_max);

  // One of both, once. What went wrong, or nothing.
  std::string create();
  std::string take(const RecordedRun& recorded);

  const Image& image() const { return image_; }  // of its devices
  const DeviceLimits& limits() const { return limits_; }  // of the volume
  const Past& past() const { return *past_; }

 private:
  std::string settle(Machine& machine);
  std::string look(std::uint64_t run);
  std::string misfit(const RecordedRun& recorded) const;

  const WorldSpec& spec_;
  const Schedule& schedule_;
  Choices& choices_;
  std::uint64_t events_max_;
  Image image_;
  DeviceLimits limits_;
  std::unique_ptr<Past> past_;
};

std::vector<Sectors> sizes_of(const WorldSpec& spec);

}  // namespace holdfast::sim
