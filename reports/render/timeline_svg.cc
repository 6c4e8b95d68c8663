#include "reports/render/timeline_svg.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "reports/render/escape.h"
#include "reports/render/timeline_layout.h"
#include "reports/words.h"

namespace holdfast::reports {
namespace {

constexpr std::size_t judged_requests_max = 120;
constexpr std::size_t other_requests_max = 160;
constexpr std::size_t rows_with_caches =
    10;  // beyond, a write takes its row only while it is in flight
constexpr double row_height = 12;
constexpr double bar_height = 8;
constexpr double flush_height = 4;
constexpr double lane_padding = 5;
constexpr double words_height = 14;
constexpr std::size_t words_rows = 3;
constexpr double top = words_height * words_rows + 6;
constexpr double letter_width = 6.4;
constexpr double mark_width = 9;

bool ends_boot(const TimelineEvent& event) {
  return event.kind == TimelineKind::power_cut || event.kind == TimelineKind::host_crash ||
         event.kind == TimelineKind::clean_stop;
}

// T1, in the order of time.
std::vector<const TimelineEvent*> drawn_events(const Timeline& timeline) {
  std::vector<const TimelineEvent*> drawn;
  std::size_t judged = 0, others = 0;
  for (auto event = timeline.events.rbegin(); event != timeline.events.rend(); ++event) {
    bool is_judged = timeline.is_judged_place(*event);
    std::size_t& count = is_judged ? judged : others;
    std::size_t most = is_judged ? judged_requests_max : other_requests_max;
    if (event->is_request() && count++ >= most) continue;
    drawn.push_back(&*event);
  }
  std::ranges::reverse(drawn);
  return drawn;
}

// Where an instant stands from left to right.
class Axis {
 public:
  void add(std::uint64_t instant) { places_[instant] = 0; }

  void spread() {
    double x = 12;
    std::uint64_t before = places_.empty() ? 0 : places_.begin()->first;
    for (auto& [instant, place] : places_) {
      auto microseconds = static_cast<double>(instant - before) / 1000;
      if (instant != before) x += 3 + std::min(22.0, 3 * std::log2(1 + microseconds / 20));
      place = x;
      before = instant;
    }
    width_ = x + 60;
  }

  // Of an instant that was not added: the place of the next one that was.
  double x(std::uint64_t instant) const {
    auto at = places_.lower_bound(instant);
    return at == places_.end() ? width_ - 60 : at->second;
  }
  double width() const { return width_; }

