#include "sim/trace.h"

#include <fmt/format.h>
#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the same hashes by the widest registers there are
#endif

namespace holdfast::sim {

namespace {

std::uint64_t mixed(const void* bytes, std::size_t size, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, size, seed);
}

// The library looks for its registers at the first long input: here, where there are no threads yet.
[[maybe_unused]] const std::uint64_t first_hash = [] {
  constexpr std::array<std::byte, 1024> long_input{};
  return mixed(long_input.data(), long_input.size(), 1);
}();

}  // namespace

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::submit_read: return "read";
    case EventKind::submit_write: return "write";
    case EventKind::submit_flush: return "flush";
    case EventKind::submit_discard: return "discard";
    case EventKind::submit_zeroes: return "write zeroes";
    case EventKind::end_ok: return "done";
    case EventKind::end_media: return "media error";
    case EventKind::end_io: return "I/O error";
    case EventKind::end_gone: return "gone";
    case EventKind::device_lost: return "device lost";
    case EventKind::device_back: return "device back";
    case EventKind::power_cut: return "POWER CUT";
    case EventKind::host_crash: return "HOST CRASH";
    case EventKind::clean_stop: return "clean stop";
    case EventKind::boot: return "boot";
    case EventKind::open: return "open";
    case EventKind::create: return "create";
    case EventKind::recovered: return "recovered";
    case EventKind::choice: return "choice";
  }
  return "unknown";
}

std::string text_of(const TraceEvent& event, const std::vector<std::string>& device_names) {
  bool has_device = event.device < device_names.size();
  std::string text =
      fmt::format("{:>6}.{:06} ms  {:<6}{}", event.instant / 1'000'000, event.instant % 1'000'000,
                  has_device ? device_names[event.device] : "", name_of(event.kind));
  if (event.sectors != 0) text += fmt::format(" {} + {}", event.lba, event.sectors);
  return text;
}

void Trace::add(const TraceEvent& event) {
  hash_ = mixed(&event, sizeof event, hash_);
  if (keep_all_) {
    ring_.push_back(event);
  } else {
    if (ring_.empty()) ring_.resize(events_kept);
    ring_[events_ % events_kept] = event;
  }
  ++events_;
}

void Trace::add_choice(const Key& key, std::uint64_t value) {
  std::uint64_t place = std::uint64_t{static_cast<std::uint16_t>(key.family)} << 48 |
                        std::uint64_t{key.device} << 32 | key.fragment;
  std::array<std::uint64_t, 4> answer{place, key.lba, key.nth, value};
  hash_ = mixed(answer.data(), sizeof answer, hash_);
  if (!keep_all_) return;
  TraceEvent event;
  event.lba = key.lba;
  event.value = hash_;
  event.device = key.device;
  event.kind = EventKind::choice;
  ring_.push_back(event);
}

std::vector<TraceEvent> Trace::kept() const {
  if (keep_all_) return ring_;
  if (events_ <= events_kept)
    return {ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(
                                               std::min<std::uint64_t>(events_, ring_.size()))};
  auto oldest = ring_.begin() + static_cast<std::ptrdiff_t>(events_ % events_kept);
  std::vector<TraceEvent> events(oldest, ring_.end());
  events.insert(events.end(), ring_.begin(), oldest);
  return events;
}

std::uint64_t hash_of(Pages pages) {
  std::uint64_t hash = 0;
  for (const Slice& slice : pages) hash = mixed(slice.data(), slice.bytes, hash);
  return hash;
}

}  // namespace holdfast::sim
