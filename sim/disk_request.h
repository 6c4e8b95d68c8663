// One request of a simulated disk, from its submit to its end, in up to three steps.
//
//   flush (a flush, or a preflush) -> transfer (read, write, discard) -> flush_after (FUA where the disk has none)
#pragma once

#include "sim/disk.h"

namespace holdfast::sim {

class Disk::Request final : public Timed {
 public:
  enum class Step : std::uint8_t { flush, transfer, flush_after };

  Request(Disk& of, Executor& executor) : disk(of), ended(executor) {}
  void due() override { disk.advance(*this); }

  bool reads() const { return kind == EventKind::submit_read; }
  bool writes() const { return !reads() && kind != EventKind::submit_flush; }

  Disk& disk;
  Event ended;
  EventKind kind{};
  Step step = Step::transfer;
  bool is_fua = false;  // durable by its transfer
  bool flushes_after = false;
  bool is_abandoned = false;  // nobody waits for it any more
  Extent extent;
  RequestName name;
  SliceList slices;  // the caller's: to fill, or to compare with the copy
  Pieces pieces;  // the copy
  std::uint64_t completed_before = 0;  // what its flush makes durable
  std::uint64_t undurable_pieces = 0;  // in the cache then
  IoResult result;
};

}  // namespace holdfast::sim
