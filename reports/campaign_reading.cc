#include "reports/campaign_reading.h"

#include <array>

#include <fmt/format.h>

#include "reports/finding_reading.h"
#include "reports/json_reading.h"

namespace holdfast::reports {
namespace {

constexpr std::array<std::string_view, 4> outcome_names{"held", "violated", "nondeterministic",
                                                        "vacuous"};

TimelineEvent event_of(const JsonValue& from) {
  TimelineEvent event;
  event.begin = from.at("t").number();
  event.kind = static_cast<TimelineKind>(from.at("kind").one_of(timeline_kinds));
  if (auto device = from.optional("device")) event.device = device->text();
  if (auto lba = from.optional("lba")) event.lba = lba->number();
  if (auto sectors = from.optional("sectors")) event.sectors = sectors->number();
  if (auto fua = from.optional("fua")) event.is_fua = fua->truth();
  if (auto preflush = from.optional("preflush")) event.has_preflush = preflush->truth();
  if (auto end = from.optional("end")) event.end = end->number_between(event.begin, UINT64_MAX);
  if (auto durable = from.optional("durable"))
    event.durable = durable->number_between(event.begin, UINT64_MAX);
  if (auto fate = from.optional("fate"))
    event.fate = static_cast<TimelineFate>(fate->one_of(timeline_fates));
  if (auto error = from.optional("error")) event.error = error->text();
  return event;
}

Timeline timeline_of(const JsonValue& from) {
  Timeline timeline;
  timeline.devices = texts_in(from.at("devices"));
  from.at("places").each([&](const JsonValue& place) {
    timeline.places.push_back({place.at("device").text(), place.at("lba").number(),
                               place.at("sectors").number(), place.at("parity").truth()});
  });
  timeline.skipped = from.at("skipped").number();
  from.at("events").each(
      [&](const JsonValue& event) { timeline.events.push_back(event_of(event)); });
  return timeline;
}

DistinctFinding finding_of(const JsonValue& from) {
  DistinctFinding found;
  found.finding = finding_in(from);
  found.is_expected = from.at("expected").truth();
  found.seed = from.at("seed").hex();
  found.runs = from.at("runs").number();
  found.notes = texts_in(from.at("notes"));
  found.events = texts_in(from.at("events"));
  found.repro = from.at("repro").text();
  if (auto file = from.optional("failure")) found.file = file->text();
  if (auto timeline = from.optional("timeline")) found.timeline = timeline_of(*timeline);
  return found;
}

std::vector<DistinctFinding> findings_of(const JsonValue& from) {
  std::vector<DistinctFinding> list;
  from.each([&](const JsonValue& finding) { list.push_back(finding_of(finding)); });
  return list;
}

sim::RunCounts counts_of(const JsonValue& from) {
  sim::RunCounts counts;
  counts.power_cuts = from.at("power_cuts").number();
  counts.power_cuts_in_recovery = from.at("power_cuts_in_recovery").number();
  counts.host_crashes = from.at("host_crashes").number();
  counts.clean_stops = from.at("clean_stops").number();
  counts.devices_lost = from.at("devices_lost").number();
  counts.devices_returned = from.at("devices_returned").number();
  counts.refusals = from.at("refusals").number();
  counts.refusals_without_journal = from.at("refusals_without_journal").number();
  counts.writes_refused = from.at("writes_refused").number();
  counts.opens = from.at("opens").number();
  counts.operations = from.at("operations").number();
  counts.events = from.at("events").number();
  counts.virtual_nanoseconds = from.at("virtual_nanoseconds").hex();
  return counts;
}

oracle::Counts looked_at_of(const JsonValue& from) {
  oracle::Counts counts;
  counts.recoveries = from.at("recoveries").number();
  counts.blocks = from.at("blocks").number();
  counts.blocks_must = from.at("blocks_must").number();
  counts.blocks_unknown = from.at("blocks_unknown").number();
  counts.live_reads = from.at("live_reads").number();
  counts.live_reads_open = from.at("live_reads_open").number();
  counts.views = from.at("views").number();
  counts.stripes = from.at("stripes").number();
  counts.stripes_dirty = from.at("stripes_dirty").number();
  counts.write_hole_blocks = from.at("write_hole_blocks").number();
  counts.silent_by_format = from.at("silent_by_format").number();
  return counts;
}

TraceUse trace_use_of(const JsonValue& from) {
  TraceUse use;
  if (auto file = from.optional("file")) use.file = file->text();
  if (auto format = from.optional("format")) use.format = format->text();
  use.goes_on = from.at("goes_on").truth();
  use.counts.requests = from.at("requests").number();
  use.counts.folded = from.at("folded").number();
  use.counts.widened = from.at("widened").number();
  use.counts.shortened = from.at("shortened").number();
  use.counts.in_pieces = from.at("in_pieces").number();
  use.counts.discards_left_out = from.at("discards_left_out").number();
  return use;
}

void read_seeds(const JsonValue& from, Campaign& campaign) {
  campaign.first_seed = from.at("first").hex();
  campaign.end_seed = from.at("end").hex();
  if (campaign.end_seed <= campaign.first_seed) from.at("end").refuse("a seed above the first");
  if (auto shard = from.optional("shard")) {
    campaign.shard.of = static_cast<unsigned>(shard->at("of").number_between(2, shards_max));
    campaign.shard.number =
        static_cast<unsigned>(shard->at("number").number_between(1, campaign.shard.of));
  }
  if (from.at("count").number() != campaign.runs())
    from.at("count").refuse(fmt::format("{}, which the seeds amount to", campaign.runs()));
}

void read_marks(const JsonValue& from, Campaign& campaign) {
  from.each([&](const JsonValue& mark) {
    campaign.marks.push_back({mark.at("name").text(), mark.at("required").truth(),
                              mark.at("runs").number(), mark.at("count").number()});
  });
}

Pressure pressure_of(const JsonValue& from) {
  Pressure pressure;
  pressure.rounds = from.at("rounds").number();
  pressure.aimed_rounds = from.at("aimed_rounds").number();
  pressure.demoting_rounds = from.at("demoting_rounds").number();
  from.at("moments").each([&](const JsonValue& counted) {
    auto moment = sim::moment_of(counted.at("moment").text());
    if (!moment) return counted.at("moment").refuse("a moment such as \"log/ended/work/none\"");
    std::size_t at = number_of(*moment);
    pressure.moments.passed[at] =
        static_cast<std::uint32_t>(counted.at("passed").number_between(0, UINT32_MAX));
    pressure.moments.cut[at] =
        static_cast<std::uint32_t>(counted.at("cut").number_between(0, UINT32_MAX));
  });
  return pressure;
}

Campaign campaign_of(const JsonValue& from) {
  Campaign campaign;
  campaign.scenario = from.at("scenario").text();
  campaign.path = from.at("path").text();
  campaign.scenario_hash = from.at("scenario_hash").hex();
  campaign.outcome = static_cast<Outcome>(from.at("outcome").one_of(outcome_names));
  if (auto why = from.optional("why")) campaign.why = why->text();
  if (auto expected = from.optional("expected"))
    campaign.expected = oracle::name_of(verdict_in(*expected));
  if (auto trace = from.optional("trace")) campaign.trace = trace_use_of(*trace);
  read_seeds(from.at("seeds"), campaign);
  if (auto single = from.optional("single_run")) campaign.is_single_run = single->truth();
  if (auto pressure = from.optional("pressure")) campaign.pressure = pressure_of(*pressure);
  campaign.threads = static_cast<unsigned>(from.at("threads").number_between(1, UINT32_MAX));
  campaign.seconds = from.at("seconds").real();
  campaign.core_seconds = from.at("core_seconds").real();
  campaign.counts = counts_of(from.at("counts"));
  campaign.looked_at = looked_at_of(from.at("looked_at"));
  read_marks(from.at("marks"), campaign);
  campaign.runs_compared = from.at("determinism").at("compared").number();
  campaign.runs_equal =
      from.at("determinism").at("equal").number_between(0, campaign.runs_compared);
  campaign.trace_hash = from.at("trace_hash").hex();
  campaign.violations = findings_of(from.at("violations"));
  campaign.declared = findings_of(from.at("declared"));
  return campaign;
}

}  // namespace

tl::expected<RunReport, ReadingProblem> read_report(const nlohmann::json& document) {
  Disappointment first;
  JsonValue root(document, "", first);
  if (root.at("schema").text() != "holdfast.report/1")
    root.at("schema").refuse("\"holdfast.report/1\"");
  if (root.at("kind").text() != "simulation")
    root.at("kind").refuse("\"simulation\": a report that `sim` wrote");
  RunReport report;
  root.at("campaigns").each([&](const JsonValue& campaign) {
    report.campaigns.push_back(campaign_of(campaign));
  });
  std::size_t outcome = root.at("outcome").one_of(outcome_names);
  if (static_cast<Outcome>(outcome) != report.outcome())
    root.at("outcome").refuse(
        fmt::format("\"{}\", as the campaigns say", name_of(report.outcome())));
  if (first.is_there()) return tl::unexpected(ReadingProblem{first.pointer, first.message});
  return report;
}

}  // namespace holdfast::reports