 private:
  std::map<std::uint64_t, double> places_;
  double width_ = 60;
};

struct Bar {
  const TimelineEvent* event = nullptr;
  double begin = 0;
  double end = 0;  // of the request
  double settled = 0;  // durable, or met by a crash
  std::size_t row = 0;
  bool is_judged = false;
};

std::string instant_text(std::uint64_t nanoseconds) {
  return fmt::format("{}.{:06} ms", nanoseconds / 1'000'000, nanoseconds % 1'000'000);
}

std::string fate_text(TimelineFate fate) {
  switch (fate) {
    case TimelineFate::none: return "what became of it nobody outside the device knows";
    case TimelineFate::durable: return "durable before the next crash";
    case TimelineFate::landed: return "not durable, but the crash left all of it";
    case TimelineFate::lost: return "lost by the crash";
    case TimelineFate::in_part: return "only a part of it survived the crash";
    case TimelineFate::torn: return "torn by the crash: some of it holds arbitrary bytes";
    case TimelineFate::cached: break;
  }
  return "not durable yet when the finding came up";
}

std::string tooltip(const TimelineEvent& event, bool is_judged) {
  std::string text = fmt::format("{} {}", event.device, name_of(event.kind));
  if (event.sectors > 0) text += fmt::format(" {} + {}", event.lba, event.sectors);
  if (event.is_fua) text += ", FUA";
  if (event.has_preflush) text += ", preflush";
  if (is_judged) text += "\nat the judged block";
  text += "\nsubmitted " + instant_text(event.begin);
  text += event.end ? "\nended " + instant_text(*event.end) : "\nnever answered";
  if (!event.error.empty()) text += ": " + event.error;
  if (event.durable) text += "\ndurable " + instant_text(*event.durable);
  if (event.writes()) text += "\n" + fate_text(event.fate);
  return text;
}

std::string_view sign_of(TimelineFate fate) {
  switch (fate) {
    case TimelineFate::durable: return "durable";
    case TimelineFate::landed: return "landed";
    case TimelineFate::lost: return "lost";
    case TimelineFate::in_part: return "in-part";
    case TimelineFate::torn: return "torn";
    case TimelineFate::none:
    case TimelineFate::cached: break;
  }
  return "open";
}

// The sign at the end of a write: where it became durable, or met the crash.
std::string sign(TimelineFate fate, double x, double y) {
  switch (fate) {
    case TimelineFate::durable:
      return fmt::format("<circle class=\"ok\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", x, y);
    case TimelineFate::landed:
      return fmt::format("<circle class=\"ring\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"/>", x, y);
    case TimelineFate::lost:
      return fmt::format("<path class=\"cross\" d=\"M{0:.1f} {1:.1f}l6 6m0 -6l-6 6\"/>", x - 3,
                         y - 3);
    case TimelineFate::in_part:
      return fmt::format(
          "<circle class=\"ring part\" cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"2.6\"/>"
          "<path class=\"half\" d=\"M{0:.1f} {2:.1f}a2.6 2.6 0 0 0 0 5.2z\"/>",
          x, y, y - 2.6);
    case TimelineFate::torn:
      return fmt::format("<path class=\"zigzag\" d=\"M{:.1f} {:.1f}l2 4l2 -4l2 4l2 -4\"/>", x - 4,
                         y - 2);
    case TimelineFate::none:
    case TimelineFate::cached: break;
  }
  return fmt::format("<circle class=\"open\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"1.4\"/>", x, y);
}

class Picture {
 public:
  explicit Picture(const Timeline& timeline) : timeline_(timeline), drawn_(drawn_events(timeline)) {
    for (const TimelineEvent* event : drawn_) {
      axis_.add(event->begin);
      if (event->end && *event->end <= last_instant()) axis_.add(*event->end);
      if (event->durable && *event->durable <= last_instant()) axis_.add(*event->durable);
    }
    axis_.spread();
  }

  std::string run() {
    std::string lanes, names;
    for (std::size_t device = 0; device < timeline_.devices.size(); ++device)
      draw_lane(timeline_.devices[device], lanes, names);
    std::string moments = draw_moments();
    std::string size = fmt::format("height=\"{:.0f}\"", y_ + 4);
    return fmt::format(
        "<div class=\"timeline\"><svg class=\"names\" width=\"92\" {0}>{1}</svg>"
        "<div class=\"scroller\" tabindex=\"0\"><svg width=\"{2:.0f}\" {0} role=\"img\" "
        "aria-label=\"Requests of the devices over time\">{3}{4}{5}</svg></div></div>{6}",
        size, names, axis_.width(), background_, moments, lanes, left_out());
  }

 private:
  std::uint64_t last_instant() const {
    return timeline_.events.empty() ? 0 : timeline_.events.back().begin;
  }

  // When the machine that this event happened in went off, or was looked at last.
  std::uint64_t off_after(const TimelineEvent& event) const {
    for (const TimelineEvent* later : drawn_)
      if (later->begin >= event.begin && ends_boot(*later)) return later->begin;
    return last_instant();
  }

  Bar bar_of(const TimelineEvent& event) const {
    Bar bar;
    bar.event = &event;
    bar.is_judged = timeline_.is_judged_place(event);
    std::uint64_t off = off_after(event);
    std::uint64_t end = std::min(event.end.value_or(off), std::max(off, event.begin));
    bar.begin = axis_.x(event.begin);
    bar.end = std::max(axis_.x(end), bar.begin + 4);
    bar.settled = bar.end;
    if (event.writes() && event.end) bar.settled = axis_.x(event.durable.value_or(off));
    bar.settled = std::max(bar.settled, bar.end);
    return bar;
  }

  // Writes keep their rows until they are durable, as long as there are not too many.
  std::vector<Bar> bars_of(const std::string& device, std::size_t& rows_used) const {
    Rows<double> rows;
    std::vector<Bar> bars;
    for (const TimelineEvent* event : drawn_) {
      if (!event->is_request() || event->device != device) continue;
      Bar bar = bar_of(*event);
      bool is_crowded = rows.count() > rows_with_caches;
      if (is_crowded) bar.settled = bar.end;
      bar.row = rows.take(bar.begin, bar.settled + (event->writes() ? mark_width : 2));
      bars.push_back(bar);
    }
    rows_used = std::max<std::size_t>(1, rows.count());
    return bars;
  }

  void draw_lane(const std::string& device, std::string& lanes, std::string& names) {
    std::size_t rows = 1;
    std::vector<Bar> bars = bars_of(device, rows);
    double height = static_cast<double>(rows) * row_height + 2 * lane_padding;
    height = std::max(height, 34.0);
    background_ += fmt::format(
        "<rect class=\"lane\" x=\"0\" y=\"{:.1f}\" width=\"{:.0f}\" height=\"{:.1f}\"/>", y_,
        axis_.width(), height - 2);
    names += fmt::format("<text class=\"device\" x=\"4\" y=\"{:.1f}\">{}</text>", y_ + 14,
                         xml_escaped(device.substr(0, 12)));
    for (const TimelinePlace& place : timeline_.places)
      if (place.device == device)
        names += fmt::format("<text class=\"role\" x=\"4\" y=\"{:.1f}\">{} {}</text>", y_ + 27,
                             place.is_parity ? "parity" : "block", place.lba);
    for (const Bar& bar : bars)
      draw_bar(lanes, bar, y_ + lane_padding + static_cast<double>(bar.row) * row_height);
    y_ += height;
  }

  static void draw_bar(std::string& out, const Bar& bar, double y) {
    const TimelineEvent& event = *bar.event;
    double middle = y + bar_height / 2;
    double height = event.kind == TimelineKind::flush ? flush_height : bar_height;
    out += fmt::format("<g class=\"{}{}{}\"><title>{}</title>", name_of(event.kind),
                       bar.is_judged ? " judged" : "", event.end ? "" : " unanswered",
                       xml_escaped(tooltip(event, bar.is_judged)));
    if (bar.settled > bar.end)
      out += fmt::format(
          "<line class=\"cache\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
          bar.end, bar.settled, middle);
    out += fmt::format(
        "<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
        "rx=\"1.5\"/>",
        bar.begin, middle - height / 2, bar.end - bar.begin, height);
    if (event.is_fua)
      out += fmt::format(
          "<rect class=\"fua\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"2.4\"/>",
          bar.begin, y, bar.end - bar.begin);
    if (!event.error.empty() && !event.writes()) out += sign(TimelineFate::lost, bar.end, middle);
    if (event.writes())
      out += fmt::format("<g class=\"{}\">{}</g>", sign_of(event.fate),
                         sign(event.fate, bar.settled + 4, middle));
    out += "</g>";
  }

  static std::string words_of(const TimelineEvent& event) {
    switch (event.kind) {
      case TimelineKind::power_cut: return "power cut";
      case TimelineKind::host_crash: return "host crash";
      case TimelineKind::clean_stop: return "clean stop";
      case TimelineKind::device_lost: return event.device + " lost";
      default: return std::string(name_of(event.kind));
    }
  }

  // Their words share three rows; what finds no room there has its tooltip.
  std::string draw_moments() {
    std::string out;
    Rows<double> rows(words_rows);
    for (std::size_t i = 0; i < drawn_.size(); ++i) {
      const TimelineEvent& event = *drawn_[i];
      if (event.is_request() || event.kind == TimelineKind::boot) continue;
      double x = axis_.x(event.begin);
      std::string words = words_of(event);
      double width = static_cast<double>(words.size()) * letter_width + 6;
      std::size_t row = rows.take(x, x + width);
      out += fmt::format("<g class=\"moment {}\"><title>{} at {}</title>", name_of(event.kind),
                         xml_escaped(words), instant_text(event.begin));
      double below = words_height * static_cast<double>(std::min(row, words_rows - 1) + 1);
      out += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>", x,
                         below, y_);
      if (row < words_rows)
        out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", x, below - 3,
                           xml_escaped(words));
      out += "</g>";
      if (ends_boot(event)) shade_off(i);
      if (event.kind == TimelineKind::judged) shade_recovery(i);
    }
    return out;
  }

