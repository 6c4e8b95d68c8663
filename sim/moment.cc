#include "sim/moment.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::sim {
namespace {

constexpr std::array<std::string_view, 7> accesses{"read",   "superblock", "log",         "data",
                                                   "parity", "log-flush",  "member-flush"};
constexpr std::array<std::string_view, 2> ends{"submitted", "ended"};
constexpr std::array<std::string_view, 4> phases{"work", "recovery", "again", "resync"};
constexpr std::array<std::string_view, 4> missings{"none", "member", "members", "journal"};

// Takes the first word of a text that '/' separates: its place among the names.
template <std::size_t N>
std::optional<std::size_t> take(std::string_view& text, const std::array<std::string_view, N>& of) {
  std::size_t slash = std::min(text.find('/'), text.size());
  auto found = std::find(of.begin(), of.end(), text.substr(0, slash));
  text.remove_prefix(std::min(slash + 1, text.size()));
  if (found == of.end()) return std::nullopt;
  return static_cast<std::size_t>(found - of.begin());
}

}  // namespace

std::string text_of(const Moment& moment) {
  return fmt::format("{}/{}/{}/{}", accesses[static_cast<std::size_t>(moment.access)],
                     ends[moment.has_ended], phases[static_cast<std::size_t>(moment.phase)],
                     missings[static_cast<std::size_t>(moment.missing)]);
}

std::optional<Moment> moment_of(std::string_view text) {
  if (std::count(text.begin(), text.end(), '/') != 3 || text.ends_with('/')) return std::nullopt;
  auto access = take(text, accesses);
  auto end = take(text, ends);
  auto phase = take(text, phases);
  auto missing = take(text, missings);
  if (!access || !end || !phase || !missing) return std::nullopt;
  return Moment{static_cast<Access>(*access), *end == 1, static_cast<Phase>(*phase),
                static_cast<Missing>(*missing)};
}

Moment moment_at(std::size_t number) {
  return {static_cast<Access>(number / 32), number / 16 % 2 == 1,
          static_cast<Phase>(number / 4 % 4), static_cast<Missing>(number % 4)};
}

// A night of fuzzing passes more: then the most there is stands for "more".
MomentCounts& MomentCounts::operator+=(const MomentCounts& other) {
  auto add = [](std::uint32_t& into, std::uint32_t more) {
    into = into > UINT32_MAX - more ? UINT32_MAX : into + more;
  };
  for (std::size_t i = 0; i < moments_count; ++i) {
    add(passed[i], other.passed[i]);
    add(cut[i], other.cut[i]);
  }
  return *this;
}

}  // namespace holdfast::sim
