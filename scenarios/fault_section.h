// The `faults` section: how each cycle of a run ends and what else goes wrong.
//
//   {"tier": "T1", "power_cuts": 3, "host_crashes": 0, "clean_stops": 0, "cut_during_recovery": 0.5,
//    "recovery_cuts_in_a_row": 3, "settle": 0.5, "max_degraded": 1, "victims": "any", "device_loss": 0.1, "skew": 0.1,
//    "absent": 0.1, "device_return": 0.5, "read_errors": 0.001, "write_errors": 0.001, "flush_errors": 0.001,
//    "bad_sectors": 0.1, "bit_rot": 0.1, "lost_writes": 0.001, "misdirected_writes": 0.001, "misdirected_reads": 0.001,
//    "lying_flushes": 0.1, "lying_fua": 0.1, "rollbacks": 0.1, "stalls": 0.001, "over_budget": false, "swarm": true}
//
//   power_cuts + host_crashes + clean_stops is the number of cycles; with more than one kind they are weights, and each
//   cycle's end is drawn. The rest are probabilities: of an open after a crash (cut_during_recovery, settle, absent,
//   device_return, bad_sectors, bit_rot), of a cycle (device_loss), of a power cut (skew, rollbacks), of a command (the rest).
//   victims: of a volume with a journal any, members or journal; of an array also stripes: one whole device less than
//   max_degraded, and in each stripe another member's sectors, which go bad or rot (sim/stripe_atlas.h). A journal that is
//   absent is away for one open, which is to be refused; its sectors go bad only where no power is cut.
#pragma once

#include "scenarios/section.h"
#include "sim/world.h"

namespace holdfast::scenarios {

struct Faults {
  sim::Tier tier = sim::Tier::t1;
  sim::FaultSpec spec;
};

// What of a volume limits its faults.
struct Endurance {
  // How many devices it can lose; the default of max_degraded, and its limit.
  std::uint32_t budget = 0;
  bool has_journal = false;
  bool may_lose_journal = false;  // opens without one, too, and then promises less
};

Faults read_faults(Section& section, const Endurance& endurance);

}  // namespace holdfast::scenarios
