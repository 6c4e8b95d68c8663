#include "sim/explore/machine.h"

#include <algorithm>
#include <cstring>

namespace holdfast::sim {
namespace {

constexpr std::uint64_t nanoseconds_between_lives = 1'000'000'000'000;

}  // namespace

void LifeEntropy::fill(MutableBytes into) {
  for (std::uint32_t part = 0; !into.empty(); ++part) {
    Key key(Family::entropy, std::uint64_t{life_} << 32 | filled_, part);
    std::uint64_t random = choices_.choose(key, ~std::uint64_t{0});
    std::size_t bytes = std::min(into.size(), sizeof random);
    std::memcpy(into.data(), &random, bytes);
    into = into.subspan(bytes);
  }
  ++filled_;
}

Machine::Machine(const WorldSpec& spec, MachinePorts ports, std::uint32_t life,
                 std::optional<std::size_t> absent, std::uint64_t events_max)
    : spec_(spec),
      events_max_(events_max),
      clock_(executor_, Nanoseconds(nanoseconds_between_lives * (life + 1))),
      entropy_(ports.choices, life),
      ports_{executor_, clock_, ports.sight, ports.schedule, {}} {
  for (std::size_t i = 0; i < spec.devices.size(); ++i) {
    auto number = static_cast<std::uint32_t>(i);
    disks_.push_back(
        absent == i ? nullptr : std::make_unique<LifeDisk>(spec.devices[i].limits, number, ports_));
    devices_.push_back(disks_.back().get());
  }
}

bool Machine::create(std::optional<CreateResult>& into) {
  Ports ports{executor_, clock_, entropy_, witness_};
  return has_done(spec_.create(devices_, ports), into);
}

bool Machine::open(std::optional<OpenError>& refusal) {
  std::optional<OpenResult> opened;
  Ports ports{executor_, clock_, entropy_, witness_};
  if (!has_done(spec_.open(devices_, ports), opened)) return false;
  if (*opened) {
    volume_ = std::move(**opened);
  } else {
    refusal = opened->error();
  }
  return true;
}

void Machine::off() {
  executor_.stop();
  volume_.reset();
}

}  // namespace holdfast::sim