  // From the end of a boot to the next one.
  void shade_off(std::size_t end) {
    for (std::size_t next = end + 1; next < drawn_.size(); ++next) {
      if (drawn_[next]->kind != TimelineKind::boot) continue;
      shade("off", axis_.x(drawn_[end]->begin), axis_.x(drawn_[next]->begin));
      return;
    }
  }

  // The recovery that was judged: the last open before.
  void shade_recovery(std::size_t judged) {
    for (std::size_t before = judged; before > 0; --before) {
      if (drawn_[before - 1]->kind != TimelineKind::open) continue;
      shade("recovery", axis_.x(drawn_[before - 1]->begin), axis_.x(drawn_[judged]->begin));
      return;
    }
  }

  void shade(std::string_view name, double from, double to) {
    background_ += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", name,
        from, top - 4, std::max(0.0, to - from), y_ - top + 4);
  }

  std::string left_out() const {
    std::size_t events = timeline_.events.size() - drawn_.size() + timeline_.skipped;
    if (events == 0) return "";
    return fmt::format(
        "<p class=\"muted\">{} not drawn: older ones elsewhere, and reads of other blocks.</p>\n",
        counted(events, "event"));
  }

  const Timeline& timeline_;
  std::vector<const TimelineEvent*> drawn_;
  Axis axis_;
  std::string background_;
  double y_ = top;
};

