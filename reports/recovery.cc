#include "reports/recovery.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::reports {
namespace {

std::string outcome_of(const Recovery& recovery) {
  if (!recovery.was_opened) return "not opened";
  if (recovery.is_read_only) return "opened; the devices were only read";
  if (!recovery.is_stopped) return "opened, but not stopped cleanly";
  if (!recovery.is_settled)
    return "stopped cleanly before resync was through; the next run goes on there";
  return recovery.members_missing == 0 ? "in sync and stopped cleanly"
                                       : "degraded, and stopped cleanly";
}

}  // namespace

std::string text_of(const Recovery& recovery) {
  std::string out = fmt::format("volume: {}\n", outcome_of(recovery));
  if (recovery.was_opened) {
    out += fmt::format(
        "  {} bytes, {} of its members missing\n", recovery.size.bytes(),
        recovery.members_missing == 0 ? "none" : std::to_string(recovery.members_missing));
    if (!recovery.missing.empty())
      out += fmt::format("  not used: {}\n", fmt::join(recovery.missing, ", "));
  }
  if (!recovery.exported_to.empty()) out += fmt::format("  exported to {}\n", recovery.exported_to);
  if (recovery.was_interrupted) out += "  interrupted\n";
  if (!recovery.error.empty()) out += fmt::format("  {}\n", recovery.error);
  return out;
}

std::string json_of(const Recovery& recovery) {
  nlohmann::ordered_json out{{"schema", "holdfast.report/1"},
                             {"kind", "recovery"},
                             {"outcome", outcome_of(recovery)},
                             {"devices", recovery.devices},
                             {"missing", recovery.missing},
                             {"members_missing", recovery.members_missing},
                             {"read_only", recovery.is_read_only},
                             {"opened", recovery.was_opened},
                             {"settled", recovery.is_settled},
                             {"stopped", recovery.is_stopped},
                             {"interrupted", recovery.was_interrupted},
                             {"bytes", recovery.size.bytes()},
                             {"notes", recovery.notes}};
  if (!recovery.exported_to.empty()) out["exported_to"] = recovery.exported_to;
  if (!recovery.error.empty()) out["error"] = recovery.error;
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
