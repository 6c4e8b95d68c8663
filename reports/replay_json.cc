#include "reports/json_parts.h"
#include "reports/replay.h"

namespace holdfast::reports {
namespace {

std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json json_of(const BlockHistory& block) {
  Json versions = Json::array();
  for (const BlockVersion& version : block.versions)
    versions.push_back({{"event", version.event}, {"text", version.text}});
  return {{"block", block.block}, {"places", block.places}, {"versions", versions}};
}

Json json_of(const Explanation& why) {
  Json devices = Json::array();
  for (const DeviceHistory& device : why.devices)
    devices.push_back({{"device", device.device}, {"events", device.events}});
  return {{"sentences", why.sentences},
          {"operations", why.operations},
          {"block", json_of(why.block)},
          {"devices", devices},
          {"records", why.records}};
}

}  // namespace

std::string json_of(const Replay& replay) {
  Json out{{"schema", "holdfast.report/1"},      {"kind", "replay"},
           {"outcome", name_of(replay.outcome)}, {"failure", replay.file},
           {"scenario", replay.scenario},        {"run", hex(replay.run_number)},
           {"signature", replay.signature}};
  if (!replay.story.empty())
    out["found"] = {{"verdict", replay.verdict}, {"crash", replay.crash}, {"story", replay.story}};
  out["choices"] = {{"matched", replay.matched}, {"unmatched", replay.unmatched}};
  if (replay.is_explained) out["explanation"] = json_of(replay.explanation);
  out["blocks"] = Json::array();
  for (const BlockHistory& block : replay.blocks) out["blocks"].push_back(json_of(block));
  out["events"] = replay.events;
  return dumped(out);
}

std::string json_of(const Shrunk& shrunk) {
  return dumped(
      {{"schema", "holdfast.report/1"},
       {"kind", "shrinking"},
       {"failure", shrunk.file},
       {"signature", shrunk.signature},
       {"done", shrunk.is_done},
       {"operations", {{"before", shrunk.operations_before}, {"after", shrunk.operations}}},
       {"choices", {{"before", shrunk.choices_before}, {"after", shrunk.choices}}},
       {"runs", shrunk.runs},
       {"seconds", shrunk.seconds},
       {"story", shrunk.story},
       {"repro", shrunk.repro}});
}

}  // namespace holdfast::reports
