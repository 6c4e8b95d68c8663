#include "sim/adversary.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace holdfast::sim {

namespace {

constexpr std::uint32_t always = 1'000'000;

// For each bad sector of victims by stripes: most that are drawn are another member's.
constexpr std::uint64_t tries_by_stripes = 8;

// Asked only of kinds that there are: each kind is off in one of four runs.
void swarm_silent(FaultSpec& spec, Choices& choices) {
  std::uint32_t knob = 200;
  for (std::uint32_t* rate :
       {&spec.bit_rot_ppm, &spec.errors.stall_ppm, &spec.errors.lying_flush_ppm,
        &spec.errors.lying_fua_ppm, &spec.errors.rollback_ppm, &spec.errors.lost_write_ppm,
        &spec.errors.misdirected_write_ppm, &spec.errors.misdirected_read_ppm}) {
    ++knob;
    if (*rate > 0 && choices.choose(Key(Family::swarm, 0, knob), 4) == 3) *rate = 0;
  }
}

}  // namespace

FaultSpec swarmed(FaultSpec spec, Choices& choices) {
  if (!spec.swarm) return spec;
  std::uint32_t knob = 100;
  for (std::uint32_t* rate :
       {&spec.device_loss_ppm, &spec.skew_ppm, &spec.absent_ppm, &spec.bad_sector_ppm,
        &spec.errors.read_error_ppm, &spec.errors.write_error_ppm, &spec.errors.flush_error_ppm})
    if (choices.choose(Key(Family::swarm, 0, knob++), 4) == 3) *rate = 0;
  swarm_silent(spec, choices);
  switch (choices.choose(Key(Family::swarm, 0, knob++), 4)) {
    case 2: spec.settle_ppm = spec.settle_ppm == always ? always : spec.settle_ppm / 4; break;
    case 3: spec.settle_ppm = always - (always - spec.settle_ppm) / 4; break;
    default: break;
  }
  return spec;
}

Adversary::Adversary(const FaultSpec& spec, std::size_t devices, std::optional<std::size_t> journal,
                     std::uint32_t operations, std::optional<StripeAtlas> atlas, Choices& choices)
    : spec_(spec),
      journal_(journal),
      operations_(operations),
      atlas_(std::move(atlas)),
      choices_(choices),
      is_victim_(devices),
      lost_(devices),
      has_erred_(devices),
      has_wrong_superblock_(devices),
      is_left_out_(devices) {
  check(spec.max_degraded < devices || spec.max_degraded == 0, "some device stays well");
  std::vector<std::size_t> well;
  for (std::size_t device = 0; device < devices; ++device)
    if (may_suffer(device)) well.push_back(device);
  std::uint32_t victims = spec.max_degraded - (atlas_ && spec.max_degraded > 0);
  for (std::uint32_t n = 0; n < victims && !well.empty(); ++n) {
    auto chosen =
        static_cast<std::ptrdiff_t>(choices.choose(Key(Family::device_loss, n, 100), well.size()));
    is_victim_[well[static_cast<std::size_t>(chosen)]] = true;
    well.erase(well.begin() + chosen);
  }
  if (spec.demotes_devices)
    order_ = CompletionOrder::by_priority;
  else if (choices.choose(Key(Family::swarm, 6), 2) == 1)
    order_ = CompletionOrder::any;
}

bool Adversary::may_suffer(std::size_t device) const {
  switch (spec_.victims) {
    case Victims::any: return true;
    case Victims::members:
    case Victims::stripes: return device != journal_;
    case Victims::journal: return device == journal_;
  }
  check(false, "victims are any devices, members or the journal");
  return false;
}

// Near an operation's submit most often, and any number of events later.
Instant Adversary::choose_instant(Family family, std::uint64_t cycle) const {
  Instant instant;
  instant.operation = static_cast<std::uint32_t>(
      choices_.choose(Key(family, cycle, 1), std::uint64_t{operations_} + 1));
  std::uint64_t scale = choices_.choose(Key(family, cycle, 2), 4);
  instant.events = choices_.choose(Key(family, cycle, 3), std::uint64_t{4} << 2 * scale);
  return instant;
}

