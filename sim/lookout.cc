#include "sim/lookout.h"

#include <algorithm>

#include "oracle/raid_shape.h"

namespace holdfast::sim {

void Lookout::boots(const std::vector<bool>& present) {
  for (std::size_t i = 0; i < present.size(); ++i) is_missing_[i] = !present[i];
  is_looking_ = false;
}

void Lookout::begins(Phase phase) {
  moment_.phase = phase;
  is_looking_ = true;
  is_new_ = was_any_ = false;
  aim_.reset();
}

void Lookout::aim(const Moment& moment, std::uint64_t nth) {
  aim_ = moment;
  times_left_ = nth;
}

void Lookout::accessed(std::uint16_t device, EventKind request, Extent extent, bool has_ended) {
  if (!is_looking_) return;
  moment_.access = access_of(device, request, extent.first);
  moment_.has_ended = has_ended;
  is_new_ = was_any_ = true;
}

bool Lookout::step() {
  if (!is_looking_ || !std::exchange(is_new_, false)) return false;
  moment_.missing = missing();
  ++counts_.passed[number_of(moment_)];
  if (aim_ != moment_ || times_left_-- > 0) return false;
  aim_.reset();
  return true;
}

void Lookout::cut() {
  if (is_looking_ && was_any_) ++counts_.cut[number_of(moment_)];
  is_looking_ = false;
}

Access Lookout::access_of(std::uint16_t device, EventKind request, Lba first) const {
  bool is_log = device == spec_.journal;
  if (request == EventKind::submit_read) return Access::read;
  if (request == EventKind::submit_flush)
    return is_log ? Access::flush_of_log : Access::flush_of_member;
  if (!spec_.profile.raid) return Access::data;
  Extent content = spec_.content[device];
  if (first < content.first || first >= content.end()) return Access::superblock;
  if (is_log) return Access::log;
  const oracle::RaidShape& shape = *spec_.profile.raid;
  oracle::Row row = row_of(shape, (first - content.first).bytes() / shape.chunk_bytes);
  auto holds = [&](unsigned role) {
    return role != oracle::Row::none &&
           device == (spec_.device_of_role.empty() ? role : spec_.device_of_role[role]);
  };
  return holds(row.p) || holds(row.q) ? Access::parity : Access::data;
}

Missing Lookout::missing() const {
  if (spec_.journal && is_missing_[*spec_.journal]) return Missing::journal;
  auto members = std::count(is_missing_.begin(), is_missing_.end(), true);
  return members == 0 ? Missing::none : members == 1 ? Missing::member : Missing::members;
}

}  // namespace holdfast::sim
