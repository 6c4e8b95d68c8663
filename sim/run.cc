#include "sim/run.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/check.h"

namespace holdfast::sim {

namespace {

std::vector<Media> fresh_media(const WorldSpec& spec, Choices& choices) {
  std::vector<Media> media;
  media.reserve(spec.devices.size());
  for (const DiskSpec& disk : spec.devices)
    media.emplace_back(disk, static_cast<std::uint16_t>(media.size()), choices);
  return media;
}

constexpr Nanoseconds time_between_boots = Nanoseconds::of_milliseconds(10'000);

std::optional<StripeAtlas> atlas_of(const WorldSpec& spec, Choices& choices) {
  if (spec.faults.victims != Victims::stripes) return std::nullopt;
  check(spec.profile.raid.has_value(), "only arrays have stripes");
  std::uint32_t block = 0;
  for (const DiskSpec& disk : spec.devices)
    block = std::max(block, disk.limits.physical_block_bytes);
  return StripeAtlas(*spec.profile.raid, spec.device_of_role, block, choices);
}

Adversary adversary_of(const WorldSpec& spec, std::uint32_t operations, Choices& choices) {
  FaultSpec faults = swarmed(spec.faults, choices);
  std::optional<StripeAtlas> atlas = atlas_of(spec, choices);
  return Adversary(faults, spec.devices.size(), spec.journal, operations, std::move(atlas),
                   choices);
}

}  // namespace

Run::Run(const WorldSpec& spec, Choices& choices, std::uint64_t run_number, RunOptions options)
    : spec_(spec),
      options_(options),
      run_number_(run_number),
      trace_(options.keep_all_events),
      choices_(choices, trace_),
      entropy_(choices_),
      workload_(swarmed(spec.workload, choices_)),
      media_(fresh_media(spec, choices_)),
      adversary_(adversary_of(spec, workload_.operations, choices_)),
      crashes_(spec.devices.size()),
      had_unreadable_(spec.devices.size()) {
  if (options.counts_moments || spec.faults.aim) lookout_.emplace(spec);
  events_of_requests_ = events_of_requests();
  spare_superblocks();
}

// Of a device that may not suffer, of a journal, whose superblock has no copy, and over budget.
void Run::spare_superblocks() {
  for (std::size_t i = 0; i < media_.size() && i < spec_.content.size(); ++i) {
    Zone zone;
    zone.content = spec_.content[i];
    zone.is_rest_spared =
        spec_.faults.over_budget || i == spec_.journal || !adversary_.is_victim(i);
    // Of members: behind a journal replay writes them anew, else each stripe may lose what parity replaces.
    zone.loses_blocks = i != spec_.journal && (spec_.journal || adversary_.is_victim(i));
    media_[i].set_zone(zone);
  }
}

RunResult Run::execute() {
  bool goes_on = create() && learn();
  for (std::uint64_t cycle = 0; goes_on && cycle < spec_.faults.cycles; ++cycle) {
    goes_on = work(cycle) && open_and_judge(true, false);
    ++counts_.cycles;
  }
  std::vector<Media> copies;
  bool was_cut = false;
  goes_on = goes_on && settle(was_cut);
  if (goes_on) tell_if_settled();
  if (goes_on && stop()) {
    --counts_.clean_stops;
    // Without a member, and with records of the log gone, more is lost than a volume bears.
    if (!has_rotten_journal()) copies = media_;
    judge_->media_were_copied();
    is_honest_ = true;
    goes_on = open_and_judge(false, true);
    if (goes_on && spec_.profile.raid && !copies.empty()) look_degraded(std::move(copies));
  }
  if (boot_) counts_.events += boot_->events();
  boot_.reset();
  count_misdeeds();
  return result();
}

std::uint64_t Run::events_max() const {
  if (spec_.events_max != 0) return spec_.events_max;
  std::uint64_t pages = 0;
  for (const Media& media : media_) pages += media.limits().sectors.bytes() / page_bytes + 1;
  return 20'000 + std::uint64_t{200} * workload_.operations + events_of_requests_ + 64 * pages;
}

// Those of a trace may be larger than any that is drawn.
std::uint64_t Run::events_of_requests() const {
  if (!workload_.requests) return 0;
  std::uint64_t all_bytes = 0, events = 0;
  for (const Media& media : media_) all_bytes += media.limits().sectors.bytes();
  for (const Request& request : *workload_.requests)
    events += 200 * (std::min(request.bytes, all_bytes) / 65'536);
  return events;
}

void Run::power_on(const std::vector<bool>& present) {
  Lookout* lookout = lookout_ ? &*lookout_ : nullptr;
  if (lookout) lookout->boots(present);
  BootPorts ports{media_, choices_, trace_, entropy_, witness_, options_.onlooker, lookout};
  boot_ = std::make_unique<Boot>(ports, present, adversary_.order(), now_, events_max(), crashes_);
  has_settled_ = false;
  witness_.set_prefix(fmt::format("crash {}: ", crashes()));
}

void Run::begin_errors() {
  for (std::size_t i = 0; i < media_.size(); ++i) {
    Disk* disk = boot_->disk(i);
    if (!disk) continue;
    disk->set_faults(faults_of(i));
    disk->tell_damage([this, i](Extent extent) { deceived(i, extent); });
    if (disk->faults().rollback_ppm > 0) media_[i].remember();
  }
}

// The last life is looked at beside copies of the media that it began with: nothing may change them.
DiskFaults Run::faults_of(std::size_t device) const {
  DiskFaults faults = adversary_.errors_of(device);
  return is_honest_ ? with_silent(faults, {}) : faults;
}

void Run::rot() {
  if (is_honest_) return;
  for (std::size_t i = 0; i < media_.size(); ++i)
    for (Lba sector : adversary_.rot(media_[i])) deceived(i, Extent(sector, Sectors(1)));
}

// Sectors of a device are silently wrong. What of them is data goes to the judge.
void Run::deceived(std::size_t device, Extent extent) {
  if (!spec_.profile.raid) return judge_->silently_damaged(0, extent);
  Extent content = spec_.content[device];
  Lba first = std::max(extent.first, content.first);
  Lba end = std::min(extent.end(), content.end());
  if (device == spec_.journal) {
    if (first < end) log_deceived_at_ = counts_.opens;
    return;
  }
  if (!content.contains(extent)) adversary_.deceived_superblock(device);
  std::optional<unsigned> role = role_of(device);
  if (role && first < end)
    judge_->silently_damaged(*role, Extent(first - Sectors(content.first.value), end - first));
}

// A judge that is lied to while it looks would learn nothing about the volume.
Boot::Outcome Run::read_quietly(oracle::Observation& seen) {
  for (std::size_t i = 0; i < media_.size(); ++i)
    if (Disk* disk = boot_->disk(i)) disk->set_faults(with_silent(disk->faults(), {}));
  Outcome outcome = boot_->read_all(seen);
  for (std::size_t i = 0; i < media_.size(); ++i)
    if (Disk* disk = boot_->disk(i)) disk->set_faults(faults_of(i));
  return outcome;
}

void Run::count_misdeeds() {
  for (std::size_t kind = 0; kind < misdeed_count; ++kind)
    for (const Media& media : media_)
      counts_.misdeeds[kind] += media.misdeeds(static_cast<Misdeed>(kind));
}

void Run::note_errors() {
  for (std::size_t i = 0; i < media_.size(); ++i)
    if (const Disk* disk = boot_->disk(i); disk && disk->has_erred()) adversary_.erred(i);
}

void Run::power_off(CycleEnd how) {
  note_errors();
  if (lookout_ && how == CycleEnd::power_cut) lookout_->cut();
  for (std::size_t i = 0; i < media_.size(); ++i) {
    const Disk* disk = boot_->disk(i);
    if (disk && disk->is_gone()) adversary_.dropped(i);
    power_was_lost_ |= disk && disk->has_lost_writes();
    had_failed_journal_ |= i == spec_.journal && disk && disk->has_failed();
  }
  for (unsigned role : missing_roles()) missing_before_.push_back(role);
  counts_.devices_lost += boot_->drops();
  if (how == CycleEnd::host_crash) {
    boot_->host_crash();
    ++counts_.host_crashes;
  } else {
    boot_->power_cut();
    (how == CycleEnd::power_cut ? counts_.power_cuts : counts_.clean_stops) += 1;
  }
  bool is_crash = how != CycleEnd::clean_stop;
  bool lost_power = how == CycleEnd::power_cut || power_was_lost_;
  for (std::size_t i = 0; i < media_.size(); ++i)
    if (media_[i].has_torn_rest()) adversary_.deceived_superblock(i);
  if (is_crash && history_)
    history_->crash(lost_power ? oracle::Crash::power : oracle::Crash::host);
  counts_.events += boot_->events();
  if (options_.keep_all_events) record_end(how);
  now_ = boot_->clock().now() + time_between_boots;
  if (options_.onlooker) options_.onlooker->went_down(boot_->point(), media_, crashes_.fates);
  boot_.reset();
  report_cut();
}

void Run::record_end(CycleEnd how) {
  EventKind kind = how == CycleEnd::power_cut    ? EventKind::power_cut
                   : how == CycleEnd::host_crash ? EventKind::host_crash
                                                 : EventKind::clean_stop;
  record_.ends.push_back({boot_->clock().now().value, kind, crashes_.fates});
}

// Tells what kept a step from its end, and ends the boot.
void Run::reach(Outcome outcome, std::string_view what, bool& was_cut) {
  was_cut = outcome == Outcome::cut;
  if (!was_cut && spec_.faults.over_budget) return;
  if (was_cut) {
    ++counts_.power_cuts_in_recovery;
    had_ill_replay_ |= what == "open" && has_journal_failed();
    return power_off(CycleEnd::power_cut);
  }
  oracle::Judge::stuck(what, boot_->events(), judgement_);
  note_findings();
}

// True if the volume is to be opened again: when its journal is back, or well, or without a device whose superblock a fault
// has hit.
bool Run::refuse(const OpenError& error) {
  note_errors();
  bool is_refused = error.kind == OpenError::Kind::refused;
  if (is_refused && (adversary_.is_journal_away() || has_journal_failed())) {
    ++counts_.refusals_without_journal;
    had_ill_replay_ |= has_journal_failed();
    power_off(CycleEnd::host_crash);
    --counts_.host_crashes;  // nothing was running
    return true;
  }
  if (!is_refused && adversary_.leaves_out()) {
    ++counts_.devices_lost;
    power_off(CycleEnd::host_crash);
    --counts_.host_crashes;  // nothing was running
    return true;
  }
  bool is_redundant =
      spec_.journal && judge_ && !judge_->is_any_stripe_excused() && !had_ill_replay_;
  bool is_dirty_degraded = spec_.may_refuse_dirty_degraded && is_refused &&
                           adversary_.has_struck(media_) && !is_redundant;
  // The place where recovery begins may be among the sectors that can't be read.
  if (is_dirty_degraded || had_damaged_journal_ || has_rotten_journal() ||
      spec_.faults.over_budget) {
    ++counts_.refusals;
    return false;
  }
  oracle::Judge::refused(error.message, judgement_);
  note_findings();
  return false;
}

// A command, in this boot.
bool Run::has_journal_failed() const {
  const Disk* journal = spec_.journal ? boot_->disk(*spec_.journal) : nullptr;
  return journal && journal->has_failed();
}

// What its devices told before the volume was last judged can't be told from what they do now: that life's own log counts.
bool Run::has_rotten_journal() const {
  return log_deceived_at_ && *log_deceived_at_ >= judged_open_;
}

// It failed now, or has failed before and the volume goes on without it.
bool Run::is_journal_lost() const {
  if (!spec_.journal) return false;
  const Disk* disk = boot_->disk(*spec_.journal);
  if (!disk || disk->has_failed()) return true;
  if (!had_failed_journal_) return false;
  std::vector<std::size_t> missing = boot_->volume().missing_devices();
  return std::find(missing.begin(), missing.end(), *spec_.journal) != missing.end();
}

bool Run::create() {
  power_on(std::vector<bool>(media_.size(), true));
  std::optional<CreateResult> created;
  Outcome outcome = boot_->create(spec_.create, created);
  bool was_cut = false;
  if (outcome != Outcome::reached) return reach(outcome, "create", was_cut), false;
  if (!*created) return refuse(created->error()), false;
  // What create made is durable: the machine may go off at once.
  power_off(CycleEnd::power_cut);
  --counts_.power_cuts;
  return true;
}

bool Run::learn() {
  power_on(std::vector<bool>(media_.size(), true));
  std::optional<OpenError> refusal;
  bool was_cut = false;
  Outcome outcome = boot_->open(spec_.open, refusal);
  if (outcome != Outcome::reached) return reach(outcome, "the first open", was_cut), false;
  if (refusal) return refuse(*refusal), false;
  ++counts_.opens;
  const DeviceLimits& limits = limits_ = boot_->volume().device().limits();
  oracle::Profile profile = spec_.profile.with(limits);
  history_ = std::make_unique<oracle::History>(run_number_, profile);
  if (options_.onlooker)
    history_->tell([this](const oracle::HistoryEvent& event) {
      options_.onlooker->client_request(boot_->point(), event);
    });
  judge_ = std::make_unique<oracle::Judge>(*history_, profile);
  if (adversary_.settles(counts_.opens) && !settle(was_cut)) return false;
  seen_ = std::make_unique<oracle::Observation>(history_->payload(), limits.sectors);
  outcome = boot_->read_all(*seen_);
  if (outcome != Outcome::reached) return reach(outcome, "the first read", was_cut), false;
  history_->learn(*seen_);
  if (options_.onlooker) options_.onlooker->volume_seen(boot_->point(), *seen_);
  tell_if_settled();
  recovery_events_ = std::max<std::uint64_t>(boot_->events(), 2);
  begin_errors();
  return true;
}

bool Run::settle(bool& was_cut) {
  std::optional<IoResult> settled;
  Outcome outcome = boot_->settle(settled);
  if (outcome != Outcome::reached) return reach(outcome, "settling", was_cut), false;
  has_settled_ = settled->has_value();
  // A volume whose journal has failed takes no writes, a resync's among them: it is what it is.
  if (has_settled_ || is_journal_lost()) return true;
  if (spec_.faults.over_budget) return false;
  oracle::Judge::unexpected_error("settling", Extent(), settled->error(), judgement_);
  note_findings();
  return false;
}

}  // namespace holdfast::sim
