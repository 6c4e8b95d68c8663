#include "drivers/cli/exercise/referee.h"

#include <algorithm>

#include "drivers/cli/exercise/member_files.h"

namespace holdfast::drivers {

void Referee::meet(const DeviceLimits& limits) {
  if (history_) {
    check(limits.sectors == history_->sectors(), "a volume keeps its size");
    return;
  }
  oracle::Profile profile = setup_.promise.with(limits);
  history_ = std::make_unique<oracle::History>(setup_.run, profile);
  judge_ = std::make_unique<oracle::Judge>(*history_, profile);
}

oracle::Observation Referee::blank() const { return {history_->payload(), history_->sectors()}; }

void Referee::pin(const oracle::Observation& seen) {
  if (has_learnt_)
    history_->recovered(seen);
  else
    history_->learn(seen);
  has_learnt_ = true;
}

void Referee::judge(const oracle::Observation& seen, const LookCircumstances& look) {
  oracle::Opening opening;
  opening.missing = roles_of(look.missing_devices);
  opening.missing_before = failed_since_;
  if (has_learnt_) {
    judge_->recovery(seen, opening, judgement_);
  } else {
    pin(seen);
    if (!opening.missing.empty()) history_->member_lost();
  }
  failed_since_.clear();
  if (look.is_settled && opening.missing.empty()) judge_->redundancy_settled();
  if (look.is_first_of_life && setup_.array) compare_members(seen, opening.missing);
  note_findings();
}

void Referee::compare_members(const oracle::Observation& seen,
                              const std::vector<unsigned>& missing) {
  std::vector<std::string> paths;
  for (std::size_t device : setup_.array->device_of_role)
    paths.push_back(device == ArrayPlace::nobody ? "" : setup_.devices[device].path);
  for (unsigned role : missing) paths[role].clear();
  MemberFiles members(paths);
  oracle::Judgement compared;
  judge_->redundancy(members, missing, seen, compared);
  if (members.problem().empty())
    judgement_.append(std::move(compared));
  else if (problem_.empty())
    problem_ = members.problem();
}

void Referee::device_failed(std::size_t device) {
  for (unsigned role : roles_of({device})) failed_since_.push_back(role);
}

std::vector<unsigned> Referee::roles_of(const std::vector<std::size_t>& devices) const {
  std::vector<unsigned> roles;
  if (!setup_.array) return roles;
  const std::vector<std::size_t>& device_of = setup_.array->device_of_role;
  for (unsigned role = 0; role < device_of.size(); ++role)
    if (device_of[role] == ArrayPlace::nobody || std::ranges::count(devices, device_of[role]) > 0)
      roles.push_back(role);
  return roles;
}

void Referee::note_findings() {
  for (; findings_noted_ < judgement_.findings.size(); ++findings_noted_)
    judgement_.findings[findings_noted_].crash = kills_;
  for (; declared_noted_ < judgement_.declared.size(); ++declared_noted_)
    judgement_.declared[declared_noted_].crash = kills_;
}

}  // namespace holdfast::drivers
