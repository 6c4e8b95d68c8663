// One event at the port of the volume under test as a value: what the history of one process tells that of another.
//
//   engine's process: History --listener--> HistoryEvent --(survives the process)--> replay() --> History of the judge
//
//   E1  Told in the order in which they happen: a request before it is submitted, an answer before anybody acts on it.
//   E2  Two histories that learnt and recovered the same and were told the same events are alike, numbers included.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/base/types.h"
#include "core/block/block_device.h"
#include "oracle/payload.h"

namespace holdfast::oracle {

struct HistoryEvent {
  enum class Kind : std::uint8_t {
    write,
    write_zeroes,
    discard,
    write_ended,  // of all three
    flush,
    flush_ended,
    read,
    read_ended,
    member_lost,
  };

  Kind kind = Kind::write;
  std::uint32_t id = 0;  // of the write, flush or read
  bool ok = false;  // of an end; a read that fails has none
  Extent extent;  // as it was asked for
  WriteFlags flags;
  std::span<const Content> seen;  // by a read that ended; ends with the call

  HistoryEvent() = default;
  HistoryEvent(Kind what, std::uint32_t number) : kind(what), id(number) {}
};
using HistoryListener = std::function<void(const HistoryEvent&)>;

}  // namespace holdfast::oracle
