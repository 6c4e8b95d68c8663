// Every 512-byte sector that a workload writes names itself, and what a sector holds is one 8-byte word: its Content.
//
//    0  u64 seal         of the fields below; half of the key of the fill
//    8  u64 run
//   16  u64 lba          on the volume under test
//   24  u32 write        WriteId
//   28  u32 generation   how often the volume had been recovered when the write was made
//   32  u64 fill[60]     table[i] + key(seal): cheap, not linear under XOR, so parity of payloads is no payload
//
//   P1  A sector decodes as `written` if and only if each of its 512 bytes is what encode() made for this run and lba.
//   P2  Equal Content means equal bytes (of foreign bytes: equal hash, 61 bits).
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/types.h"
#include "oracle/verdict.h"

namespace holdfast::oracle {

// What one sector holds.
//   unknown      nobody looked                       zero         512 zero bytes
//   written      our write, whole, in its place      misdirected  our write, whole, of another lba
//   other_run    whole, but of another run           damaged      the head of one of ours, and a wrong fill
//   foreign      anything else                       unreadable   the read failed
class Content {
 public:
  enum class Kind : std::uint8_t {
    unknown,
    zero,
    written,
    misdirected,
    other_run,
    damaged,
    foreign,
    unreadable
  };

  constexpr Content() = default;
  static constexpr Content zero() { return {Kind::zero, 0}; }
  static constexpr Content written(WriteId write) { return {Kind::written, write}; }
  static constexpr Content unreadable() { return {Kind::unreadable, 0}; }
  static Content misdirected(WriteId write, Lba meant_for) {
    check(write < write_limit, "a run has fewer than 2^26 writes");
    return {Kind::misdirected, meant_for.value << 26 | write};
  }
  static constexpr Content hashed(Kind kind, std::uint64_t hash) {
    return {kind, hash & value_mask};
  }

  constexpr Kind kind() const { return static_cast<Kind>(word_ >> 61); }
  constexpr bool is_written() const { return kind() == Kind::written; }
  // written and misdirected; 0 otherwise.
  constexpr WriteId write() const {
    return is_written() || kind() == Kind::misdirected ? static_cast<WriteId>(value() % write_limit)
                                                       : 0;
  }
  // misdirected only.
  constexpr Lba meant_for() const { return Lba(value() >> 26); }
  constexpr std::uint64_t word() const { return word_; }
  constexpr std::uint64_t value() const { return word_ & value_mask; }
  constexpr bool operator==(const Content&) const = default;

  // "write 41", "zeros", "write 41 of sector 8", "foreign bytes 1f0c…"
  std::string text() const;

  static constexpr WriteId write_limit = 1u << 26;  // of a run; volumes are below 2^35 sectors

 private:
  static constexpr std::uint64_t value_mask = (std::uint64_t{1} << 61) - 1;
  constexpr Content(Kind kind, std::uint64_t value)
      : word_(static_cast<std::uint64_t>(kind) << 61 | value) {}

  std::uint64_t word_ = 0;
};

// The bytes of one run's sectors.
class Payload {
 public:
  explicit Payload(std::uint64_t run) : run_(run) {}

  void encode(WriteId write, std::uint32_t generation, Lba lba, MutableBytes sector) const;
  // Of the 512 bytes found at `lba`.
  Content decode(Lba lba, Bytes sector) const;

 private:
  std::uint64_t run_;
};

}  // namespace holdfast::oracle
