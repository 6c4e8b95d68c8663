// The failing run of a finding as it crossed the devices' ports, up to the moment when the finding came up.
//
//   submit ------- end ............ durable        a write: in flight, in the cache, durable
//
//   T1  Events are in the order of their begin. Of reads only those of the judged places are kept, of all events the last
//       `timeline_events_max`; `skipped` counts what is missing at the front.
//   T2  A write has the fate that the next crash gave it: `durable` before the crash, or by the crash `landed`, `lost`,
//       `in_part` or `torn`; `cached` if no crash came any more; `none` if a failed command leaves it open.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::reports {

inline constexpr std::size_t timeline_events_max = 2000;
// Distinct findings of a campaign that are drawn: the first ones by seed, violations before expected ones.
inline constexpr std::size_t timelines_max = 4;

enum class TimelineKind : std::uint8_t {
  read,
  write,
  flush,
  discard,
  write_zeroes,
  boot,
  create,
  open,
  device_lost,
  power_cut,
  host_crash,
  clean_stop,
  judged,
};
inline constexpr std::array<std::string_view, 13> timeline_kinds{
    "read", "write",       "flush",     "discard",    "write_zeroes", "boot",  "create",
    "open", "device_lost", "power_cut", "host_crash", "clean_stop",   "judged"};
inline std::string_view name_of(TimelineKind kind) {
  return timeline_kinds[static_cast<std::size_t>(kind)];
}

enum class TimelineFate : std::uint8_t { none, durable, landed, lost, in_part, torn, cached };
inline constexpr std::array<std::string_view, 7> timeline_fates{
    "none", "durable", "landed", "lost", "in_part", "torn", "cached"};
inline std::string_view name_of(TimelineFate fate) {
  return timeline_fates[static_cast<std::size_t>(fate)];
}

// Instants are nanoseconds of virtual time, places are sectors of the device.
struct TimelineEvent {
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> end;  // nothing: unanswered when the machine went off
  std::optional<std::uint64_t> durable;
  std::string device;  // empty: the machine
  TimelineKind kind{};
  TimelineFate fate{};  // of what writes
  std::uint64_t lba = 0;
  std::uint64_t sectors = 0;
  bool is_fua = false;
  bool has_preflush = false;
  std::string error;  // that it answered

  bool writes() const {
    return kind == TimelineKind::write || kind == TimelineKind::discard ||
           kind == TimelineKind::write_zeroes;
  }
  bool is_request() const {
    return writes() || kind == TimelineKind::read || kind == TimelineKind::flush;
  }
};

// Where the judged block stands on the devices: its data, and the parity that covers it.
struct TimelinePlace {
  std::string device;
  std::uint64_t lba = 0;
  std::uint64_t sectors = 0;
  bool is_parity = false;

  bool touches(const TimelineEvent& event) const {
    return event.device == device && event.lba < lba + sectors && lba < event.lba + event.sectors;
  }
};

struct Timeline {
  std::vector<std::string> devices;
  std::vector<TimelinePlace> places;
  std::uint64_t skipped = 0;
  std::vector<TimelineEvent> events;

  bool is_judged_place(const TimelineEvent& event) const {
    for (const TimelinePlace& place : places)
      if (place.touches(event)) return true;
    return false;
  }
};

}  // namespace holdfast::reports
