#include "reports/recovery.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::reports {
namespace {

std::string outcome_of(const Recovery& recovery) {
  if (!recovery.was_opened) return "not opened";
  if (recovery.is_read_only) return "opened; the devices were only read";
  if (!recovery.is_stopped) return "opened, but not stopped cleanly";
  return recovery.is_settled
             ? "in sync and stopped cleanly"
             : "stopped cleanly before resync was through; the next run goes on there";
}

}  // namespace

std::string text_of(const Recovery& recovery) {
  std::string out = fmt::format("volume: {}\n", outcome_of(recovery));
  if (recovery.was_opened)
    out += fmt::format("  {} bytes on {} devices, {} missing{}{}\n", recovery.size.bytes(),
                       recovery.devices.size(), recovery.missing.size(),
                       recovery.missing.empty() ? "" : ": ", fmt::join(recovery.missing, ", "));
  if (!recovery.exported_to.empty()) out += fmt::format("  exported to {}\n", recovery.exported_to);
  if (recovery.was_interrupted) out += "  interrupted\n";
  if (!recovery.error.empty()) out += fmt::format("  {}\n", recovery.error);
  return out;
}

std::string json_of(const Recovery& recovery) {
  nlohmann::ordered_json out{
      {"schema", "holdfast.report/1"},   {"kind", "recovery"},
      {"outcome", outcome_of(recovery)}, {"devices", recovery.devices},
      {"missing", recovery.missing},     {"read_only", recovery.is_read_only},
      {"opened", recovery.was_opened},   {"settled", recovery.is_settled},
      {"stopped", recovery.is_stopped},  {"interrupted", recovery.was_interrupted},
      {"bytes", recovery.size.bytes()},  {"notes", recovery.notes}};
  if (!recovery.exported_to.empty()) out["exported_to"] = recovery.exported_to;
  if (!recovery.error.empty()) out["error"] = recovery.error;
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
