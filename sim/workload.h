// What clients do to a volume: reads, writes and flushes by several at once, each choice by the number of the operation; or
// the requests of a trace, in its order.
//
//   Every request crosses oracle::History: begin before the submit, end after the task. Overlapping requests are on
//   purpose: an engine must put them in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/block/block_device.h"
#include "core/block/ports.h"
#include "core/task/event.h"
#include "oracle/history.h"
#include "oracle/judge.h"
#include "sim/choices.h"
#include "sim/request.h"

namespace holdfast::sim {

enum class Place : std::uint8_t {
  random,
  sequential,  // each client its own stream
  hot_spots,  // three of four go to a few small places
  mixed,  // one of the above per run
};

struct WeightedSize {
  std::uint64_t bytes = 4096;
  std::uint32_t weight = 1;

  constexpr WeightedSize() = default;
  constexpr WeightedSize(std::uint64_t size, std::uint32_t of) : bytes(size), weight(of) {}
};

// Numbers of operations, by cycle.
using KeptOperations = std::vector<std::vector<std::uint32_t>>;

// Rates in parts per million of operations; what is left over are plain writes.
struct WorkloadSpec {
  std::uint32_t operations = 60;  // in each cycle
  std::uint32_t depth = 8;  // clients
  Place place = Place::mixed;
  std::vector<WeightedSize> sizes{
      WeightedSize()};  // 512 B to 1 MiB; cut to the volume, rounded up to its block
  std::uint32_t read_ppm = 100'000;
  std::uint32_t discard_ppm = 0;
  std::uint32_t write_zeroes_ppm = 0;
  std::uint32_t flush_ppm = 100'000;
  std::uint32_t flush_every = 0;  // beside flush_ppm: after each so many operations; 0: never
  std::uint32_t fua_ppm = 100'000;  // of writes
  std::uint32_t preflush_ppm = 20'000;  // of writes
  std::uint32_t pause_ppm = 0;  // before an operation the client sleeps, up to pause_max
  Nanoseconds pause_max = Nanoseconds::of_milliseconds(5'000);
  Nanoseconds stagger;  // each client begins so much later than the one before it
  // False for a volume that is a plain device (W3): a request waits until none in flight overlaps it.
  bool may_overlap = true;
  // Each seed switches whole kinds of operations off, or makes them four times as frequent; depth 1; one size only.
  bool swarm = true;
  // By cycle, sorted: the only operations that are done, the flush behind one (flush_every) included. Others keep their numbers.
  // Unset: all.
  std::optional<KeptOperations> kept;

  // Set and not empty: nothing is drawn. Each client that is free makes the next request; after the last one comes the first
  // again. Of what is above, operations, depth, flush_every, stagger, may_overlap and kept hold, and of swarm depth 1.
  std::shared_ptr<const std::vector<Request>> requests;
  std::uint64_t first_request = 0;  // what operation 0 makes, modulo their number
  // 0: as soon as a client is free. Else not before it is due after the first one, so many times faster than it was recorded.
  std::uint32_t speed = 0;

  const Request& request_of(std::uint64_t operation) const {
    return (*requests)[(first_request + operation) % requests->size()];
  }
};

// The spec as one seed has it.
WorkloadSpec swarmed(WorkloadSpec spec, Choices& choices);

class Workload {
 public:
  // `cycle` numbers the workloads of a run, so that their keys differ.
  Workload(const WorkloadSpec& spec, std::uint64_t cycle, BlockDevice& device, Executor& executor,
           holdfast::Clock& clock, Choices& choices, oracle::History& history,
           oracle::Judgement& judgement);

  void start();
  // No client begins anything more; what they have begun goes on.
  void end() { is_ending_ = true; }
  bool is_done() const { return clients_done_ == clients_; }
  std::uint32_t submitted() const { return next_; }
  // Errors are R7 findings, but not `read_only` for a write while `may()`: those are counted.
  void excuse_refused_writes(std::function<bool()> may) { may_refuse_writes_ = std::move(may); }
  // No error is a finding: more is broken than the volume bears.
  void excuse_errors() { may_err_ = true; }
  std::uint64_t writes_refused() const { return writes_refused_; }
  // Told the number of each operation, right before its request enters the history.
  void tell(std::function<void(std::uint32_t)> listener) { listener_ = std::move(listener); }

 private:
  bool is_kept(std::uint32_t number) const;
  Task<> client(std::uint32_t number);
  Task<> operation(std::uint32_t client, std::uint32_t number);
  Task<> pause(std::uint32_t number);
  Task<> wait_until_due(std::uint32_t number);
  Task<> request(std::uint32_t number);
  Task<> piece(Request::Kind kind, Extent extent, WriteFlags flags);
  Task<> read(Extent extent);
  Task<> write(Extent extent, WriteFlags flags);
  Task<> write_zeroes(Extent extent, WriteFlags flags);
  Task<> discard(Extent extent);
  Task<> flush(std::uint32_t number);

  Key key(Family family, std::uint32_t number, std::uint32_t part = 0) const;
  Extent extent_of(std::uint32_t client, std::uint32_t number);
  Task<> enter(Extent extent);
  void leave(Extent extent);
  bool settle(const char* request, Extent extent, const IoResult& result);
  bool settle_write(const char* request, Extent extent, const IoResult& result);

  WorkloadSpec spec_;
  std::uint64_t cycle_;
  BlockDevice& device_;
  Executor& executor_;
  holdfast::Clock& clock_;
  Choices& choices_;
  oracle::History& history_;
  oracle::Judgement& judgement_;
  std::vector<Extent> in_flight_;  // only where requests may not overlap
  Event somebody_left_;
  Nanoseconds began_;
  std::vector<Lba> stream_;  // where each client's sequential stream stands
  std::uint32_t clients_;
  std::uint32_t clients_done_ = 0;
  std::uint32_t next_ = 0;
  bool is_ending_ = false;
  std::function<bool()> may_refuse_writes_;
  bool may_err_ = false;
  std::uint64_t writes_refused_ = 0;
  std::function<void(std::uint32_t)> listener_;
};

}  // namespace holdfast::sim