std::string legend_entry(const std::string& picture, std::string_view words) {
  return fmt::format("<span><svg width=\"26\" height=\"12\">{}</svg>{}</span>\n", picture, words);
}

std::string bar_picture(std::string_view name, double height, bool is_fua = false) {
  return fmt::format(
      "<g class=\"{}\"><rect class=\"bar\" x=\"1\" y=\"{:.0f}\" width=\"24\" height=\"{:.0f}\" "
      "rx=\"1.5\"/>{}</g>",
      name, 6 - height / 2, height,
      is_fua ? "<rect class=\"fua\" x=\"1\" y=\"2\" width=\"24\" height=\"2.4\"/>" : "");
}

std::string fate_picture(TimelineFate fate) {
  return "<line class=\"cache\" x1=\"1\" x2=\"15\" y1=\"6\" y2=\"6\"/>" + sign(fate, 19, 6);
}

}  // namespace

std::string timeline_svg(const Timeline& timeline) { return Picture(timeline).run(); }

std::string timeline_legend() {
  return "<div class=\"legend\">\n" +
         legend_entry(bar_picture("write", bar_height), "write in flight") +
         legend_entry(bar_picture("write", bar_height, true), "with FUA") +
         legend_entry(bar_picture("write judged", bar_height), "at the judged block") +
         legend_entry(bar_picture("flush", flush_height), "flush") +
         legend_entry(bar_picture("read", bar_height), "read") +
         legend_entry(fate_picture(TimelineFate::durable), "in the cache, then durable") +
         legend_entry(fate_picture(TimelineFate::lost), "lost by the crash") +
         legend_entry(fate_picture(TimelineFate::landed), "not durable, landed") +
         legend_entry(fate_picture(TimelineFate::in_part), "landed in part") +
         legend_entry(fate_picture(TimelineFate::torn), "torn") + "</div>\n";
}

}  // namespace holdfast::reports
