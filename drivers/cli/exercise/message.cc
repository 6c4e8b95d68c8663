#include "drivers/cli/exercise/message.h"

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "core/base/check.h"

namespace holdfast::drivers {
namespace {

struct Header {
  std::uint32_t kind;
  std::uint32_t words;
  std::uint32_t text_bytes;
  std::uint32_t unused;
  std::uint64_t number[5];
};
static_assert(sizeof(Header) == 56, "a header stands as it is in the pipe: no padding");

constexpr std::size_t read_bytes = 256 << 10;
constexpr int nobody_listens = 3;

std::uint64_t joined(std::uint32_t high, std::uint32_t low) {
  return std::uint64_t{high} << 32 | low;
}
std::uint32_t high_of(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
std::uint32_t low_of(std::uint64_t word) { return static_cast<std::uint32_t>(word); }

}  // namespace

Message message_of(const DeviceLimits& limits, Message::Kind kind) {
  Message message(kind);
  unsigned flags = limits.has_volatile_cache | limits.has_fua << 1 |
                   limits.discard_reads_zero << 2 | limits.is_rotational << 3;
  message.number = {limits.sectors.value,
                    joined(limits.logical_block_bytes, limits.physical_block_bytes),
                    joined(limits.atomic_write_bytes, limits.optimal_io_bytes),
                    joined(limits.discard_granularity_bytes, flags), 0};
  return message;
}

DeviceLimits limits_of(const Message& message) {
  DeviceLimits limits;
  limits.sectors = Sectors(message.number[0]);
  limits.logical_block_bytes = high_of(message.number[1]);
  limits.physical_block_bytes = low_of(message.number[1]);
  limits.atomic_write_bytes = high_of(message.number[2]);
  limits.optimal_io_bytes = low_of(message.number[2]);
  limits.discard_granularity_bytes = high_of(message.number[3]);
  std::uint32_t flags = low_of(message.number[3]);
  limits.has_volatile_cache = (flags & 1) != 0;
  limits.has_fua = (flags & 2) != 0;
  limits.discard_reads_zero = (flags & 4) != 0;
  limits.is_rotational = (flags & 8) != 0;
  return limits;
}

Message message_of(const Crossing& crossing, std::uint32_t device) {
  Message message(crossing.is_answer ? Message::Kind::device_ended : Message::Kind::device_begun);
  unsigned flags = static_cast<unsigned>(crossing.command) << 3 | crossing.flags.fua |
                   crossing.flags.preflush << 1;
  if (crossing.is_answer && crossing.result) flags |= 4;
  message.number = {joined(flags, device), crossing.number, crossing.extent.first.value,
                    crossing.extent.count.value, 0};
  if (crossing.is_answer) return message;
  for (const Slice& slice : crossing.data)
    message.text.append(reinterpret_cast<const char*>(slice.data()), slice.bytes);
  return message;
}

PortRequest port_request_of(const Message& message) {
  PortRequest request;
  std::uint32_t flags = high_of(message.number[0]);
  request.device = low_of(message.number[0]);
  request.number = message.number[1];
  request.command = static_cast<Command>(flags >> 3);
  request.extent = Extent(Lba(message.number[2]), Sectors(message.number[3]));
  request.flags = WriteFlags((flags & 1) != 0, (flags & 2) != 0);
  request.ok = (flags & 4) != 0;
  return request;
}

std::vector<std::uint64_t> words_of(std::span<const oracle::Content> contents) {
  std::vector<std::uint64_t> words(contents.size());
  std::ranges::transform(contents, words.begin(), &oracle::Content::word);
  return words;
}

std::vector<oracle::Content> contents_of(const std::vector<std::uint64_t>& words) {
  std::vector<oracle::Content> contents(words.size());
  std::ranges::transform(words, contents.begin(),
                         [](std::uint64_t word) { return std::bit_cast<oracle::Content>(word); });
  return contents;
}

Message message_of(const oracle::HistoryEvent& event) {
  Message message(Message::Kind::event);
  unsigned flags = event.ok | event.flags.fua << 1 | event.flags.preflush << 2;
  message.number = {static_cast<std::uint64_t>(event.kind), joined(flags, event.id),
                    event.extent.first.value, event.extent.count.value, 0};
  message.words = words_of(event.seen);
  return message;
}

oracle::HistoryEvent event_of(const Message& message, std::vector<oracle::Content>& seen) {
  oracle::HistoryEvent event(static_cast<oracle::HistoryEvent::Kind>(message.number[0]),
                             low_of(message.number[1]));
  std::uint32_t flags = high_of(message.number[1]);
  event.ok = (flags & 1) != 0;
  event.flags = WriteFlags((flags & 2) != 0, (flags & 4) != 0);
  event.extent = Extent(Lba(message.number[2]), Sectors(message.number[3]));
  seen = contents_of(message.words);
  event.seen = seen;
  return event;
}

void Outbox::send(const Message& message) {
  Header header{static_cast<std::uint32_t>(message.kind),
                static_cast<std::uint32_t>(message.words.size()),
                static_cast<std::uint32_t>(message.text.size()),
                0,
                {}};
  std::ranges::copy(message.number, header.number);
  iovec parts[] = {
      {&header, sizeof header},
      {const_cast<std::uint64_t*>(message.words.data()), message.words.size() * 8},
      {const_cast<char*>(message.text.data()), message.text.size()},
  };
  for (iovec* part = parts; part != std::end(parts);) {
    ssize_t sent = writev(pipe_.number(), part, static_cast<int>(std::end(parts) - part));
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) _exit(nobody_listens);
    for (auto left = static_cast<std::size_t>(sent); part != std::end(parts); ++part) {
      if (left < part->iov_len) {
        part->iov_base = static_cast<char*>(part->iov_base) + left;
        part->iov_len -= left;
        break;
      }
      left -= part->iov_len;
    }
  }
}

bool Inbox::take(Message& into) {
  std::size_t there = held_.size() - begin_;
  Header header;
  if (there < sizeof header) return false;
  std::memcpy(&header, held_.data() + begin_, sizeof header);
  std::size_t words = std::size_t{header.words} * 8;
  if (there < sizeof header + words + header.text_bytes) return false;
  const std::byte* at = held_.data() + begin_ + sizeof header;
  into.kind = static_cast<Message::Kind>(header.kind);
  std::ranges::copy(header.number, into.number.begin());
  into.words.resize(header.words);
  if (words > 0) std::memcpy(into.words.data(), at, words);
  into.text.assign(reinterpret_cast<const char*>(at + words), header.text_bytes);
  begin_ += sizeof header + words + header.text_bytes;
  return true;
}

Inbox::State Inbox::next(Message& into, Nanoseconds wait_at_most) {
  if (take(into)) return State::message;
  if (has_ended_) return State::ended;
  pollfd readable{pipe_.number(), POLLIN, 0};
  if (poll(&readable, 1, static_cast<int>(wait_at_most.value / 1'000'000)) <= 0)
    return State::nothing;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  std::size_t before = held_.size();
  held_.resize(before + read_bytes);
  ssize_t read = ::read(pipe_.number(), held_.data() + before, read_bytes);
  check(read >= 0 || errno == EINTR, "a pipe can be read");
  held_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
  has_ended_ = read == 0;
  if (take(into)) return State::message;
  return has_ended_ ? State::ended : State::nothing;
}

}  // namespace holdfast::drivers
