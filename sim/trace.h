// What happened in one world, in order: a rolling hash over all of it, and the last events for the story.
//
//   T1  Two runs of one seed have one hash, with any compiler. It covers every event, every choice and the bytes of
//       every device write.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/page.h"
#include "core/base/types.h"
#include "sim/choices.h"

namespace holdfast::sim {

enum class EventKind : std::uint16_t {
  submit_read,
  submit_write,
  submit_flush,
  submit_discard,
  submit_zeroes,  // value: hash of the data; flags below
  end_ok,
  end_media,
  end_io,
  end_gone,
  device_lost,
  device_back,
  power_cut,
  host_crash,
  clean_stop,
  boot,
  open,
  create,
  recovered,
  choice,
};
std::string_view name_of(EventKind kind);

struct TraceEvent {
  static constexpr std::uint16_t no_device = 0xffff;

  std::uint64_t instant = 0;  // nanoseconds
  std::uint64_t lba = 0;
  std::uint64_t value = 0;
  std::uint32_t sectors = 0;
  std::uint16_t device = no_device;
  EventKind kind{};

  bool operator==(const TraceEvent&) const = default;
};
static_assert(sizeof(TraceEvent) == 32, "hashed as it stands: no padding");

// "1.204560 ms  m2  write 4096 + 8 sectors (fua)"
std::string text_of(const TraceEvent& event, const std::vector<std::string>& device_names);

class Trace {
 public:
  static constexpr std::size_t events_kept = 2048;

  // keep_all: every event and choice stays, to find where two runs part.
  explicit Trace(bool keep_all = false) : keep_all_(keep_all) {}

  void add(const TraceEvent& event);
  void add_choice(const Key& key, std::uint64_t value);

  std::uint64_t hash() const { return hash_; }
  // Choices are none: an event has the same number whether all are kept or not, and the first has 1.
  std::uint64_t events() const { return events_; }
  // All of them and the choices between them, or the last ones; oldest first.
  std::vector<TraceEvent> kept() const;

 private:
  bool keep_all_;
  std::uint64_t hash_ = 0;
  std::uint64_t events_ = 0;
  std::vector<TraceEvent> ring_;
};

std::uint64_t hash_of(Pages pages);

// Passes every question on and puts the answer into the trace.
class TracedChoices final : public Choices {
 public:
  TracedChoices(Choices& of, Trace& trace) : of_(of), trace_(trace) {}
  std::uint64_t choose(Key key, std::uint64_t bound) override {
    std::uint64_t value = of_.choose(key, bound);
    trace_.add_choice(key, value);
    return value;
  }
  bool coin(Key key, std::uint32_t parts_per_million) override {
    bool value = of_.coin(key, parts_per_million);
    trace_.add_choice(key, value);
    return value;
  }

 private:
  Choices& of_;
  Trace& trace_;
};

}  // namespace holdfast::sim