std::optional<std::size_t> Adversary::well_victim(Key key) const {
  std::vector<std::size_t> well;
  for (std::size_t i = 0; i < lost_.size(); ++i)
    if (is_victim_[i] && !lost_[i]) well.push_back(i);
  if (well.empty()) return std::nullopt;
  return well[choices_.choose(key, well.size())];
}

CyclePlan Adversary::plan(std::uint64_t cycle) {
  CyclePlan plan;
  std::uint64_t weights =
      std::uint64_t{spec_.power_cut_weight} + spec_.host_crash_weight + spec_.clean_stop_weight;
  check(weights > 0, "a cycle ends somehow");
  std::uint64_t end = choices_.choose(Key(Family::cycle_end, cycle), weights);
  if (end >= spec_.power_cut_weight) {
    bool is_host = end - spec_.power_cut_weight < spec_.host_crash_weight;
    plan.end = is_host ? CycleEnd::host_crash : CycleEnd::clean_stop;
  }
  plan.instant = choose_instant(Family::cut_instant, cycle);
  if (choices_.chance(Key(Family::device_loss, cycle), spec_.device_loss_ppm)) {
    plan.lost = well_victim(Key(Family::device_loss, cycle, 4));
    plan.lost_at = choose_instant(Family::device_loss, cycle);
  } else if (plan.end == CycleEnd::power_cut &&
             choices_.chance(Key(Family::device_loss, cycle, 5), spec_.skew_ppm)) {
    plan.first_dark = well_victim(Key(Family::device_loss, cycle, 6));
    plan.dark_events = choices_.choose(Key(Family::device_loss, cycle, 7), plan.instant.events + 1);
  }
  return plan;
}

// A3 and A4.
bool Adversary::is_journal_present(std::uint64_t nth_open, RunCounts& counts) {
  bool was_lost = std::exchange(is_journal_away_, false) || lost_[*journal_];
  lost_[*journal_] = false;
  auto device = static_cast<std::uint16_t>(*journal_);
  is_journal_away_ =
      !was_lost &&
      choices_.chance(Key(Family::device_return, device, 0, nth_open, 1), spec_.absent_ppm);
  counts.devices_returned += was_lost;
  counts.devices_lost += is_journal_away_;
  return !is_journal_away_;
}

// A5.
bool Adversary::may_damage_log() const {
  return spec_.victims == Victims::journal && spec_.power_cut_weight == 0;
}

bool Adversary::leaves_out() {
  for (std::size_t i = 0; i < lost_.size(); ++i) {
    if (!has_wrong_superblock_[i] || is_left_out_[i]) continue;
    is_left_out_[i] = lost_[i] = true;
    return true;
  }
  return false;
}

// A6.
bool Adversary::may_deceive(std::size_t device) const {
  if (spec_.over_budget) return true;
  return is_victim_[device] && (device != journal_ || may_damage_log());
}

// A9.
bool Adversary::may_hit(std::size_t device, Lba sector) const {
  return is_victim_[device] || !atlas_ || atlas_->may_hit(device, sector);
}

std::vector<Lba> Adversary::rot(Media& media) {
  std::vector<Lba> rotten;
  auto key = [&](std::uint32_t part) {
    return Key(Family::bit_rot, media.number(), 0, opens_, part);
  };
  bool may_rot = may_deceive(media.number()) || atlas_;
  if (!may_rot || !choices_.chance(key(0), spec_.bit_rot_ppm)) return rotten;
  std::uint64_t sectors = 1 + choices_.choose(key(1), 8);
  for (std::uint32_t n = 0; n < sectors; ++n) {
    Lba sector(choices_.choose(key(2 + 2 * n), media.limits().sectors.value));
    if (media.is_spared(Extent(sector, Sectors(1))) || !may_hit(media.number(), sector)) continue;
    media.rot(sector, choices_.choose(key(3 + 2 * n), sector_bytes * 8));
    rotten.push_back(sector);
  }
  return rotten;
}

