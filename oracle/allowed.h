// Allowed(b): what one sector may hold after a recovery, and what it means when it holds something else.
//
//   old value, w1 .. wn in order of submit;   must(m): durable before the crash, by what the client was told
//   w is ruled out if some must(m) was submitted after w was acked, or returned by a read submitted after both acks
//   the old value is ruled out by any must(m);   an unacked write never is
//
//   Where a write that may tear into anything, or a discard that leaves anything, is not ruled out: all is allowed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "oracle/history.h"
#include "oracle/profile.h"
#include "oracle/verdict.h"

namespace holdfast::oracle {

// Inside one aligned unit of what the volume writes whole or not at all.
bool is_atomic(const Profile& profile, const WriteRecord& write);

class Allowed {
 public:
  Allowed(const History& history, const Profile& profile, Lba lba);

  bool contains(Content seen) const;
  bool contains_anything() const { return allows_anything_; }
  // Exactly one value is allowed.
  bool is_single() const { return !allows_anything_ && sources_ == 1; }
  // The must(m) submitted last; 0 if there is none.
  WriteId newest_must() const { return newest_must_; }
  // w certainly took effect before m: m was submitted after w's ack, or a read after both acks returned m.
  bool is_before(WriteId w, WriteId m) const;
  // The crash may have torn it into arbitrary bytes, or it leaves any by itself.
  bool may_hold_anything(const WriteRecord& write) const;

 private:
  bool is_ruled_out(WriteId w) const;
  WriteId returned_by(const History::Sight& sight) const;

  const History& history_;
  const Profile& profile_;
  Lba lba_;
  WriteId newest_must_ = 0;
  WriteId only_zeros_ = 0;  // the write that alone can have made zeros here; 0 if none or several
  bool allows_anything_ = false;
  unsigned sources_ = 0;  // values not ruled out, zeros counted as often as they were written
};

// What to call a value that is not allowed.
struct Wrong {
  Verdict verdict;
  std::string_view rule;
  WriteId expected;  // the write that should be there or above; 0: what the last recovery showed
  std::string kind;  // for the signature
};
Wrong classify(const History& history, const Profile& profile, Lba lba, Content seen);

}  // namespace holdfast::oracle
