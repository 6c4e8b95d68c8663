// Where each block of a RAID-4, 5 or 6 array stands on its members, in every layout of Linux md.
//
//   row       one chunk of every member, at the same place: rows() of them, row r at member sector r * chunk
//   role      the number of a member in the array, 0 .. raid_disks - 1
//   index     the number of a data chunk in its row, 0 .. data_disks - 1, in the order of the array's addresses
//
//   left-symmetric, 4 members     role   0    1    2    3
//                            row 0       D0   D1   D2   P
//                            row 1       D1   D2   P    D0
//   G1  Every role of a row is exactly one of P, Q (RAID-6 only) and a data chunk.
//   G2  Q = sum of 2^exponent * chunk over GF(2^8) modulo 0x11d, exponents of one row being distinct.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/check.h"
#include "core/base/result.h"
#include "core/base/types.h"

namespace holdfast::raid {

enum class Level { raid4 = 4, raid5 = 5, raid6 = 6 };

constexpr int parity_disks_of(Level level) { return level == Level::raid6 ? 2 : 1; }
std::string_view name_of(Level level);  // "raid5"

// A layout by md's number and by mdadm's name ("left-symmetric", "ddf-N-continue", "parity-first-6", ...). RAID-4 has
// one layout, parity last, under the numbers 0 (as mdadm makes it) and 5 (as Linux makes it from RAID-5 or RAID-0).
struct LayoutName {
  int number;
  std::string_view name;
};
std::span<const LayoutName> layouts_of(Level level);
std::string_view layout_name(Level level, int layout);  // empty if there is no such layout
// Takes mdadm's short names ("ls") too.
std::optional<int> layout_number(Level level, std::string_view name);

// One row: who holds what. Cheap to make and to copy; made for each request.
class RowMap {
 public:
  static constexpr int none = -1;

  int raid_disks() const { return raid_disks_; }
  int data_disks() const { return raid_disks_ - (q_ == none ? 1 : 2); }
  int p() const { return p_; }
  int q() const { return q_; }  // none in RAID-4 and 5
  bool is_parity(int role) const { return role == p_ || role == q_; }

  int role_of(int index) const {
    if (ring_ != 0) {
      int role = first_ + index;
      return role < ring_ ? role : role - ring_;
    }
    int role = index + (index >= low_);
    return role + (role >= high_);
  }
  // none for P and Q.
  int index_of(int role) const {
    if (is_parity(role)) return none;
    if (ring_ != 0) return role >= first_ ? role - first_ : role - first_ + ring_;
    return role - (role > low_) - (role > high_);
  }
  // G2: of the data chunk on this role. Below 255.
  int exponent_of(int role) const {
    if (exponents_are_roles_) return role;
    int behind_q = role > q_ ? role - q_ - 1 : role - q_ - 1 + raid_disks_;
    return behind_q - (p_behind_q_ < behind_q);
  }

 private:
  friend struct Geometry;
  RowMap() = default;
  void place_raid5(int layout, std::uint64_t row);
  void place_raid6(int layout, std::uint64_t row);
  void ascending(int p, int q);  // data by role, stepping over P and Q
  void round(int p, int q, int behind_p, int roles);  // data round from so far behind P
  void place_parity(int p, int q);

  int raid_disks_ = 0;
  int p_ = none;
  int q_ = none;
  int p_behind_q_ = 0;  // steps from the role after Q to P
  int first_ = 0;  // data goes round from here ...
  int ring_ = 0;  // ... over so many roles; 0: ascending
  int low_ = 0;  // the lower of P and Q
  int high_ = 0;  // the higher, or beyond all
  bool exponents_are_roles_ = false;
};

// The place of one array sector.
struct ChunkPlace {
  std::uint64_t row = 0;
  int index = 0;  // of the data chunk
  Sectors inside;  // from the start of the chunk
};

struct Geometry {
  Level level = Level::raid5;
  int layout = 2;
  int raid_disks = 0;
  Sectors chunk;
  Sectors member_sectors;  // used on each member, from data_offset; a multiple of the chunk

  // Rounds member_sectors down to the chunk. The error's field is level, layout, chunk, raid_disks or size, its
  // offset 0.
  static Decoded<Geometry> make(int level, std::uint64_t layout, std::uint64_t raid_disks,
                                Sectors chunk, Sectors member_sectors);

  int parity_disks() const { return parity_disks_of(level); }
  int data_disks() const { return raid_disks - parity_disks(); }
  Sectors row_sectors() const { return chunk * static_cast<std::uint64_t>(data_disks()); }
  std::uint64_t rows() const { return member_sectors / chunk; }
  Sectors capacity() const { return row_sectors() * rows(); }

  RowMap row(std::uint64_t number) const;
  ChunkPlace locate(Lba array_sector) const {
    std::uint64_t chunk_number = array_sector.value >> chunk_shift();
    auto data = static_cast<std::uint64_t>(data_disks());
    return {chunk_number / data, static_cast<int>(chunk_number % data),
            Sectors(array_sector.value & (chunk.value - 1))};
  }
  // On every member, without data_offset.
  Lba member_lba(std::uint64_t row_number) const { return Lba(row_number << chunk_shift()); }
  Lba array_lba(std::uint64_t row_number, int index) const {
    auto data = static_cast<std::uint64_t>(data_disks());
    return Lba((row_number * data + static_cast<std::uint64_t>(index)) << chunk_shift());
  }

  bool operator==(const Geometry&) const = default;

 private:
  int chunk_shift() const { return std::countr_zero(chunk.value); }
};

}  // namespace holdfast::raid
