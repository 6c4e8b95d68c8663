#include "scenarios/fault_section.h"

#include <array>

#include <fmt/format.h>

namespace holdfast::scenarios {
namespace {

constexpr std::array<Choice<sim::Tier>, 4> tiers{
    {{"T0", sim::Tier::t0}, {"T1", sim::Tier::t1}, {"T2", sim::Tier::t2}, {"T3", sim::Tier::t3}}};

constexpr std::array<Choice<sim::Victims>, 4> victims{{{"any", sim::Victims::any},
                                                       {"members", sim::Victims::members},
                                                       {"journal", sim::Victims::journal},
                                                       {"stripes", sim::Victims::stripes}}};

void read_ends(Section& section, sim::FaultSpec& faults) {
  bool is_said =
      section.has("power_cuts") || section.has("host_crashes") || section.has("clean_stops");
  if (is_said) faults.power_cut_weight = 0;
  bool is_read = true;
  auto read = [&](std::string_view key, std::uint32_t& into) {
    is_read = (section.read_integer(key, into, 0, 100) || !section.has(key)) && is_read;
  };
  read("power_cuts", faults.power_cut_weight);
  read("host_crashes", faults.host_crash_weight);
  read("clean_stops", faults.clean_stop_weight);
  if (is_said)
    faults.cycles = faults.power_cut_weight + faults.host_crash_weight + faults.clean_stop_weight;
  if (faults.cycles == 0 && is_read)
    section.problem("no cycle: power_cuts, host_crashes and clean_stops are all 0");
  if (!is_said) faults.power_cut_weight = faults.cycles;
}

void read_recovery(Section& section, sim::FaultSpec& faults) {
  if (faults.power_cut_weight == 0) faults.recovery_cut_ppm = 0;
  section.read_probability("cut_during_recovery", faults.recovery_cut_ppm);
  section.read_integer("recovery_cuts_in_a_row", faults.recovery_cuts_max, 1, 10);
  section.read_probability("settle", faults.settle_ppm);
  if (faults.recovery_cut_ppm > 0 && faults.power_cut_weight == 0)
    section.problem("cut_during_recovery", "contradicts power_cuts: 0");
  if (section.has("recovery_cuts_in_a_row") && faults.recovery_cut_ppm == 0)
    section.problem("recovery_cuts_in_a_row", "says nothing without cut_during_recovery");
}

// See sim/adversary.h, A9.
void read_stripe_victims(Section& section, const Endurance& endurance,
                         const sim::FaultSpec& faults) {
  if (endurance.budget == 0)
    return section.problem("victims", "contradicts the volume: only arrays have stripes");
  if (faults.over_budget)
    section.problem("victims", "contradicts over_budget: there every device deceives");
  if (faults.max_degraded == 0)
    section.problem("victims", "contradicts max_degraded: 0");
  else if (faults.bad_sector_ppm + faults.bit_rot_ppm == 0)
    section.problem("victims", "says nothing: expected bad_sectors or bit_rot, which hit stripes");
  if (faults.max_degraded != 1) return;
  const sim::DiskFaults& errors = faults.errors;
  if (faults.device_loss_ppm + faults.absent_ppm + faults.skew_ppm + errors.read_error_ppm +
          errors.write_error_ppm + errors.flush_error_ppm + errors.lost_write_ppm +
          errors.misdirected_write_ppm + errors.misdirected_read_ppm + errors.lying_flush_ppm +
          errors.lying_fua_ppm + errors.rollback_ppm >
      0)
    section.problem("victims",
                    "contradicts faults of whole devices: of max_degraded: 1 nothing is left for "
                    "them; expected bad_sectors and bit_rot only");
}

// A journal is one of the victims only where the volume has one; see sim/adversary.h, A3 to A5.
void read_victims(Section& section, const Endurance& endurance, sim::FaultSpec& faults) {
  bool is_said = section.read_choice<sim::Victims>("victims", faults.victims, victims);
  if (faults.victims == sim::Victims::stripes)
    return read_stripe_victims(section, endurance, faults);
  if (is_said && !endurance.has_journal)
    section.problem("victims", "says nothing: this volume has no journal");
  if (!endurance.has_journal || faults.victims == sim::Victims::members) return;
  if (endurance.may_lose_journal && faults.max_degraded > 0)
    section.problem(
        "accept_lost_journal: an array that goes on without its journal promises less than is "
        "judged here; expected victims: \"members\", or max_degraded: 0");
  if (faults.victims != sim::Victims::journal) return;
  if (faults.errors.read_error_ppm > 0)
    section.problem("read_errors",
                    "contradicts victims: a journal is read only when the volume opens; "
                    "bad_sectors says what can't be read then");
  if (faults.bad_sector_ppm > 0 && faults.power_cut_weight > 0)
    section.problem("bad_sectors",
                    "contradicts power_cuts: once caches are lost, what the journal held stands "
                    "nowhere else; expected host_crashes only");
}

void read_sick_devices(Section& section, std::uint32_t budget, sim::FaultSpec& faults) {
  faults.max_degraded = budget;
  if (section.read_integer("max_degraded", faults.max_degraded, 0, 16) &&
      faults.max_degraded > budget)
    section.problem("max_degraded",
                    fmt::format("is {}: this volume can lose {}", faults.max_degraded, budget));
  bool returns_is_said = section.read_probability("device_return", faults.device_return_ppm);
  struct Fault {
    std::string_view key;
    std::uint32_t* ppm;
  };
  for (const Fault& fault :
       {Fault{"device_loss", &faults.device_loss_ppm}, Fault{"skew", &faults.skew_ppm},
        Fault{"absent", &faults.absent_ppm}, Fault{"read_errors", &faults.errors.read_error_ppm},
        Fault{"write_errors", &faults.errors.write_error_ppm},
        Fault{"flush_errors", &faults.errors.flush_error_ppm},
        Fault{"bad_sectors", &faults.bad_sector_ppm}}) {
    section.read_probability(fault.key, *fault.ppm);
    if (*fault.ppm > 0 && faults.max_degraded == 0)
      section.problem(fault.key, "contradicts the budget: this volume can lose no device");
  }
  if (faults.skew_ppm > 0 && faults.power_cut_weight == 0)
    section.problem("skew", "contradicts power_cuts: 0");
  bool loses = faults.device_loss_ppm + faults.absent_ppm + faults.skew_ppm +
                   faults.errors.write_error_ppm + faults.errors.flush_error_ppm +
                   faults.errors.read_error_ppm >
               0;
  if (returns_is_said && !loses)
    section.problem("device_return", "says nothing where no device is ever lost");
}

// Who deceives: the victims, or over budget everybody; see sim/adversary.h, A6.
void read_deceit(Section& section, sim::FaultSpec& faults) {
  section.read("over_budget", faults.over_budget);
  struct Fault {
    std::string_view key;
    std::uint32_t* ppm;
    bool needs_power_cut;
  };
  sim::DiskFaults& errors = faults.errors;
  bool is_any = false;
  for (const Fault& fault : {Fault{"bit_rot", &faults.bit_rot_ppm, false},
                             Fault{"lost_writes", &errors.lost_write_ppm, false},
                             Fault{"misdirected_writes", &errors.misdirected_write_ppm, false},
                             Fault{"misdirected_reads", &errors.misdirected_read_ppm, false},
                             Fault{"lying_flushes", &errors.lying_flush_ppm, true},
                             Fault{"lying_fua", &errors.lying_fua_ppm, true},
                             Fault{"rollbacks", &errors.rollback_ppm, true}}) {
    section.read_probability(fault.key, *fault.ppm);
    if (*fault.ppm == 0) continue;
    is_any = true;
    if (faults.max_degraded == 0 && !faults.over_budget)
      section.problem(fault.key,
                      "contradicts the budget: this volume can lose no device; over_budget: true "
                      "lets every device deceive");
    if (fault.needs_power_cut && faults.power_cut_weight == 0)
      section.problem(fault.key, "contradicts power_cuts: 0");
  }
  section.read_probability("stalls", errors.stall_ppm);
  if (!faults.over_budget) return;
  if (!is_any)
    section.problem("over_budget",
                    "says nothing: no device deceives; expected bit_rot, lost_writes, "
                    "misdirected_writes, misdirected_reads, lying_flushes, lying_fua or rollbacks");
  if (faults.device_loss_ppm + faults.absent_ppm + faults.skew_ppm + faults.bad_sector_ppm +
          errors.read_error_ppm + errors.write_error_ppm + errors.flush_error_ppm >
      0)
    section.problem("over_budget",
                    "contradicts lost and sick devices: expected devices that deceive only");
}

void read_pressure(Section& section, sim::FaultSpec& faults) {
  section.read("demote_devices", faults.demotes_devices);
  std::string moment;
  if (!section.read("aim", moment)) return;
  faults.aim = sim::moment_of(moment);
  if (!faults.aim)
    section.problem("aim", fmt::format("is \"{}\": expected a moment such as "
                                       "\"log/submitted/work/none\" or "
                                       "\"parity/ended/resync/member\" (sim/moment.h)",
                                       moment));
  if (faults.power_cut_weight == 0) section.problem("aim", "contradicts power_cuts: 0");
  if (faults.aim && faults.aim->phase != sim::Phase::work && faults.recovery_cut_ppm == 0)
    section.problem("aim", "contradicts cut_during_recovery: 0");
}

}  // namespace

Faults read_faults(Section& section, const Endurance& endurance) {
  Faults faults;
  section.read_choice<sim::Tier>("tier", faults.tier, tiers);
  read_ends(section, faults.spec);
  read_recovery(section, faults.spec);
  read_sick_devices(section, endurance.budget, faults.spec);
  read_deceit(section, faults.spec);
  read_victims(section, endurance, faults.spec);
  read_pressure(section, faults.spec);
  section.read("swarm", faults.spec.swarm);
  section.refuse_unknown_keys();
  return faults;
}

}  // namespace holdfast::scenarios
