// One boot of the simulated machine: its executor, clock, disks and volume, from power on to power off.
//
//   power on -> do_until(open) -> do_until(…)* -> power_cut() | host_crash() -> gone
//
//   B1  Everything that happens is an event of the clock; a plan may cut between any two of them.
//   B2  Off means: tasks destroyed newest first, then the volume, then the disks. The media stay.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/block/recording.h"
#include "core/block/volume.h"
#include "oracle/observation.h"
#include "sim/disk.h"
#include "sim/lookout.h"
#include "sim/onlooker.h"
#include "sim/priorities.h"

namespace holdfast::sim {

// What a boot stands on and outlives it.
struct BootPorts {
  std::vector<Media>& media;
  Choices& choices;
  Trace& trace;
  Entropy& entropy;
  Witness& witness;
  Onlooker* onlooker = nullptr;
  Lookout* lookout = nullptr;
};

// What crashes and drops did to each device, and how many there were: each has its number in the keys.
struct CrashRecord {
  std::uint64_t made = 0;
  std::vector<Fates> fates;  // by device, since it was last cleared

  explicit CrashRecord(std::size_t devices) : fates(devices) {}
  void forget_fates() {
    for (Fates& of_device : fates) of_device.clear();
  }
};

class Boot {
 public:
  enum class Outcome { reached, cut, stuck };
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  // present[i]: device i is there.
  Boot(BootPorts ports, const std::vector<bool>& present, CompletionOrder order, Nanoseconds now,
       std::uint64_t events_max, CrashRecord& crashes);
  ~Boot();
  Boot(const Boot&) = delete;

  // Lets things happen until `is_done()`, the planned cut, or a standstill.
  template <class Done>
  Outcome run_until(Done is_done) {
    for (;;) {
      executor_.run_ready();
      if (is_done()) return Outcome::reached;
      if (events_ >= cut_at_ || is_time()) return Outcome::cut;
      if (clock_.is_idle() || events_ >= events_max_) return Outcome::stuck;
      happen();
    }
  }
  // Spawns the task and runs until its end. Its result is in `into`; if it did not end, no task runs any more.
  template <class Result>
  Outcome do_task(Task<Result> task, std::optional<Result>& into) {
    executor_.spawn(keep(std::move(task), into));
    Outcome outcome = run_until([&into] { return into.has_value(); });
    if (outcome != Outcome::reached) executor_.stop();
    return outcome;
  }

  // Plans, in events from now.
  void cut_after(std::uint64_t events) { cut_at_ = events_ + events; }
  void drop_after(std::size_t device, std::uint64_t events);

  Outcome create(const CreateVolume& create, std::optional<CreateResult>& into);
  // If it opened, volume() is there.
  Outcome open(const OpenVolume& open, std::optional<OpenError>& refusal);
  Outcome settle(std::optional<IoResult>& into);
  Outcome stop(std::optional<IoResult>& into);
  // Reads the whole volume; what can't be read, block for block.
  Outcome read_all(oracle::Observation& seen);

  void power_cut();
  void host_crash();
  // The machine is off: nothing may be asked of it afterwards.
  void off();

  bool has_volume() const { return volume_ != nullptr; }
  Volume& volume() { return *volume_; }
  Executor& executor() { return executor_; }
  Clock& clock() { return clock_; }
  Disk* disk(std::size_t device) { return disks_[device].get(); }  // null: absent
  std::uint64_t events() const { return events_; }
  std::uint64_t drops() const { return drops_made_; }
  TracePoint point() const { return {ports_.trace.events(), clock_.now()}; }

 private:
  struct Drop {
    std::uint64_t at;
    std::size_t device;
  };

  template <class Result>
  static Task<> keep(Task<Result> task, std::optional<Result>& into) {
    Result result = co_await std::move(task);
    into.emplace(std::move(result));
  }
  bool is_time() { return ports_.lookout && ports_.lookout->step(); }
  void happen();
  BlockDevice* watched(std::size_t device);
  Ports ports() { return {executor_, clock_, ports_.entropy, ports_.witness}; }

  BootPorts ports_;
  Executor executor_;
  Clock clock_;
  std::unique_ptr<Priorities> priorities_;
  std::vector<std::unique_ptr<Disk>> disks_;  // null: absent
  std::vector<std::unique_ptr<RecordingDevice>> watched_;  // in front of the disks, for an onlooker
  std::vector<BlockDevice*> devices_;
  std::unique_ptr<Volume> volume_;
  std::vector<Drop> drops_;
  std::uint64_t events_ = 0;
  std::uint64_t events_max_;
  std::uint64_t cut_at_ = never;
  CrashRecord& crashes_;
  std::uint64_t drops_made_ = 0;
  bool is_off_ = false;
};

}  // namespace holdfast::sim
