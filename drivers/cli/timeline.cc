#include "drivers/cli/timeline.h"

#include <algorithm>

#include "drivers/cli/write_fates.h"
#include "oracle/raid_shape.h"

namespace holdfast::drivers {
namespace {

using reports::Timeline;
using reports::TimelineEvent;
using reports::TimelineKind;
using reports::TimelinePlace;

TimelineKind kind_of(Command command) {
  switch (command) {
    case Command::read: return TimelineKind::read;
    case Command::write: return TimelineKind::write;
    case Command::flush: return TimelineKind::flush;
    case Command::discard: return TimelineKind::discard;
    case Command::write_zeroes: break;
  }
  return TimelineKind::write_zeroes;
}

std::optional<TimelineKind> kind_of(sim::EventKind kind) {
  switch (kind) {
    case sim::EventKind::boot: return TimelineKind::boot;
    case sim::EventKind::create: return TimelineKind::create;
    case sim::EventKind::open: return TimelineKind::open;
    case sim::EventKind::device_lost: return TimelineKind::device_lost;
    default: return std::nullopt;
  }
}

TimelineKind end_kind_of(sim::EventKind how) {
  if (how == sim::EventKind::power_cut) return TimelineKind::power_cut;
  return how == sim::EventKind::host_crash ? TimelineKind::host_crash : TimelineKind::clean_stop;
}

class Drawing {
 public:
  Drawing(const sim::WorldSpec& world, const oracle::Finding& finding, std::uint64_t found_at)
      : world_(world), found_at_(found_at) {
    for (const sim::DiskSpec& disk : world.devices) timeline_.devices.push_back(disk.name);
    find_places(finding.where);
  }

  Timeline run(const FlightRecorder& recorder, const sim::RunResult& run) {
    for (const sim::TraceEvent& event : run.last_events)
      if (auto kind = kind_of(event.kind)) add_moment(event.instant, *kind, event.device);
    for (std::size_t device = 0; device < world_.devices.size(); ++device)
      add_device(device, recorder, run.record.ends);
    for (const sim::PowerOff& end : run.record.ends)
      add_moment(end.instant, end_kind_of(end.how), sim::TraceEvent::no_device);
    add_moment(found_at_, TimelineKind::judged, sim::TraceEvent::no_device);
    put_in_order();
    drop_oldest();
    return std::move(timeline_);
  }

 private:
  // The first block only: a finding may run over many chunks.
  void find_places(Extent where) {
    if (where.count.value == 0) return;
    if (!world_.profile.raid) {
      add_place(0, where.first.value, where.count.value, false);
      return;
    }
    const oracle::RaidShape& shape = *world_.profile.raid;
    if (where.first.value >= shape.sectors().value) return;
    oracle::MemberPlace data = oracle::place_of(shape, where.first);
    oracle::Row row = oracle::row_of(shape, data.offset / shape.chunk_bytes);
    std::uint64_t in_stripe = data.offset % oracle::stripe_bytes / sector_bytes;
    std::uint64_t sectors = std::min(where.count.value, oracle::stripe_sectors - in_stripe);
    add_member_place(shape, data.role, data.offset, sectors, false);
    std::uint64_t stripe = data.offset - data.offset % oracle::stripe_bytes;
    add_member_place(shape, row.p, stripe, oracle::stripe_sectors, true);
    if (row.q != oracle::Row::none)
      add_member_place(shape, row.q, stripe, oracle::stripe_sectors, true);
  }

  void add_member_place(const oracle::RaidShape& shape, unsigned role, std::uint64_t offset,
                        std::uint64_t sectors, bool is_parity) {
    std::size_t device = world_.device_of_role.empty() ? role : world_.device_of_role[role];
    add_place(device, (offset + shape.data_offset_bytes[role]) / sector_bytes, sectors, is_parity);
  }

  void add_place(std::size_t device, std::uint64_t lba, std::uint64_t sectors, bool is_parity) {
    timeline_.places.push_back({world_.devices[device].name, lba, sectors, is_parity});
  }

  void add_device(std::size_t device, const FlightRecorder& recorder,
                  const std::vector<sim::PowerOff>& ends) {
    std::vector<RecordedRequest> requests;
    for (const RecordedRequest& request : recorder.requests())
      if (request.device == device) requests.push_back(request);
    bool has_cache = world_.devices[device].limits.has_volatile_cache;
    std::vector<WriteState> states = write_states(requests, device, has_cache, ends);
    for (std::size_t i = 0; i < requests.size(); ++i) add_request(requests[i], states[i]);
  }

  void add_request(const RecordedRequest& request, const WriteState& state) {
    if (request.begin > found_at_) return;
    TimelineEvent event;
    event.begin = request.begin;
    event.end = request.end;
    event.device = world_.devices[request.device].name;
    event.kind = kind_of(request.command);
    event.lba = request.extent.first.value;
    event.sectors = request.extent.count.value;
    event.is_fua = request.flags.fua;
    event.has_preflush = request.flags.preflush;
    if (event.writes()) event.fate = state.fate;
    event.durable = state.durable;
    if (request.error) event.error = name_of(*request.error);
    bool is_read_elsewhere = event.kind == TimelineKind::read && !timeline_.is_judged_place(event);
    if (is_read_elsewhere)
      ++timeline_.skipped;
    else
      timeline_.events.push_back(std::move(event));
  }

  void add_moment(std::uint64_t instant, TimelineKind kind, std::size_t device) {
    if (instant > found_at_) return;
    TimelineEvent event;
    event.begin = instant;
    event.kind = kind;
    if (device < world_.devices.size()) event.device = world_.devices[device].name;
    timeline_.events.push_back(std::move(event));
  }

  // Of what begins together, as it was added.
  void put_in_order() {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (const TimelineEvent& event : timeline_.events)
      order.emplace_back(event.begin, order.size());
    std::ranges::sort(order);
    std::vector<TimelineEvent> events;
    for (const auto& [begin, at] : order) events.push_back(std::move(timeline_.events[at]));
    timeline_.events = std::move(events);
  }

  void drop_oldest() {
    std::vector<TimelineEvent>& events = timeline_.events;
    if (events.size() <= reports::timeline_events_max) return;
    std::size_t surplus = events.size() - reports::timeline_events_max;
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(surplus));
    timeline_.skipped += surplus;
  }

  const sim::WorldSpec& world_;
  std::uint64_t found_at_;
  Timeline timeline_;
};

}  // namespace

std::optional<Timeline> timeline_of(const sim::WorldSpec& world, const FlightRecorder& recorder,
                                    const sim::RunResult& run, const std::string& signature) {
  const oracle::Judgement& judged = run.judgement;
  for (std::size_t i = 0; i < judged.findings.size(); ++i)
    if (judged.findings[i].signature() == signature)
      return Drawing(world, judged.findings[i], run.record.found_at[i]).run(recorder, run);
  for (std::size_t i = 0; i < judged.declared.size(); ++i)
    if (judged.declared[i].signature() == signature)
      return Drawing(world, judged.declared[i], run.record.declared_at[i]).run(recorder, run);
  return std::nullopt;
}

}  // namespace holdfast::drivers
