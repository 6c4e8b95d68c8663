#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/campaign.h"
#include "reports/json_parts.h"

namespace holdfast::reports {
namespace {

// Keys that say nothing are left out: there may be thousands of events.
Json json_of(const TimelineEvent& event) {
  Json out{{"t", event.begin}, {"kind", name_of(event.kind)}};
  if (!event.device.empty()) out["device"] = event.device;
  if (event.sectors > 0) out["lba"] = event.lba;
  if (event.sectors > 0) out["sectors"] = event.sectors;
  if (event.is_fua) out["fua"] = true;
  if (event.has_preflush) out["preflush"] = true;
  if (event.end) out["end"] = *event.end;
  if (event.durable) out["durable"] = *event.durable;
  if (event.writes()) out["fate"] = name_of(event.fate);
  if (!event.error.empty()) out["error"] = event.error;
  return out;
}

Json json_of(const Timeline& timeline) {
  Json places = Json::array(), events = Json::array();
  for (const TimelinePlace& place : timeline.places)
    places.push_back({{"device", place.device},
                      {"lba", place.lba},
                      {"sectors", place.sectors},
                      {"parity", place.is_parity}});
  for (const TimelineEvent& event : timeline.events) events.push_back(json_of(event));
  return {{"devices", timeline.devices},
          {"places", std::move(places)},
          {"skipped", timeline.skipped},
          {"events", std::move(events)}};
}

Json json_of(const DistinctFinding& found) {
  Json out{{"verdict", name_of(found.finding.verdict)},
           {"rule", found.finding.rule},
           {"signature", found.finding.signature()},
           {"expected", found.is_expected},
           {"seed", hex(found.seed)},
           {"crash", found.finding.crash},
           {"runs", found.runs},
           {"sector", found.finding.where.first.value},
           {"sectors", found.finding.where.count.value},
           {"blocks", found.finding.blocks},
           {"writes", found.finding.writes},
           {"story", found.finding.story},
           {"notes", found.notes},
           {"events", found.events},
           {"repro", found.repro}};
  if (found.timeline) out["timeline"] = json_of(*found.timeline);
  if (!found.file.empty()) out["failure"] = found.file;
  return out;
}

Json json_of(const std::vector<DistinctFinding>& findings) {
  Json list = Json::array();
  for (const DistinctFinding& found : findings) list.push_back(json_of(found));
  return list;
}

Json json_of(const sim::RunCounts& counts) {
  return {{"power_cuts", counts.power_cuts},
          {"power_cuts_in_recovery", counts.power_cuts_in_recovery},
          {"host_crashes", counts.host_crashes},
          {"clean_stops", counts.clean_stops},
          {"devices_lost", counts.devices_lost},
          {"devices_returned", counts.devices_returned},
          {"refusals", counts.refusals},
          {"refusals_without_journal", counts.refusals_without_journal},
          {"writes_refused", counts.writes_refused},
          {"opens", counts.opens},
          {"operations", counts.operations},
          {"events", counts.events},
          {"virtual_milliseconds", counts.virtual_nanoseconds / 1'000'000},
          {"virtual_nanoseconds", hex(counts.virtual_nanoseconds)}};
}

Json json_of(const std::vector<MarkReached>& marks) {
  Json list = Json::array();
  for (const MarkReached& mark : marks)
    list.push_back({{"name", mark.name},
                    {"required", mark.is_required},
                    {"runs", mark.runs},
                    {"count", mark.count}});
  return list;
}

Json json_of(const Pressure& pressure) {
  Json out{{"rounds", pressure.rounds},
           {"aimed_rounds", pressure.aimed_rounds},
           {"demoting_rounds", pressure.demoting_rounds},
           {"moments", Json::array()}};
  for (std::size_t i = 0; i < sim::moments_count; ++i)
    if (pressure.moments.passed[i] + pressure.moments.cut[i] > 0)
      out["moments"].push_back({{"moment", text_of(sim::moment_at(i))},
                                {"passed", pressure.moments.passed[i]},
                                {"cut", pressure.moments.cut[i]}});
  return out;
}

Json json_of(const Campaign& campaign) {
  Json out{{"scenario", campaign.scenario},
           {"path", campaign.path},
           {"scenario_hash", hex(campaign.scenario_hash)},
           {"outcome", name_of(campaign.outcome)}};
  if (!campaign.why.empty()) out["why"] = campaign.why;
  if (!campaign.expected.empty()) out["expected"] = campaign.expected;
  if (campaign.trace) out["trace"] = json_of(*campaign.trace);
  out["seeds"] = {{"first", hex(campaign.first_seed)},
                  {"end", hex(campaign.end_seed)},
                  {"count", campaign.runs()}};
  if (!campaign.shard.is_whole())
    out["seeds"]["shard"] = {{"number", campaign.shard.number}, {"of", campaign.shard.of}};
  if (campaign.is_single_run) out["single_run"] = true;
  if (campaign.pressure) out["pressure"] = json_of(*campaign.pressure);
  out["threads"] = campaign.threads;
  out["seconds"] = campaign.seconds;
  out["core_seconds"] = campaign.core_seconds;
  out["cuts_per_core_second"] = campaign.cuts_per_core_second();
  out["times_real_time"] = campaign.times_real_time();
  out["counts"] = json_of(campaign.counts);
  out["looked_at"] = looked_at_json(campaign.looked_at);
  out["marks"] = json_of(campaign.marks);
  out["determinism"] = {{"compared", campaign.runs_compared}, {"equal", campaign.runs_equal}};
  out["trace_hash"] = hex(campaign.trace_hash);
  out["violations"] = json_of(campaign.violations);
  out["declared"] = json_of(campaign.declared);
  return out;
}

}  // namespace

std::string json_of(const RunReport& report) {
  Json out{{"schema", "holdfast.report/1"},
           {"kind", "simulation"},
           {"outcome", name_of(report.outcome())}};
  out["campaigns"] = Json::array();
  for (const Campaign& campaign : report.campaigns) out["campaigns"].push_back(json_of(campaign));
  // Paths are bytes of somebody else's: what is not UTF-8 is replaced.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
