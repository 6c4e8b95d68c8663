#include "reports/render/trace_events.h"

#include <fmt/format.h>

#include "reports/json_parts.h"
#include "reports/render/timeline_layout.h"

namespace holdfast::reports {
namespace {

constexpr std::size_t rows_of_device = 1000;  // tracks of device i are numbered from 1000 * (i + 1)

double microseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }

// Of what was not answered: as far as the machine lived.
std::uint64_t end_of(const Timeline& timeline, std::size_t at) {
  const TimelineEvent& event = timeline.events[at];
  if (event.end) return *event.end;
  for (std::size_t later = at; later < timeline.events.size(); ++later) {
    TimelineKind kind = timeline.events[later].kind;
    if (kind == TimelineKind::power_cut || kind == TimelineKind::host_crash ||
        kind == TimelineKind::clean_stop)
      return std::max(event.begin, timeline.events[later].begin);
  }
  return event.begin;
}

class Process {
 public:
  Process(Json& out, std::size_t number) : out_(out), number_(number) {}

  void draw(const Campaign& campaign, const DistinctFinding& found) {
    const Timeline& timeline = *found.timeline;
    name("process_name", 0,
         fmt::format("{}: {} (seed 0x{:x})", campaign.scenario, found.finding.signature(),
                     found.seed));
    name("thread_name", 0, "machine");
    for (std::size_t device = 0; device < timeline.devices.size(); ++device)
      draw_device(timeline, device);
    for (const TimelineEvent& event : timeline.events)
      if (!event.is_request()) draw_moment(event);
  }

 private:
  void name(std::string_view what, std::size_t track, const std::string& text) {
    out_.push_back({{"ph", "M"},
                    {"name", what},
                    {"pid", number_},
                    {"tid", track},
                    {"ts", 0},
                    {"dur", 0},
                    {"args", {{"name", text}}}});
  }

  void draw_device(const Timeline& timeline, std::size_t device) {
    Rows<std::uint64_t> rows(rows_of_device - 1);
    std::size_t first = rows_of_device * (device + 1);
    for (std::size_t at = 0; at < timeline.events.size(); ++at) {
      const TimelineEvent& event = timeline.events[at];
      if (!event.is_request() || event.device != timeline.devices[device]) continue;
      std::uint64_t end = end_of(timeline, at);
      draw_request(event, end, first + rows.take(event.begin, end),
                   timeline.is_judged_place(event));
    }
    for (std::size_t row = 0; row < std::max<std::size_t>(1, rows.count()); ++row)
      name("thread_name", first + row,
           timeline.devices[device] + (row == 0 ? "" : fmt::format(" ({})", row + 1)));
  }

  void draw_request(const TimelineEvent& event, std::uint64_t end, std::size_t track,
                    bool is_judged) {
    Json args{{"judged_block", is_judged}};
    if (event.sectors > 0) args["lba"] = event.lba;
    if (event.sectors > 0) args["sectors"] = event.sectors;
    if (event.writes()) args["fate"] = name_of(event.fate);
    if (event.durable) args["durable_us"] = microseconds(*event.durable);
    if (event.is_fua) args["fua"] = true;
    if (event.has_preflush) args["preflush"] = true;
    if (!event.end) args["answered"] = false;
    if (!event.error.empty()) args["error"] = event.error;
    std::string title(name_of(event.kind));
    if (event.sectors > 0) title += fmt::format(" {} + {}", event.lba, event.sectors);
    if (event.is_fua) title += " fua";
    out_.push_back({{"ph", "X"},
                    {"name", title},
                    {"cat", is_judged ? "judged" : name_of(event.kind)},
                    {"pid", number_},
                    {"tid", track},
                    {"ts", microseconds(event.begin)},
                    {"dur", microseconds(end - event.begin)},
                    {"args", args}});
  }

  void draw_moment(const TimelineEvent& event) {
    std::string title(name_of(event.kind));
    if (!event.device.empty()) title += " " + event.device;
    out_.push_back({{"ph", "i"},
                    {"name", title},
                    {"cat", "machine"},
                    {"s", "p"},
                    {"pid", number_},
                    {"tid", 0},
                    {"ts", microseconds(event.begin)},
                    {"dur", 0}});
  }

  Json& out_;
  std::size_t number_;
};

}  // namespace

std::string trace_events_of(const RunReport& report) {
  Json events = Json::array();
  std::size_t processes = 0;
  for (const Campaign& campaign : report.campaigns)
    for (const auto* list : {&campaign.violations, &campaign.declared})
      for (const DistinctFinding& found : *list)
        if (found.timeline) Process(events, ++processes).draw(campaign, found);
  Json out{{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}};
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
