#include "sim/explore/recorded_life.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace holdfast::sim {
namespace {

class Replaying {
 public:
  Replaying(const RecordedRun& run, const std::vector<DiskSpec>& devices, const Image& base,
            CrashPoints crash_points)
      : run_(run), devices_(devices), sight_(base, {}), crash_points_(crash_points) {
    for (std::uint32_t device = 0; device < devices.size(); ++device)
      media_.push_back(std::make_unique<LifeMedia>(device, sight_));
    begun_.resize(devices.size());
  }

  LifeRecord run() {
    for (std::size_t number = 0; number < run_.steps.size(); ++number) {
      is_watched_ = number >= run_.crash_points_from;
      const RecordedStep& step = run_.steps[number];
      switch (step.kind) {
        case RecordedStep::Kind::begun: begin(step); break;
        case RecordedStep::Kind::ended: end(step); break;
        case RecordedStep::Kind::told: record_.events.push_back(*step.told); break;
      }
    }
    is_watched_ = true;
    add_crash_point();
    record_.has_settled = true;
    return std::move(record_);
  }

 private:
  struct Begun {
    const RecordedStep* step = nullptr;
    Extent extent;
    PageParts parts;
    std::uint64_t completed_before = 0;
    bool is_in_flight = false;
  };

  void begin(const RecordedStep& step) {
    LifeMedia& media = *media_[step.device];
    Begun& request = begun_[step.device][step.request];
    request.step = &step;
    request.extent = step.extent;
    request.completed_before = media.completed();
    if (step.command == Command::discard)
      request.extent =
          discarded(step.extent, devices_[step.device].limits.discard_granularity_bytes);
    if (step.command == Command::flush) return;
    request.parts =
        step.command == Command::write ? parts_in(step) : zeroed_parts_of(request.extent);
    if (!step.flags.preflush) take_off(media, request);
  }

  static PageParts parts_in(const RecordedStep& step) {
    SliceList pages = allocate_slices(step.data.size());
    copy(Bytes(step.data), pages);
    return parts_of(step.extent.first, pages);
  }

  static void take_off(LifeMedia& media, Begun& request) {
    if (request.extent.count == Sectors(0)) return;
    media.begin(request.extent, &request.parts);
    request.is_in_flight = true;
  }

  void end(const RecordedStep& step) {
    LifeMedia& media = *media_[step.device];
    auto found = begun_[step.device].find(step.request);
    Begun& request = found->second;
    const RecordedStep& begun = *request.step;
    if (step.ok && (begun.command == Command::flush || begun.flags.preflush)) {
      about_to_complete(true);
      media.flush(request.completed_before);
      if (begun.command != Command::flush) take_off(media, request);
    }
    if (request.is_in_flight) {
      bool is_durable = begun.flags.fua || !devices_[step.device].limits.has_volatile_cache;
      if (step.ok) {
        about_to_complete(is_durable);
        media.take_effect(request.parts, is_durable);
      }
      media.end(request.extent, &request.parts);
    }
    begun_[step.device].erase(found);
  }

  void about_to_complete(bool makes_durable) {
    if (makes_durable || crash_points_ == CrashPoints::all) add_crash_point();
  }

  void add_crash_point() {
    if (!is_watched_) return;
    CrashPoint point;
    for (const auto& media : media_) media->add_changes(point.changes);
    point.events = record_.events.size();
    point.was_read = true;
    record_.crash_points.push_back(std::move(point));
  }

  const RecordedRun& run_;
  const std::vector<DiskSpec>& devices_;
  Sight sight_;
  CrashPoints crash_points_;
  bool is_watched_ = false;
  std::vector<std::unique_ptr<LifeMedia>> media_;
  std::vector<std::map<std::uint64_t, Begun>> begun_;  // by device
  LifeRecord record_;
};

// What was begun and has not ended, step by step.
class Reading {
 public:
  explicit Reading(const std::vector<DiskSpec>& devices)
      : devices_(devices), open_(devices.size()) {}

