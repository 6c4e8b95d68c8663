// The one source of chance: every decision of a simulated world is an answer to a question that names its place.
//
//   choose({lands, disk 2, lba 37, 4th write there, fragment 0}, 2)  ->  0 (lands) or 1 (is lost)
//
//   C1  Equal seed and equal key give equal answers, whatever else was asked: leaving out one operation moves no other
//       draw.
//   C2  0 is the benign answer: it lands, first in first out, no fault, the plain workload.
//   Keys are integers; text stands in files only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::sim {

enum class Family : std::uint16_t {
  fresh,  // what a new disk holds
  latency,  // jitter of a completion
  cut_pattern,  // how a device's cache goes at a power cut
  lands,  // a fragment at a power cut
  tears,  // a fragment above the atomic unit: arbitrary bytes
  takes_effect,  // a fragment of a write that answered with an error
  discard_fill,  // what discarded blocks read as
  command_error,  // EIO on a command
  flush_error,  // a flush fails
  bad_sector,  // a sector becomes unreadable
  device_loss,  // a device drops alone: whether, when, which
  device_return,  // absent or back at the next open
  cycle_end,  // how a cycle ends: power cut, host crash, clean stop
  cut_instant,  // after which event
  recovery_cut,  // whether and when inside recovery
  swarm,  // knobs of one run
  operation,  // what a client does
  operation_place,  // where
  operation_size,  // how much
  operation_flags,  // fua, preflush
  view,  // which degraded view is looked at
  entropy,  // uuids of the engine
  sabotage,  // a wrapper breaks this request
  tear_shape,  // how a torn fragment looks (T3)
  spoiled_neighbor,  // a torn physical block takes what stands beside the fragment along
  lying_flush,  // a flush is answered and nothing done
  lying_fua,  // the same of the FUA of a write
  rollback,  // an erase block returns to older content at a cut: whether, which
  bit_rot,  // sectors change by themselves: whether, how many, which bit of which
  lost_write,  // a write is answered and never lands
  misdirected_write,  // it lands elsewhere: whether, where
  misdirected_read,  // it is answered from elsewhere: whether, from where
  stall,  // a command takes very long
  priority,  // which device is served first, and when one falls behind
  stripe_atlas,  // which member of each stripe may be hit
};
inline constexpr std::size_t family_count = static_cast<std::size_t>(Family::stripe_atlas) + 1;

struct Key {
  Family family{};
  std::uint16_t device = 0;
  std::uint32_t fragment = 0;
  std::uint64_t lba = 0;
  std::uint64_t nth = 0;

  constexpr Key() = default;
  constexpr Key(Family of, std::uint64_t n) : family(of), nth(n) {}
  constexpr Key(Family of, std::uint64_t n, std::uint32_t part)
      : family(of), fragment(part), nth(n) {}
  constexpr Key(Family of, std::uint16_t on, std::uint64_t at, std::uint64_t n, std::uint32_t part)
      : family(of), device(on), fragment(part), lba(at), nth(n) {}
  constexpr auto operator<=>(const Key&) const = default;
};

// "lands/2/37/4/0": family, device, lba, nth, fragment.
std::string text_of(const Key& key);
std::optional<Key> key_of(std::string_view text);
std::string_view name_of(Family family);

class Choices {
 public:
  virtual ~Choices() = default;
  // In [0, bound); bound is at least 1.
  virtual std::uint64_t choose(Key key, std::uint64_t bound) = 0;
  // True with this probability; false is the benign answer. Never asked for 0 or all of a million.
  virtual bool coin(Key key, std::uint32_t parts_per_million) = 0;

  bool chance(Key key, std::uint32_t parts_per_million) {
    if (parts_per_million == 0) return false;
    return parts_per_million >= 1'000'000 || coin(key, parts_per_million);
  }
};

// A stream of its own for every key: Philox keyed by the seed, counted by the key.
class SeededChoices final : public Choices {
 public:
  explicit SeededChoices(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t choose(Key key, std::uint64_t bound) override;
  bool coin(Key key, std::uint32_t parts_per_million) override;
  // 64 random bits for this key.
  std::uint64_t draw(Key key) const;

 private:
  std::uint64_t seed_;
};

// What was chosen elsewhere, by key; whatever is not in the list is benign.
class RecordedChoices final : public Choices {
 public:
  using Entry = std::pair<Key, std::uint64_t>;

  explicit RecordedChoices(std::vector<Entry> entries);
  std::uint64_t choose(Key key, std::uint64_t bound) override;
  bool coin(Key key, std::uint32_t parts_per_million) override;

  std::uint64_t matched() const { return matched_; }
  // Entries that were asked for and fitted, by key.
  std::vector<Entry> matching() const;
  // Entries that nobody asked for, or whose value was none of the answers: the code or the scenario has changed.
  std::vector<Entry> unmatched() const;

 private:
  std::vector<Entry> entries_where(bool was_asked) const;

  std::vector<Entry> entries_;  // sorted by key
  std::vector<bool> asked_;
  std::uint64_t matched_ = 0;
};

// Answers as another one does and keeps every answer that is not benign: the content of a failure file.
class RecordingChoices final : public Choices {
 public:
  explicit RecordingChoices(Choices& of) : of_(of) {}
  std::uint64_t choose(Key key, std::uint64_t bound) override;
  bool coin(Key key, std::uint32_t parts_per_million) override;

  // In the order in which they were asked; a key that was asked twice stands twice.
  const std::vector<RecordedChoices::Entry>& entries() const { return entries_; }
  // By key, each once.
  std::vector<RecordedChoices::Entry> resolved() const;
  // Keys that were asked twice and answered differently: no record can give both answers.
  std::vector<Key> ambiguous() const;

 private:
  Choices& of_;
  std::vector<RecordedChoices::Entry> entries_;
  std::vector<RecordedChoices::Entry> asked_;  // benign ones, too
};

}  // namespace holdfast::sim
