#include "oracle/payload.h"

#include <array>
#include <cstring>

#include <fmt/format.h>
#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // the same hashes by the widest registers there are
#endif

namespace holdfast::oracle {
namespace {

constexpr std::size_t fill_words = 60;

constexpr std::uint64_t scramble(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

constexpr std::array<std::uint64_t, fill_words> make_table() {
  std::array<std::uint64_t, fill_words> table{};
  for (std::size_t i = 0; i < fill_words; ++i) table[i] = scramble((i + 1) * 0x9e3779b97f4a7c15);
  return table;
}
constexpr auto table = make_table();

struct Sector {
  std::uint64_t seal;
  std::uint64_t run;
  std::uint64_t lba;
  std::uint32_t write;
  std::uint32_t generation;
  std::uint64_t fill[fill_words];

  std::uint64_t expected_seal() const {
    std::uint64_t who = std::uint64_t{write} << 32 | generation;
    return scramble(scramble(run + 0x9e3779b97f4a7c15) ^ scramble(lba) * 3 ^ scramble(who) * 5) | 1;
  }
  std::uint64_t key() const { return seal * 0xd6e8feb86659fd93; }
};
static_assert(sizeof(Sector) == sector_bytes);

bool has_whole_fill(const Sector& sector) {
  std::uint64_t key = sector.key();
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < fill_words; ++i) difference |= sector.fill[i] ^ (table[i] + key);
  return difference == 0;
}

bool is_zero(const Sector& sector) {
  std::uint64_t any = sector.seal | sector.run | sector.lba | sector.write | sector.generation;
  for (std::uint64_t word : sector.fill) any |= word;
  return any == 0;
}

}  // namespace

void Payload::encode(WriteId write, std::uint32_t generation, Lba lba, MutableBytes sector) const {
  check(sector.size() == sector_bytes, "a payload is one sector");
  check(write != 0 && write < Content::write_limit, "a run has fewer than 2^26 writes");
  Sector made;
  made.run = run_;
  made.lba = lba.value;
  made.write = write;
  made.generation = generation;
  made.seal = made.expected_seal();
  std::uint64_t key = made.key();
  for (std::size_t i = 0; i < fill_words; ++i) made.fill[i] = table[i] + key;
  std::memcpy(sector.data(), &made, sizeof made);
}

Content Payload::decode(Lba lba, Bytes bytes) const {
  check(bytes.size() == sector_bytes, "a payload is one sector");
  Sector sector;
  std::memcpy(&sector, bytes.data(), sizeof sector);
  if (sector.seal == 0 && is_zero(sector)) return Content::zero();

  bool has_head = sector.seal == sector.expected_seal();
  if (has_head && has_whole_fill(sector)) {
    bool is_ours = sector.run == run_ && sector.write != 0 && sector.write < Content::write_limit;
    if (is_ours && sector.lba == lba.value) return Content::written(sector.write);
    if (is_ours) return Content::misdirected(sector.write, Lba(sector.lba));
    return Content::hashed(Content::Kind::other_run, XXH3_64bits(&sector, sizeof sector));
  }
  auto kind = has_head ? Content::Kind::damaged : Content::Kind::foreign;
  return Content::hashed(kind, XXH3_64bits(&sector, sizeof sector));
}

std::string Content::text() const {
  switch (kind()) {
    case Kind::unknown: return "nothing known";
    case Kind::zero: return "zeros";
    case Kind::written: return fmt::format("write {}", write());
    case Kind::misdirected: return fmt::format("write {} of sector {}", write(), meant_for().value);
    case Kind::other_run: return fmt::format("a block of another run ({:016x})", value());
    case Kind::damaged: return fmt::format("a damaged block of ours ({:016x})", value());
    case Kind::foreign: return fmt::format("foreign bytes ({:016x})", value());
    case Kind::unreadable: return "an I/O error";
  }
  return "nothing known";
}

}  // namespace holdfast::oracle
