#include "sim/choices.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <Random123/philox.h>
#include <fmt/format.h>

#include "core/base/check.h"

namespace holdfast::sim {

namespace {

constexpr std::array<std::string_view, family_count> family_names{"fresh",
                                                                  "latency",
                                                                  "cut_pattern",
                                                                  "lands",
                                                                  "tears",
                                                                  "takes_effect",
                                                                  "discard_fill",
                                                                  "command_error",
                                                                  "flush_error",
                                                                  "bad_sector",
                                                                  "device_loss",
                                                                  "device_return",
                                                                  "cycle_end",
                                                                  "cut_instant",
                                                                  "recovery_cut",
                                                                  "swarm",
                                                                  "operation",
                                                                  "operation_place",
                                                                  "operation_size",
                                                                  "operation_flags",
                                                                  "view",
                                                                  "entropy",
                                                                  "sabotage",
                                                                  "tear_shape",
                                                                  "spoiled_neighbor",
                                                                  "lying_flush",
                                                                  "lying_fua",
                                                                  "rollback",
                                                                  "bit_rot",
                                                                  "lost_write",
                                                                  "misdirected_write",
                                                                  "misdirected_read",
                                                                  "stall",
                                                                  "priority",
                                                                  "stripe_atlas"};

constexpr std::uint32_t million = 1'000'000;

// The high half of the product: in [0, bound), as even as 64 bits allow.
std::uint64_t scaled(std::uint64_t random, std::uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(random) * bound) >> 64);
}

bool has_number(std::string_view text, std::uint64_t& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::string_view name_of(Family family) { return family_names[static_cast<std::size_t>(family)]; }

std::string text_of(const Key& key) {
  return fmt::format("{}/{}/{}/{}/{}", name_of(key.family), key.device, key.lba, key.nth,
                     key.fragment);
}

std::optional<Key> key_of(std::string_view text) {
  std::size_t slash = text.find('/');
  auto family = std::find(family_names.begin(), family_names.end(), text.substr(0, slash));
  if (slash == text.npos || family == family_names.end()) return std::nullopt;
  std::array<std::uint64_t, 4> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (slash == text.npos) return std::nullopt;
    text.remove_prefix(slash + 1);
    slash = text.find('/');
    if (!has_number(text.substr(0, slash), numbers[i])) return std::nullopt;
  }
  if (slash != text.npos || numbers[0] > 0xffff || numbers[3] > 0xffff'ffff) return std::nullopt;
  return Key(static_cast<Family>(family - family_names.begin()),
             static_cast<std::uint16_t>(numbers[0]), numbers[1], numbers[2],
             static_cast<std::uint32_t>(numbers[3]));
}

std::uint64_t SeededChoices::draw(Key key) const {
  std::uint64_t place = std::uint64_t{static_cast<std::uint16_t>(key.family)} << 48 |
                        std::uint64_t{key.device} << 32 | key.fragment;
  return r123::Philox4x64()({{key.lba, key.nth, place, 0}}, {{seed_, 0}})[0];
}

std::uint64_t SeededChoices::choose(Key key, std::uint64_t bound) {
  check(bound >= 1, "a choice has at least one answer");
  return bound == 1 ? 0 : scaled(draw(key), bound);
}

bool SeededChoices::coin(Key key, std::uint32_t parts_per_million) {
  return scaled(draw(key), million) >= million - parts_per_million;
}

RecordedChoices::RecordedChoices(std::vector<Entry> entries) : entries_(std::move(entries)) {
  std::sort(entries_.begin(), entries_.end());
  auto is_same = [](const Entry& one, const Entry& other) { return one.first == other.first; };
  entries_.erase(std::unique(entries_.begin(), entries_.end(), is_same), entries_.end());
  asked_.resize(entries_.size());
}

std::uint64_t RecordedChoices::choose(Key key, std::uint64_t bound) {
  check(bound >= 1, "a choice has at least one answer");
  auto entry = std::lower_bound(entries_.begin(), entries_.end(), Entry(key, 0));
  if (entry == entries_.end() || entry->first != key || entry->second >= bound) return 0;
  std::size_t number = static_cast<std::size_t>(entry - entries_.begin());
  if (!asked_[number]) ++matched_;
  asked_[number] = true;
  return entry->second;
}

bool RecordedChoices::coin(Key key, std::uint32_t) { return choose(key, 2) == 1; }

std::vector<RecordedChoices::Entry> RecordedChoices::entries_where(bool was_asked) const {
  std::vector<Entry> found;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (asked_[i] == was_asked) found.push_back(entries_[i]);
  return found;
}

std::vector<RecordedChoices::Entry> RecordedChoices::matching() const {
  return entries_where(true);
}

std::vector<RecordedChoices::Entry> RecordedChoices::unmatched() const {
  return entries_where(false);
}

std::uint64_t RecordingChoices::choose(Key key, std::uint64_t bound) {
  std::uint64_t value = of_.choose(key, bound);
  if (value != 0) entries_.emplace_back(key, value);
  asked_.emplace_back(key, value);
  return value;
}

bool RecordingChoices::coin(Key key, std::uint32_t parts_per_million) {
  bool value = of_.coin(key, parts_per_million);
  if (value) entries_.emplace_back(key, 1);
  asked_.emplace_back(key, value);
  return value;
}

std::vector<RecordedChoices::Entry> RecordingChoices::resolved() const {
  std::vector<RecordedChoices::Entry> sorted = entries_;
  std::sort(sorted.begin(), sorted.end());
  auto is_same = [](const auto& one, const auto& other) { return one.first == other.first; };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), is_same), sorted.end());
  return sorted;
}

std::vector<Key> RecordingChoices::ambiguous() const {
  std::vector<RecordedChoices::Entry> sorted = asked_;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<Key> keys;
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i].first == sorted[i - 1].first && (keys.empty() || keys.back() != sorted[i].first))
      keys.push_back(sorted[i].first);
  return keys;
}

}  // namespace holdfast::sim