void Adversary::damage(Media& media, std::uint64_t nth_open) {
  bool is_journal = media.number() == journal_;
  was_journal_damaged_ |= is_journal && !media.unreadable().empty();  // still
  if (is_journal && (!may_damage_log() || !media.unreadable().empty())) return;
  auto key = [&](std::uint32_t part) {
    return Key(Family::bad_sector, media.number(), 0, nth_open, part);
  };
  if (!choices_.chance(key(0), spec_.bad_sector_ppm)) return;
  was_journal_damaged_ |= is_journal;
  std::uint64_t bad = is_journal ? 1 : 1 + choices_.choose(key(1), 4);
  if (atlas_) bad *= tries_by_stripes;
  for (std::uint32_t n = 0; n < bad; ++n) {
    Lba sector(choices_.choose(key(2 + n), media.limits().sectors.value));
    if (may_hit(media.number(), sector)) media.make_unreadable(sector);
  }
}

std::vector<bool> Adversary::devices_at_open(std::vector<Media>& media, RunCounts& counts) {
  std::vector<bool> present(lost_.size(), true);
  std::uint64_t nth = opens_++;
  was_journal_damaged_ = false;
  for (std::size_t i = 0; i < lost_.size(); ++i) {
    if (!is_victim_[i]) {
      if (atlas_) damage(media[i], nth);
      continue;
    }
    if (is_left_out_[i]) {
      present[i] = false;
      continue;
    }
    auto device = static_cast<std::uint16_t>(i);
    if (i == journal_ && !is_journal_given_up_) {
      present[i] = is_journal_present(nth, counts);
      if (present[i]) damage(media[i], nth);
      continue;
    }
    if (lost_[i]) {
      present[i] =
          choices_.chance(Key(Family::device_return, device, 0, nth, 0), spec_.device_return_ppm);
      counts.devices_returned += present[i];
      continue;
    }
    if (choices_.chance(Key(Family::device_return, device, 0, nth, 1), spec_.absent_ppm)) {
      present[i] = false;
      lost_[i] = true;
      ++counts.devices_lost;
      continue;
    }
    damage(media[i], nth);
  }
  return present;
}

void Adversary::volume_misses(const std::vector<std::size_t>& devices) {
  for (std::size_t i = 0; i < lost_.size(); ++i)
    lost_[i] = is_victim_[i] && std::find(devices.begin(), devices.end(), i) != devices.end();
  is_journal_given_up_ |= journal_ && lost_[*journal_];
  if (is_journal_given_up_) is_journal_away_ = false;
  has_erred_.assign(has_erred_.size(), false);
}

bool Adversary::has_struck(const std::vector<Media>& media) const {
  auto is_set = [](bool flag) { return flag; };
  return std::any_of(lost_.begin(), lost_.end(), is_set) ||
         std::any_of(has_erred_.begin(), has_erred_.end(), is_set) ||
         std::any_of(has_wrong_superblock_.begin(), has_wrong_superblock_.end(), is_set) ||
         std::any_of(media.begin(), media.end(),
                     [](const Media& of) { return !of.unreadable().empty(); });
}

bool Adversary::settles(std::uint64_t nth_open) const {
  return !choices_.chance(Key(Family::recovery_cut, nth_open, 2), always - spec_.settle_ppm);
}

std::optional<std::uint64_t> Adversary::recovery_cut(std::uint64_t nth_open,
                                                     std::uint64_t expected) const {
  if (!choices_.chance(Key(Family::recovery_cut, nth_open), spec_.recovery_cut_ppm))
    return std::nullopt;
  return choices_.choose(Key(Family::recovery_cut, nth_open, 1), expected);
}

std::uint64_t Adversary::passes_of(Family family, std::uint64_t nth) const {
  std::uint64_t scale = choices_.choose(Key(family, nth, 4), 3);
  return choices_.choose(Key(family, nth, 5), std::uint64_t{2} << 2 * scale);
}

bool Adversary::may_err() const {
  const DiskFaults& errors = spec_.errors;
  std::uint32_t any = errors.read_error_ppm | errors.write_error_ppm | errors.flush_error_ppm;
  return spec_.max_degraded > 0 && any > 0;
}

DiskFaults Adversary::errors_of(std::size_t device) const {
  DiskFaults errors;
  if (is_victim_[device]) errors = spec_.errors;
  errors = may_deceive(device) ? with_silent(errors, spec_.errors) : with_silent(errors, {});
  errors.stall_ppm = spec_.errors.stall_ppm;
  if (device == journal_) errors.read_error_ppm = 0;
  return errors;
}

}  // namespace holdfast::sim
