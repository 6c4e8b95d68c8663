// What an engine's process tells the process that judges it: one message after the other through a pipe.
//
//   engine's process: Outbox --pipe--> Inbox: judging process
//
//   0  u32 kind   4  u32 words   8  u32 bytes of text   16  u64 number[5]   56  words, u64 each, then the text
//
//   M1  A message that send() has returned from outlives its sender, however that ends: the kernel has it.
//   M2  A message whose sender was killed in the middle of it is never seen: when the pipe ends, its end is missing.
//   M3  A full pipe makes the sender wait. Nothing is dropped, and what is on its way is bounded by the pipe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/types.h"
#include "core/block/block_device.h"
#include "core/block/recording.h"
#include "drivers/posix/descriptor.h"
#include "oracle/history_event.h"

namespace holdfast::drivers {

struct Message {
  enum class Kind : std::uint32_t {
    // Limits of what is exercised; 4: nanoseconds since the process began; words: sectors of all.
    opened,
    settled,  // 0: nanoseconds that it took
    seen,  // 0: first sector; words: Content of each sector
    seen_all,  // the volume was read whole; words: devices that it goes on without
    event,  // at the port of the volume: event_of()
    device_limits,  // of one device; 4: its number
    device_begun,  // a request that writes or flushes: port_request_of(); text: the data of a write
    device_ended,  // the same
    worked,  // 0: nanoseconds from the first request of a round to the last answer
    client_error,  // 0: kind, 1: where; 2, 3: the request's extent; text: the request
    device_error,  // the same; 4: the device
    mark,  // text
    note,  // text
    progress,  // 0, 1: done of total; text: the work
    no_devices,  // 0: kind of OpenError; text
    refused,  // the same, of the volume
    not_settled,  // 0: kind, 1: where
    stopped,  // cleanly; 0: 1 if a signal asked for it
    not_stopped,  // 0: kind, 1: where
    interrupted,  // before the volume was opened
    broken_rule,  // of the core; text
  };

  Kind kind = Kind::note;
  std::array<std::uint64_t, 5> number{};
  std::vector<std::uint64_t> words;
  std::string text;

  Message() = default;
  explicit Message(Kind of) : kind(of) {}
  Message(Kind of, std::string told) : kind(of), text(std::move(told)) {}
  bool operator==(const Message&) const = default;
};

// Of `opened`, if nothing else is said; the last number is the caller's.
Message message_of(const DeviceLimits& limits, Message::Kind kind = Message::Kind::opened);
DeviceLimits limits_of(const Message& message);

// A request at the port of a device, or its end.
struct PortRequest {
  std::uint32_t device = 0;
  std::uint64_t number = 0;  // of the device's requests
  Command command = Command::read;
  Extent extent;
  WriteFlags flags;
  bool ok = false;  // of an end
};
Message message_of(const Crossing& crossing, std::uint32_t device);
PortRequest port_request_of(const Message& message);
Message message_of(const oracle::HistoryEvent& event);
// The contents that it shows stand in `seen`, which outlives it.
oracle::HistoryEvent event_of(const Message& event, std::vector<oracle::Content>& seen);
std::vector<std::uint64_t> words_of(std::span<const oracle::Content> contents);
std::vector<oracle::Content> contents_of(const std::vector<std::uint64_t>& words);

class Outbox {
 public:
  explicit Outbox(Descriptor pipe) : pipe_(std::move(pipe)) {}

  // Whoever listens no more ends this process: nothing that is done from then on would be judged.
  void send(const Message& message);

 private:
  Descriptor pipe_;
};

class Inbox {
 public:
  explicit Inbox(Descriptor pipe) : pipe_(std::move(pipe)) {}

  enum class State : std::uint8_t { message, nothing, ended };
  // The next message; or nothing yet, after this time at the latest (a signal and a part of a message end it, too); or the
  // end of the last sender.
  State next(Message& into, Nanoseconds wait_at_most);

 private:
  bool take(Message& into);

  Descriptor pipe_;
  std::vector<std::byte> held_;
  std::size_t begin_ = 0;  // of what is not taken yet
  bool has_ended_ = false;
};

}  // namespace holdfast::drivers
