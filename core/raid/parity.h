// P and Q of a row: made, updated, and turned back into lost members. The only place that calls ISA-L's xor and P+Q.
//
//   RowPages   one byte range of a row, the same on every member: for each role its slices; empty = not at hand
//
//   A1  Every slice starts and ends on a multiple of 32 bytes, and all non-empty roles have the same size. The slices
//       of different roles need not be cut at the same places.
//   A2  No byte is copied; nothing is allocated, save once a call in arrays of more than 32 members.
//   Caller: pages that are written have no other reader (P2 in core/base/page.h).
#pragma once

#include <span>

#include "core/base/page.h"
#include "core/raid/geometry.h"

namespace holdfast::raid {

using RowPages = std::span<const Pages>;  // by role, raid_disks of them

// Fills members[row.p()] and members[row.q()] from all the data; an empty one (a member that is gone) is left out.
void compute_parity(const RowMap& row, RowPages members);

// For a chunk that changes from `before` to `after`: p ^= before ^ after, q ^= 2^exponent * (before ^ after). `role`
// holds the data. p and q hold the old parity and are changed in place; an empty one is left out.
void update_parity(const RowMap& row, int role, Pages before, Pages after, MutablePages p,
                   MutablePages q);

// Fills members[role] for each lost role, P and Q included, from the others. A lost role whose pages are empty is
// solved around and not filled. Needs all other data, and:
//   no data lost         nothing more
//   one data chunk lost  P if it is at hand, else Q
//   two                  P and Q
// More than that breaks a check.
void recover_lost(const RowMap& row, RowPages members, std::span<const int> lost);

// Whether P and Q are what the data say; one whose pages are empty counts as right.
struct ParityCheck {
  bool p = true;
  bool q = true;
};
ParityCheck check_parity(const RowMap& row, RowPages members);

}  // namespace holdfast::raid
