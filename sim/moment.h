// Where in a volume's life its power can go: what its devices did last, in which phase, and who was missing.
//
//   "log/submitted/work/none"    a write to the journal has just gone out, clients are at work, nobody is missing
//   "parity/ended/resync/member"
//
//   A fuzzer counts which moments a run came through and in which ones its power went, and aims at those that were left out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::sim {

// By place: a superblock is whatever stands outside the content of a device.
enum class Access : std::uint8_t {
  read,
  superblock,
  log,
  data,
  parity,
  flush_of_log,
  flush_of_member,
};

enum class Phase : std::uint8_t {
  work,  // clients are at work
  recovery,  // the volume opens after a crash,
  again,  // or after a cut in recovery
  resync,  // it is open, and is read or settles before it is judged
};

enum class Missing : std::uint8_t { none, member, members, journal };

struct Moment {
  Access access{};
  bool has_ended = false;
  Phase phase{};
  Missing missing{};

  bool operator==(const Moment&) const = default;
};

std::string text_of(const Moment& moment);
std::optional<Moment> moment_of(std::string_view text);

inline constexpr std::size_t moments_count = 7 * 2 * 4 * 4;
constexpr std::size_t number_of(const Moment& moment) {
  std::size_t number = static_cast<std::size_t>(moment.access) * 2 + moment.has_ended;
  number = number * 4 + static_cast<std::size_t>(moment.phase);
  return number * 4 + static_cast<std::size_t>(moment.missing);
}
Moment moment_at(std::size_t number);

// By number_of(): how often steps of runs ended there, and how often the power went there.
struct MomentCounts {
  std::array<std::uint32_t, moments_count> passed{};
  std::array<std::uint32_t, moments_count> cut{};

  MomentCounts& operator+=(const MomentCounts& other);
};

}  // namespace holdfast::sim
