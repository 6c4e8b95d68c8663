// Opening after a crash, as often as it is cut, and judging what came back.

#include <algorithm>

#include <fmt/format.h>

#include "sim/run.h"

namespace holdfast::sim {

namespace {

// The members' media as the oracle reads them: raw, what the volume would be served.
class Images final : public oracle::MemberImages {
 public:
  Images(const std::vector<Media>& media, const std::vector<std::size_t>& device_of_role)
      : media_(media), device_of_role_(device_of_role) {}

  Bytes read(unsigned role, std::uint64_t offset, std::uint64_t bytes,
             MutableBytes scratch) override {
    const Media& media = media_[device_of_role_.empty() ? role : device_of_role_[role]];
    std::uint64_t in_page = offset % page_bytes;
    if (in_page + bytes <= page_bytes) return {media.visible(offset / page_bytes) + in_page, bytes};
    for (std::uint64_t done = 0; done < bytes;) {
      in_page = (offset + done) % page_bytes;
      std::uint64_t part = std::min(page_bytes - in_page, bytes - done);
      std::copy_n(media.visible((offset + done) / page_bytes) + in_page, part,
                  scratch.begin() + static_cast<std::ptrdiff_t>(done));
      done += part;
    }
    return scratch.first(bytes);
  }

 private:
  const std::vector<Media>& media_;
  const std::vector<std::size_t>& device_of_role_;
};

}  // namespace

std::size_t Run::device_of(unsigned role) const {
  return spec_.device_of_role.empty() ? role : spec_.device_of_role[role];
}

std::optional<unsigned> Run::role_of(std::size_t device) const {
  for (unsigned role = 0; role < spec_.profile.raid->raid_disks; ++role)
    if (device_of(role) == device) return role;
  return std::nullopt;
}

std::vector<unsigned> Run::missing_roles() const {
  std::vector<unsigned> roles;
  if (!spec_.profile.raid || !boot_->has_volume()) return roles;
  std::vector<std::size_t> missing = boot_->volume().missing_devices();
  for (unsigned role = 0; role < spec_.profile.raid->raid_disks; ++role)
    if (std::find(missing.begin(), missing.end(), device_of(role)) != missing.end())
      roles.push_back(role);
  return roles;
}

// No stripe is left whose parity may not match what was seen last. Not so if a member went since: then nothing made its
// parity right; nor with one member of a RAID-6 missing: P and Q may tell two stories.
void Run::tell_if_settled() {
  std::vector<unsigned> missing = missing_roles();
  bool has_one_story = missing.empty() || missing.size() == spec_.profile.raid->parity_disks();
  if (!has_settled_ || !has_one_story || missing != seen_missing_) return;
  judge_->redundancy_settled();
  had_ill_replay_ = false;
}

void Run::look_for_unreadable() {
  for (std::size_t i = 0; i < media_.size(); ++i) {
    std::vector<Lba> bad = media_[i].unreadable();
    had_unreadable_[i].insert(had_unreadable_[i].end(), bad.begin(), bad.end());
  }
}

std::vector<oracle::MemberPlace> Run::unreadable_places() const {
  std::vector<oracle::MemberPlace> places;
  if (!spec_.profile.raid) return places;
  for (unsigned role = 0; role < spec_.profile.raid->raid_disks; ++role) {
    std::uint64_t data_offset = spec_.profile.raid->data_offset_bytes[role];
    for (Lba bad : had_unreadable_[device_of(role)])
      if (std::uint64_t byte = bad.value * sector_bytes; byte >= data_offset)
        places.push_back({role, byte - data_offset});
  }
  return places;
}

oracle::Opening Run::opening() {
  oracle::Opening opening;
  opening.missing = missing_roles();
  opening.missing_before = missing_before_;
  look_for_unreadable();
  opening.unreadable = unreadable_places();
  opening.has_damaged_journal = had_damaged_journal_;
  opening.has_rotten_journal = has_rotten_journal();
  opening.is_over_budget = spec_.faults.over_budget;
  opening.cut = &cut_;
  return opening;
}

// The fates of this crash, and of those before it that nobody has judged yet, for the story.
void Run::report_cut() {
  for (std::size_t device = 0; device < crashes_.fates.size(); ++device) {
    unsigned member = static_cast<unsigned>(device);
    for (std::size_t role = 0; role < spec_.device_of_role.size(); ++role)
      if (spec_.device_of_role[role] == device) member = static_cast<unsigned>(role);
    for (const Fate& fate : crashes_.fates[device])
      cut_.fragments.emplace_back(member, fate.extent.first.value * sector_bytes,
                                  fate.extent.count.bytes(), fate.landed);
  }
  crashes_.forget_fates();
}

void Run::note_findings() {
  for (; findings_noted_ < judgement_.findings.size(); ++findings_noted_)
    record_.found_at.push_back(note(judgement_.findings[findings_noted_], false));
  for (; declared_noted_ < judgement_.declared.size(); ++declared_noted_)
    record_.declared_at.push_back(note(judgement_.declared[declared_noted_], true));
}

// When it was found.
std::uint64_t Run::note(oracle::Finding& finding, bool is_declared) {
  finding.crash = crashes();
  TracePoint now{trace_.events(), boot_ ? boot_->clock().now() : now_};
  if (options_.onlooker) options_.onlooker->found(now, finding, is_declared);
  return now.instant.value;
}

bool Run::open_and_judge(bool may_be_cut, bool must_settle) {
  for (std::uint32_t cuts = 0;; ++cuts) {
    bool was_cut = false;
    std::optional<Phase> phase;
    if (may_be_cut && cuts < spec_.faults.recovery_cuts_max)
      phase = cuts == 0 ? Phase::recovery : Phase::again;
    if (open_once(phase, must_settle, was_cut)) return true;
    if (!was_cut) return false;
  }
}

void Run::plan_recovery_cut(Phase phase, std::uint64_t nth) {
  const std::optional<Moment>& aim = spec_.faults.aim;
  if (lookout_ && spec_.faults.recovery_cut_ppm > 0) lookout_->begins(phase);
  if (aim && aim->phase == phase)
    return lookout_->aim(*aim, adversary_.passes_of(Family::recovery_cut, nth));
  if (aim && aim->phase == Phase::resync) return;
  if (auto events = adversary_.recovery_cut(nth, recovery_events_ + recovery_events_ / 4))
    boot_->cut_after(*events);
}

// It is open: what still may be cut are the resync and the look at it.
void Run::plan_resync_cut(std::uint64_t nth) {
  if (!lookout_ || !lookout_->is_looking()) return;
  lookout_->begins(Phase::resync);
  const std::optional<Moment>& aim = spec_.faults.aim;
  if (aim && aim->phase == Phase::resync)
    lookout_->aim(*aim, adversary_.passes_of(Family::recovery_cut, nth));
}

// True if it was opened and judged. `may_be_cut`: in which phase the power may go.
bool Run::open_once(std::optional<Phase> may_be_cut, bool must_settle, bool& was_cut) {
  std::vector<bool> present = adversary_.devices_at_open(media_, counts_);
  rot();
  look_for_unreadable();
  had_damaged_journal_ |= adversary_.was_journal_damaged();
  had_failed_journal_ |= had_damaged_journal_;
  power_on(present);
  begin_errors();
  std::uint64_t nth = ++counts_.opens;
  if (may_be_cut) plan_recovery_cut(*may_be_cut, nth);
  std::optional<OpenError> refusal;
  Outcome outcome = boot_->open(spec_.open, refusal);
  if (outcome != Outcome::reached) return reach(outcome, "open", was_cut), false;
  if (refusal) return was_cut = refuse(*refusal), false;
  plan_resync_cut(nth);
  bool settles = must_settle || adversary_.settles(nth);
  if (settles && !settle(was_cut)) return false;
  if (!judge_once(was_cut)) return false;
  bool looks_again = !settles && choices_.choose(Key(Family::view, nth, 1), 4) == 3;
  if (looks_again && !look_again(was_cut)) return false;
  recovery_events_ = std::max<std::uint64_t>(boot_->events(), 2);
  boot_->cut_after(Boot::never - boot_->events());
  if (lookout_) lookout_->rests();
  return true;
}

bool Run::judge_once(bool& was_cut) {
  seen_->clear();
  std::vector<unsigned> missing_at_first = missing_roles();
  Outcome outcome = read_quietly(*seen_);
  if (outcome != Outcome::reached) return reach(outcome, "reading the volume", was_cut), false;
  if (options_.onlooker) options_.onlooker->volume_seen(boot_->point(), *seen_);
  oracle::Opening now = opening();
  judge_->recovery(*seen_, now, judgement_);
  seen_missing_ = now.missing;
  if (now.missing != missing_at_first) seen_missing_.reset();
  tell_if_settled();
  compare_members(*seen_);
  note_findings();
  adversary_.volume_misses(boot_->volume().missing_devices());
  cut_.fragments.clear();
  power_was_lost_ = false;
  missing_before_.clear();
  had_unreadable_.assign(media_.size(), {});
  had_damaged_journal_ = false;
  judged_open_ = counts_.opens;
  return true;
}

// R3 and R6 once more, when the work in the background is over.
bool Run::look_again(bool& was_cut) {
  if (!settle(was_cut)) return false;
  oracle::Observation again(history_->payload(), seen_->sectors());
  Outcome outcome = read_quietly(again);
  if (outcome != Outcome::reached)
    return reach(outcome, "reading the volume again", was_cut), false;
  judge_->reread(*seen_, again, opening(), judgement_);
  tell_if_settled();
  compare_members(again);
  note_findings();
  return true;
}

void Run::compare_members(const oracle::Observation& seen) {
  if (!spec_.profile.raid) return;
  Images images(media_, spec_.device_of_role);
  judge_->redundancy(images, missing_roles(), seen, judgement_);
}

bool Run::stop() {
  std::optional<IoResult> stopped;
  bool was_cut = false;
  Outcome outcome = boot_->stop(stopped);
  if (outcome != Outcome::reached) return reach(outcome, "a clean stop", was_cut), false;
  if (!*stopped) {
    if (spec_.faults.over_budget) return false;
    oracle::Judge::unexpected_error("stop", Extent(), stopped->error(), judgement_);
    note_findings();
    return false;
  }
  history_->clean_stop();
  power_off(CycleEnd::clean_stop);
  return true;
}

// R5a: the volume after a clean stop, opened on copies of its media without as many members as parity replaces.
void Run::look_degraded(std::vector<Media> copies) {
  std::vector<unsigned> missing = missing_roles();
  unsigned disks = spec_.profile.raid->raid_disks;
  if (missing.size() >= spec_.profile.raid->parity_disks()) return;
  std::vector<bool> present(copies.size(), true);
  for (unsigned role : missing) present[device_of(role)] = false;
  for (std::uint32_t n = 0; missing.size() < spec_.profile.raid->parity_disks(); ++n) {
    auto role = static_cast<unsigned>(choices_.choose(Key(Family::view, n), disks));
    while (!present[device_of(role)]) role = (role + 1) % disks;
    present[device_of(role)] = false;
    missing.push_back(role);
  }
  std::sort(missing.begin(), missing.end());
  for (Media& media : copies)
    media.make_all_readable();  // a bad sector beside a missing member is over the budget

  CrashRecord crashes(copies.size());
  Witness witness;  // what marks the world itself reaches by looking, the run has not reached
  BootPorts ports{copies, choices_, trace_, entropy_, witness};
  Boot view(ports, present, adversary_.order(), now_, events_max(), crashes);
  std::optional<OpenError> refusal;
  oracle::Observation degraded(history_->payload(), seen_->sectors());
  Outcome outcome = view.open(spec_.open_view ? spec_.open_view : spec_.open, refusal);
  if (refusal) {
    oracle::Judge::refused("degraded view: " + refusal->message, judgement_);
  } else if (outcome != Outcome::reached || view.read_all(degraded) != Outcome::reached) {
    oracle::Judge::stuck("a degraded view", view.events(), judgement_);
  } else {
    judge_->degraded_view(*seen_, degraded, missing, judgement_);
  }
  counts_.events += view.events();
  for (const std::string& sentence : witness.notes()) witness_.note("degraded view: " + sentence);
  note_findings();
}

}  // namespace holdfast::sim
