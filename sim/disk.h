// A simulated disk during one boot: requests in flight, completed by the clock, and the faults that hit them.
//
//   submit (data copied) --latency--> completion --> Media (sim/media.h)
//             \--drop / power_cut / host_crash--> any subset of what was in flight and in the cache lands
//
//   D1  Requests in flight don't overlap unless both read (W3), and a write's slices don't change: checked.
//   D2  A task that is destroyed while it waits leaves its request in flight: it completes, or lands at the cut.
//   D3  After power_cut() or host_crash() nothing completes any more. After drop() every request answers `gone`.
//   D4  What is silently wrong is told in the same instant (M4): reads that were answered from elsewhere, writes that did not
//       land where they should or landed where they should not, and at a cut what was promised and is gone.
//   Caller: the executor outlives the Disk; tasks are destroyed (Executor::stop) before it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "core/block/block_device.h"
#include "core/task/event.h"
#include "sim/clock.h"
#include "sim/media.h"
#include "sim/trace.h"

namespace holdfast::sim {

class Lookout;
class Priorities;

// What a disk stands in.
struct DiskPorts {
  Executor& executor;
  Clock& clock;
  Choices& choices;
  Trace& trace;
  Lookout* lookout = nullptr;
  Priorities* priorities = nullptr;  // of DiskModel::by_priority
};

class Disk final : public BlockDevice {
 public:
  // `model` may be another than the spec's: a run may have everything complete in any order.
  Disk(Media& media, DiskPorts ports, DiskModel model);
  ~Disk() override;

  const DeviceLimits& limits() const override { return media_.limits(); }
  Task<IoResult> read(Lba first, MutablePages into) override;
  Task<IoResult> write(Lba first, Pages from, WriteFlags flags) override;
  Task<IoResult> flush() override;
  Task<IoResult> discard(Extent extent) override;
  Task<IoResult> write_zeroes(Extent extent, WriteFlags flags) override;

  void set_faults(const DiskFaults& faults) { faults_ = faults; }
  const DiskFaults& faults() const { return faults_; }
  // Called with sectors that are silently wrong from now on.
  void tell_damage(std::function<void(Extent)> listener) { tell_damage_ = std::move(listener); }
  // This device alone loses its power: of its cache and of what is in flight any fragment lands.
  void drop(std::uint64_t nth_cut, Fates& fates);
  // The machine loses its power, or the host dies.
  void power_cut(std::uint64_t nth_cut, Fates& fates);
  void host_crash(std::uint64_t nth_cut, Fates& fates);

  bool is_gone() const { return state_ != State::serving; }
  std::size_t in_flight() const { return flying_.size(); }
  // It dropped, or a flush failed: completed writes may be gone for good, though the machine kept its power.
  bool has_lost_writes() const { return has_lost_writes_; }
  // It dropped, or answered a write or a flush with an error: its user may have given it up.
  bool has_failed() const { return has_failed_; }
  // A command failed, though the device is there and the medium is well.
  bool has_erred() const { return has_erred_; }

 private:
  enum class State : std::uint8_t { serving, gone, off };
  class Request;
  class Ticket;

  IoResult admit(Extent extent) const;
  Request& take(EventKind kind, Extent extent, const RequestName& name);
  void release(Request& request);
  Task<IoResult> write_pieces(EventKind kind, Extent extent, Pages from, const Page* fill,
                              WriteFlags flags);
  void submit(Request& request, std::uint64_t data_hash);
  void check_overlap(const Request& request) const;
  void arm(Request& request);
  void advance(Request& request);
  IoResult transfer(Request& request);
  IoResult make_durable(Request& request);
  void read_media(Request& request);
  void write_media(Request& request);
  // disk_faults.cc
  bool lies(const Request& request, Family family, std::uint32_t parts_per_million);
  bool misdirects_read(Request& request);
  bool loses(const Request& request);
  bool misdirects(Request& request);
  std::uint64_t pages_away(const Request& request, Family family);
  void tell(const std::vector<Extent>& damaged);
  void lose_power(std::uint64_t nth_cut, Fates& fates);
  Nanoseconds stall_of(const Request& request);
  void end(Request& request, IoResult result);
  bool goes_wrong(const Request& request, Family family, std::uint32_t parts_per_million);
  std::vector<Media::InFlight> stop_transfers();
  void trace(EventKind kind, const Request& request, std::uint64_t value);

  // disk_latency.cc
  Nanoseconds step_ends(const Request& request);
  Nanoseconds ssd_step_ends(const Request& request, std::uint64_t jitter);
  Nanoseconds hdd_step_ends(const Request& request, std::uint64_t jitter);

  Media& media_;
  DiskPorts ports_;
  DiskModel model_;
  DiskFaults faults_;
  State state_ = State::serving;
  bool has_lost_writes_ = false;
  bool has_failed_ = false;
  bool has_erred_ = false;
  std::deque<Request> requests_;  // as many as were ever in flight at once
  std::vector<Request*> spare_;
  std::vector<Request*> flying_;  // in order of submit
  std::vector<Nanoseconds> channel_free_;
  Lba head_;
  std::function<void(Extent)> tell_damage_;
};

}  // namespace holdfast::sim
