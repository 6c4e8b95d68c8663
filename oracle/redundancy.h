// Parity of an array's raw images, the slow and plain way: which stripes don't match, and what a missing member holds.
//
//   P = sum of the data pages, Q = sum of 2^exponent * data page, over GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1.
//
//   Where P (and Q) match the data, each degraded view equals the full one: any missing page is determined by the rest.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "oracle/member_images.h"
#include "oracle/raid_shape.h"

namespace holdfast::oracle {

std::uint8_t gf_multiply(std::uint8_t a, std::uint8_t b);
std::uint8_t gf_power_of_two(unsigned exponent);
std::uint8_t gf_inverse(std::uint8_t a);  // a != 0

using StripePage = std::array<std::uint64_t, stripe_bytes / 8>;

// Which of a stripe's equations were there to compare, and which fail.
struct ParityMatch {
  bool compared = false;
  bool p_differs = false;
  bool q_differs = false;
  std::uint64_t first_byte = 0;  // in the page, of the first difference

  bool matches() const { return !p_differs && !q_differs; }
};

class Redundancy {
 public:
  // Shape and images outlive it. `missing`: distinct roles, at most parity_disks of them.
  Redundancy(const RaidShape& shape, MemberImages& images, const std::vector<unsigned>& missing);

  // With a member missing there is something to compare only in RAID-6 with one missing.
  ParityMatch compare(std::uint64_t stripe);

  // The page of any role, computed from the others where it is missing. Valid until the next call that names another
  // stripe.
  Bytes page(std::uint64_t stripe, unsigned role);

  const Row& row(std::uint64_t stripe);

 private:
  struct Unknown {
    unsigned role;
    unsigned exponent;
  };

  void load(std::uint64_t stripe);
  void reconstruct();
  void reconstruct_data(const std::vector<Unknown>& unknown);
  void sum_p(StripePage& into) const;  // of the data pages, the missing ones as zeros
  void sum_q(StripePage& into) const;

  const RaidShape& shape_;
  MemberImages& images_;
  std::vector<bool> is_missing_;  // by role
  unsigned missing_ = 0;
  std::vector<StripePage> scratch_;  // by role: what the image copied, or what was computed
  std::vector<Bytes> pages_;  // by role, of the loaded stripe; of missing roles: scratch
  std::uint64_t stripe_ = ~std::uint64_t{0};
  std::uint64_t row_number_ = ~std::uint64_t{0};
  bool is_reconstructed_ = false;
  Row row_;
};

}  // namespace holdfast::oracle
