// One seeded life of a volume: created, used, cut off, opened again and judged, as often as the spec says.
//
//   fresh media -> create -> open -> baseline
//     -> [ workload -> power cut | host crash | clean stop -> open (cut again, and again) -> judge ] * cycles
//     -> settle -> clean stop -> open -> judge -> one degraded view on copies of the media
//
//   W1  Equal spec and seed: equal RunResult, trace hash included.
//   W2  Faults stay within the budget: only victims, max_degraded devices chosen once for the run, drop, err, go stale or
//       deceive. So every refusal, EIO or endless wait is the volume's; over budget each is honest.
//   W3  A boot of E events at most: E = 20,000 + 200 * operations + 64 * (pages of all devices + requests to read the
//       volume), and of a trace 200 for each 64 KiB of its requests. More, or nothing left to happen while something is awaited, is `stuck`.
//   W4  Reads nothing outside the spec; sim knows no engine.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/block/volume.h"
#include "oracle/judge.h"
#include "oracle/profile.h"
#include "sim/clock.h"
#include "sim/disk_spec.h"
#include "sim/moment.h"
#include "sim/onlooker.h"
#include "sim/run_record.h"
#include "sim/trace.h"
#include "sim/workload.h"

namespace holdfast::sim {

// Which devices may suffer. `stripes`: members, one of them only in stripes of its own (sim/stripe_atlas.h).
enum class Victims : std::uint8_t { any, members, journal, stripes };

// How the cycles of a run end and what else goes wrong. Parts per million of what the comment names.
struct FaultSpec {
  std::uint32_t cycles = 3;

  // How a cycle ends, by weight.
  std::uint32_t power_cut_weight = 1;
  std::uint32_t host_crash_weight = 0;
  std::uint32_t clean_stop_weight = 0;
  // Of opens after a crash: the power goes again before it was judged; at most so many times in a row.
  std::uint32_t recovery_cut_ppm = 500'000;
  std::uint32_t recovery_cuts_max = 3;
  // Of opens: the world waits for settled() before it judges and goes on. Else background work runs beside the clients. All
  // of them stays all, whatever the swarm says.
  std::uint32_t settle_ppm = 500'000;

  // How many devices may be lost at once (RAID-5: 1, RAID-6: 2, one bare disk: 0); so many are victims. A journal counts as
  // one of them.
  std::uint32_t max_degraded = 0;
  Victims victims = Victims::any;
  std::uint32_t device_loss_ppm = 0;  // of cycles: a victim drops alone while the clients work
  std::uint32_t skew_ppm =
      0;  // of power cuts: a victim loses its power a few events before the others
  std::uint32_t device_return_ppm =
      500'000;  // of opens: a lost victim is back, with what it held when it left
  std::uint32_t absent_ppm = 0;  // of opens: a victim that was well is not there
  // Of commands to victims; nothing but an open reads a journal, so its reads don't fail.
  DiskFaults errors;
  // Of opens: a few sectors of a victim have become unreadable. Of a journal only where no power is cut.
  std::uint32_t bad_sector_ppm = 0;
  // Of opens: a bit of a few sectors of a victim has changed. Of a journal only where no power is cut.
  std::uint32_t bit_rot_ppm = 0;
  // Silent faults hit every device, the log included, though no superblock. What then is lost is honest where the format
  // can't see it, and so is every error and every refusal.
  bool over_budget = false;

  // Power cuts in a phase that is aimed at come in this moment, or in that phase not at all.
  std::optional<Moment> aim;
  // Devices complete by priorities, see sim/priorities.h; else as modeled, or in any order, by the swarm.
  bool demotes_devices = false;

  // The spec as one seed has it: whole kinds of faults off.
  bool swarm = true;
};

struct WorldSpec {
  std::vector<DiskSpec> devices;  // in the order that create and open expect
  CreateVolume create;
  OpenVolume open;
  // Opens for a degraded view of a cleanly stopped volume; if unset: open.
  OpenVolume open_view;
  // What the volume promises. Geometry (sectors, block, discard) is taken from its limits, the atomic unit and the cache
  // from whichever promises more; the rest is the spec's.
  oracle::Profile profile;
  // By device, where the data stand, or the log: what is left over holds superblocks. Empty: everywhere.
  std::vector<Extent> content;
  // Device of each role of profile.raid; empty: role i is device i.
  std::vector<std::size_t> device_of_role;
  // The device that holds what was acked until the others hold it durably (sim/adversary.h, A3 to A5). Once it has failed the
  // volume may refuse writes with `read_only`, and nothing else.
  std::optional<std::size_t> journal;
  WorkloadSpec workload;
  FaultSpec faults;
  // A degraded volume that was not stopped cleanly may refuse to open (OpenError::refused): ends the run, counted, no
  // finding. With a journal only while some stripe is excused (oracle/dirty_regions.h, D3), or if a journal that
  // fails commands was not replayed to the end, until a resync has passed.
  bool may_refuse_dirty_degraded = false;
  // 0: the formula of W3.
  std::uint64_t events_max = 0;
};

struct RunCounts {
  std::uint64_t power_cuts = 0;  // of the whole machine, those inside recovery included
  std::uint64_t power_cuts_in_recovery = 0;
  std::uint64_t host_crashes = 0;
  std::uint64_t clean_stops = 0;  // without the one at the end of every run
  std::uint64_t cycles = 0;  // ended and judged
  std::uint64_t devices_lost = 0;  // drops and absences
  std::uint64_t devices_returned = 0;
  std::uint64_t refusals = 0;  // declared ones
  std::uint64_t refusals_without_journal = 0;  // opened again when it was back, or well
  std::uint64_t writes_refused = 0;  // with `read_only`, the journal gone
  std::uint64_t opens = 0;  // begun, those that were cut included
  std::uint64_t operations = 0;  // of clients
  std::uint64_t events = 0;
  std::uint64_t virtual_nanoseconds = 0;
  std::array<std::uint64_t, misdeed_count> misdeeds{};  // of all devices

  RunCounts& operator+=(const RunCounts& other);
};

struct RunOptions {
  bool keep_all_events = false;  // for the first divergence of two runs, and for drawing one
  bool counts_moments = false;
  Onlooker* onlooker = nullptr;

  constexpr RunOptions() = default;
};

struct RunResult {
  oracle::Judgement judgement;  // findings, declared ones, and what was looked at
  RunCounts counts;
  std::vector<Witness::Mark> marks;
  std::uint64_t trace_hash = 0;
  DeviceLimits limits;  // of the volume; no sectors if it never opened
  // Only if something was found or declared:
  std::vector<std::string> notes;  // of the engine, oldest first, "crash 2: member m1 is stale"
  std::vector<TraceEvent>
      last_events;  // at most 24 of each device, oldest first; all with keep_all_events
  RunRecord record;  // empty without keep_all_events
  std::optional<MomentCounts> moments;  // with counts_moments
};

RunResult run(const WorldSpec& spec, std::uint64_t seed, RunOptions options = {});
// With answers from elsewhere (a failure file, an enumeration). `run_number` goes into the payload.
RunResult run(const WorldSpec& spec, Choices& choices, std::uint64_t run_number,
              RunOptions options = {});

// "event 1204: m2 write 4096 + 8 in one run, m2 write 4104 + 8 in the other; before it, in both, event 1203: …"; empty if they
// are alike. The runs kept all events.
std::string first_divergence(const RunResult& one, const RunResult& other,
                             const std::vector<std::string>& device_names);

}  // namespace holdfast::sim
