// How long the steps of a request take, in whole nanoseconds.

#include <algorithm>

#include "sim/disk_request.h"
#include "sim/priorities.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t microsecond = 1'000;
constexpr std::uint64_t millisecond = 1'000'000;
constexpr std::uint64_t jitter_steps = 1024;

}  // namespace

Nanoseconds Disk::step_ends(const Request& request) {
  Key key(Family::latency, media_.number(), request.name.first.value, request.name.nth,
          static_cast<std::uint32_t>(request.kind) * 4 + static_cast<std::uint32_t>(request.step));
  if (model_ == DiskModel::any_order)
    return ports_.clock.now() + Nanoseconds(microsecond + ports_.choices.choose(key, millisecond));
  if (model_ == DiskModel::by_priority)
    return ports_.clock.now() + ports_.priorities->next(media_.number());
  std::uint64_t jitter = ports_.choices.choose(key, jitter_steps);
  return model_ == DiskModel::ssd ? ssd_step_ends(request, jitter) : hdd_step_ends(request, jitter);
}

// The first free channel takes the request. What goes to the cache is short, what is programmed is long; up to twice as
// long by jitter.
Nanoseconds Disk::ssd_step_ends(const Request& request, std::uint64_t jitter) {
  if (request.step != Request::Step::transfer) {
    std::uint64_t duration = 300 * microsecond + request.undurable_pieces * 20 * microsecond;
    return ports_.clock.now() + Nanoseconds(duration + duration * jitter / jitter_steps);
  }
  bool is_cached = request.writes() && limits().has_volatile_cache && !request.is_fua;
  std::uint64_t latency = is_cached ? 12 : request.reads() ? 60 : 200;
  std::uint64_t duration = latency * microsecond + request.extent.count.bytes() / 2;
  auto channel = std::min_element(channel_free_.begin(), channel_free_.end());
  Nanoseconds start = std::max(ports_.clock.now(), *channel);
  *channel = start + Nanoseconds(duration + duration * jitter / jitter_steps);
  return *channel;
}

// One head: it seeks by distance, waits for the sector by jitter, and a flush visits what is in the cache.
Nanoseconds Disk::hdd_step_ends(const Request& request, std::uint64_t jitter) {
  std::uint64_t rotation = 8'333 * microsecond * jitter / jitter_steps;
  std::uint64_t duration = 0;
  bool is_cached = request.writes() && limits().has_volatile_cache && !request.is_fua;
  if (request.step != Request::Step::transfer) {
    duration = rotation + std::min<std::uint64_t>(request.undurable_pieces, 64) * 3 * millisecond;
  } else if (is_cached) {
    std::uint64_t latency = 50 * microsecond + request.extent.count.bytes() * 2;
    return ports_.clock.now() + Nanoseconds(latency + latency * jitter / jitter_steps);
  } else {
    auto [near, far] = std::minmax(request.extent.first, head_);
    std::uint64_t distance = (far - near).value;
    std::uint64_t across = 8 * millisecond * distance / limits().sectors.value;
    std::uint64_t seek = distance == 0 ? 0 : millisecond / 2 + across;
    duration = seek + rotation + request.extent.count.bytes() * 6;
    head_ = request.extent.end();
  }
  Nanoseconds start = std::max(ports_.clock.now(), channel_free_[0]);
  channel_free_[0] = start + Nanoseconds(duration);
  return channel_free_[0];
}

}  // namespace holdfast::sim
