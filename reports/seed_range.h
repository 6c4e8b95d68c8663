// Which seeds of a campaign one of several machines runs.
//
//   seeds of A..B   batches of 16, numbered from 0 at A; the last one may be shorter
//   shard K of N    the batches whose number modulo N is K - 1
//
//   S1  The N shards of a range are a partition of it: every seed is in exactly one of them.
#pragma once

#include <cstdint>

namespace holdfast::reports {

inline constexpr std::uint64_t batch_seeds = 16;
inline constexpr unsigned shards_max = 65536;

struct Shard {
  unsigned number = 1;  // 1 .. of
  unsigned of = 1;

  bool is_whole() const { return of == 1; }
  bool holds_batch(std::uint64_t batch) const { return batch % of == number - 1; }
  // Seeds of a range of `seeds` that belong to this shard.
  std::uint64_t seeds_of(std::uint64_t seeds) const {
    std::uint64_t whole = seeds / batch_seeds, rest = seeds % batch_seeds;
    std::uint64_t batches = whole / of + (whole % of >= number ? 1 : 0);
    return batches * batch_seeds + (rest > 0 && holds_batch(whole) ? rest : 0);
  }
  bool operator==(const Shard&) const = default;
};

}  // namespace holdfast::reports