  std::string fault_of(const RecordedStep& step) {
    if (step.kind == RecordedStep::Kind::told)
      return step.told ? fault_of(step.told->event, step.told->seen.size()) : "nothing was told";
    if (step.device >= devices_.size())
      return fmt::format("device {}, and there are {}", step.device, devices_.size());
    const std::string& name = devices_[step.device].name;
    auto& open = open_[step.device];
    if (step.kind == RecordedStep::Kind::ended)
      return open.erase(step.request) > 0
                 ? ""
                 : fmt::format("request {} of {} ends and never began", step.request, name);
    if (std::string fault = fault_of_request(step); !fault.empty())
      return fmt::format("request {} of {}: {}", step.request, name, fault);
    if (!open.emplace(step.request, &step).second)
      return fmt::format("request {} of {} begins twice", step.request, name);
    return "";
  }

 private:
  std::string fault_of_request(const RecordedStep& step) const {
    bool is_flush = step.command == Command::flush;
    if (step.command == Command::read) return "reads are not recorded";
    const DeviceLimits& limits = devices_[step.device].limits;
    if (is_flush ? step.extent.count > Sectors(0) : !check_request(limits, step.extent))
      return fmt::format("found sectors {}+{}, the device has {} in blocks of {} bytes",
                         step.extent.first.value, step.extent.count.value, limits.sectors.value,
                         limits.logical_block_bytes);
    if (step.command == Command::discard && limits.discard_granularity_bytes == 0)
      return "a discard, which the device does not know";
    std::uint64_t expected = step.command == Command::write ? step.extent.count.bytes() : 0;
    if (step.data.size() != expected)
      return fmt::format("found {} bytes of data, expected {}", step.data.size(), expected);
    if (is_flush) return "";
    for (const auto& [number, other] : open_[step.device])
      if (other->extent.overlaps(step.extent))
        return fmt::format("overlaps request {}, which had not ended", number);
    return "";
  }

  // The rules by which a history gives numbers, oracle/history_event.h.
  std::string fault_of(const oracle::HistoryEvent& event, std::size_t seen) {
    using Kind = oracle::HistoryEvent::Kind;
    bool is_wrong = false;
    switch (event.kind) {
      case Kind::write:
      case Kind::write_zeroes:
      case Kind::discard: is_wrong = !begin(writes_, event, 1); break;
      case Kind::flush: is_wrong = !begin(flushes_, event, 0); break;
      case Kind::read: is_wrong = !begin(reads_, event, 0); break;
      case Kind::write_ended: is_wrong = !end(writes_, event); break;
      case Kind::flush_ended: is_wrong = !end(flushes_, event); break;
      case Kind::read_ended: is_wrong = !end(reads_, event, seen); break;
      case Kind::member_lost: break;
    }
    return is_wrong
               ? fmt::format("request {} of a client does not follow what was before it", event.id)
               : "";
  }

  struct Requests {
    std::uint64_t begun = 0;
    std::map<std::uint32_t, Extent> open;
  };

  static bool begin(Requests& requests, const oracle::HistoryEvent& event, std::uint64_t first) {
    return event.id == first + requests.begun++ &&
           requests.open.emplace(event.id, event.extent).second;
  }
  static bool end(Requests& requests, const oracle::HistoryEvent& event,
                  std::optional<std::size_t> seen = std::nullopt) {
    auto open = requests.open.find(event.id);
    if (open == requests.open.end()) return false;
    bool is_whole = !seen || *seen == open->second.count.value;
    requests.open.erase(open);
    return is_whole;
  }

  const std::vector<DiskSpec>& devices_;
  std::vector<std::map<std::uint64_t, const RecordedStep*>> open_;  // by device
  Requests writes_, flushes_, reads_;
};

}  // namespace

std::string RecordedRun::contradiction(const std::vector<DiskSpec>& devices) const {
  for (const BasePage& page : base)
    if (page.device >= devices.size() || page.bytes.size() != page_bytes ||
        page.page >= devices[page.device].limits.sectors.bytes() / page_bytes)
      return fmt::format("page {} of device {} is on no device", page.page, page.device);
  if (crash_points_from > steps.size()) return "it ends before its clients began";
  Reading reading(devices);
  for (std::size_t number = 0; number < steps.size(); ++number)
    if (std::string fault = reading.fault_of(steps[number]); !fault.empty())
      return fmt::format("step {}: {}", number, fault);
  return "";
}

LifeRecord recorded_life(const RecordedRun& run, const std::vector<DiskSpec>& devices,
                         const Image& base, CrashPoints crash_points) {
  return Replaying(run, devices, base, crash_points).run();
}

}  // namespace holdfast::sim
