#include "oracle/redundancy.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/check.h"

namespace holdfast::oracle {
namespace {

constexpr std::size_t words = stripe_bytes / 8;

const std::byte* bytes_in(const StripePage& page) {
  return reinterpret_cast<const std::byte*>(page.data());
}

void add(StripePage& into, Bytes page) {
  StripePage loaded;
  std::memcpy(loaded.data(), page.data(), stripe_bytes);
  for (std::size_t i = 0; i < words; ++i) into[i] ^= loaded[i];
}

// Each byte times 2: the bits that fall off the top come back as 0x1d = 1 + 4 + 8 + 16.
void double_each(StripePage& page) {
  for (std::uint64_t& word : page) {
    std::uint64_t carry = (word >> 7) & 0x0101010101010101;
    word = ((word << 1) & 0xfefefefefefefefe) ^ carry ^ carry << 2 ^ carry << 3 ^ carry << 4;
  }
}

void multiply_each(StripePage& page, std::uint8_t factor) {
  std::array<std::uint8_t, 256> product;
  for (unsigned i = 0; i < 256; ++i) product[i] = gf_multiply(static_cast<std::uint8_t>(i), factor);
  auto* byte = reinterpret_cast<std::uint8_t*>(page.data());
  for (std::size_t i = 0; i < stripe_bytes; ++i) byte[i] = product[byte[i]];
}

// The first byte that differs, or stripe_bytes.
std::uint64_t first_difference(const StripePage& sum, Bytes page) {
  if (std::memcmp(sum.data(), page.data(), stripe_bytes) == 0) return stripe_bytes;
  auto differing = std::mismatch(page.begin(), page.end(), bytes_in(sum)).first;
  return static_cast<std::uint64_t>(differing - page.begin());
}

}  // namespace

std::uint8_t gf_multiply(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0;
  for (unsigned bit = 8; bit-- > 0;) {
    product <<= 1;
    if (product & 0x100) product ^= 0x11d;
    if (b >> bit & 1) product ^= a;
  }
  return static_cast<std::uint8_t>(product);
}

std::uint8_t gf_power_of_two(unsigned exponent) {
  std::uint8_t power = 1;
  for (unsigned i = 0; i < exponent; ++i) power = gf_multiply(power, 2);
  return power;
}

std::uint8_t gf_inverse(std::uint8_t a) {
  check(a != 0, "zero has no inverse");
  std::uint8_t power = 1;  // a^254
  for (unsigned i = 0; i < 254; ++i) power = gf_multiply(power, a);
  return power;
}

Redundancy::Redundancy(const RaidShape& shape, MemberImages& images,
                       const std::vector<unsigned>& missing)
    : shape_(shape),
      images_(images),
      is_missing_(shape.raid_disks),
      scratch_(shape.raid_disks),
      pages_(shape.raid_disks) {
  for (unsigned role : missing) {
    check(role < shape.raid_disks && !is_missing_[role], "missing roles are distinct roles");
    is_missing_[role] = true;
    ++missing_;
  }
  check(missing_ <= shape.parity_disks(), "no more members are missing than parity replaces");
}

const Row& Redundancy::row(std::uint64_t stripe) {
  std::uint64_t number = stripe * stripe_bytes / shape_.chunk_bytes;
  if (number != row_number_) {
    row_ = row_of(shape_, number);
    row_number_ = number;
  }
  return row_;
}

void Redundancy::load(std::uint64_t stripe) {
  check(stripe < shape_.stripes(), "a stripe lies inside the array");
  if (stripe == stripe_) return;
  row(stripe);
  for (unsigned role = 0; role < shape_.raid_disks; ++role) {
    MutableBytes scratch = std::as_writable_bytes(std::span(scratch_[role]));
    if (is_missing_[role]) {
      scratch_[role].fill(0);
      pages_[role] = scratch;
      continue;
    }
    std::uint64_t offset = shape_.data_offset_bytes[role] + stripe * stripe_bytes;
    pages_[role] = images_.read(role, offset, stripe_bytes, scratch);
    check(pages_[role].size() == stripe_bytes, "an image answers as many bytes as asked");
  }
  stripe_ = stripe;
  is_reconstructed_ = missing_ == 0;
}

void Redundancy::sum_p(StripePage& into) const {
  into.fill(0);
  for (unsigned role : row_.data) add(into, pages_[role]);
}

void Redundancy::sum_q(StripePage& into) const {
  into.fill(0);
  unsigned highest = *std::max_element(row_.q_exponent.begin(), row_.q_exponent.end());
  for (unsigned exponent = highest + 1; exponent-- > 0;) {
    double_each(into);
    auto found = std::find(row_.q_exponent.begin(), row_.q_exponent.end(), exponent);
    if (found == row_.q_exponent.end()) continue;
    add(into, pages_[row_.data[static_cast<std::size_t>(found - row_.q_exponent.begin())]]);
  }
}

ParityMatch Redundancy::compare(std::uint64_t stripe) {
  ParityMatch match;
  if (missing_ > 1 || (missing_ == 1 && row(stripe).q == Row::none)) return match;
  load(stripe);
  bool data_is_missing = missing_ == 1 && !is_missing_[row_.p] && !is_missing_[row_.q];
  if (data_is_missing) reconstruct();  // from P: leaves Q to compare

  match.compared = true;
  match.first_byte = stripe_bytes;
  StripePage sum;
  if (!is_missing_[row_.p] && !data_is_missing) {
    sum_p(sum);
    match.first_byte = first_difference(sum, pages_[row_.p]);
    match.p_differs = match.first_byte < stripe_bytes;
  }
  if (row_.q != Row::none && !is_missing_[row_.q]) {
    sum_q(sum);
    std::uint64_t at = first_difference(sum, pages_[row_.q]);
    match.q_differs = at < stripe_bytes;
    match.first_byte = std::min(match.first_byte, at);
  }
  return match;
}

Bytes Redundancy::page(std::uint64_t stripe, unsigned role) {
  load(stripe);
  if (is_missing_[role]) reconstruct();
  return pages_[role];
}

void Redundancy::reconstruct() {
  if (is_reconstructed_) return;
  is_reconstructed_ = true;
  std::vector<Unknown> unknown;
  for (std::size_t i = 0; i < row_.data.size(); ++i)
    if (is_missing_[row_.data[i]])
      unknown.push_back({row_.data[i], row_.q == Row::none ? 0 : row_.q_exponent[i]});
  reconstruct_data(unknown);
  if (is_missing_[row_.p]) sum_p(scratch_[row_.p]);
  if (row_.q != Row::none && is_missing_[row_.q]) sum_q(scratch_[row_.q]);
}

// The missing pages count as zeros in both sums, so A = P + sum is the sum of the missing pages, and B = Q + sum that of
// their multiples.
void Redundancy::reconstruct_data(const std::vector<Unknown>& unknown) {
  if (unknown.empty()) return;
  StripePage a;
  sum_p(a);
  add(a, pages_[row_.p]);
  if (unknown.size() == 1 && !is_missing_[row_.p]) {
    scratch_[unknown[0].role] = a;
    return;
  }
  StripePage b;
  sum_q(b);
  add(b, pages_[row_.q]);
  std::uint8_t first = gf_power_of_two(unknown[0].exponent);
  if (unknown.size() == 1) {
    multiply_each(b, gf_inverse(first));
    scratch_[unknown[0].role] = b;
    return;
  }
  // first * X + second * Y = B, X + Y = A:  X = (B + second * A) / (first + second)
  std::uint8_t second = gf_power_of_two(unknown[1].exponent);
  StripePage x = a;
  multiply_each(x, second);
  add(x, std::as_bytes(std::span(b)));
  multiply_each(x, gf_inverse(static_cast<std::uint8_t>(first ^ second)));
  scratch_[unknown[0].role] = x;
  add(a, std::as_bytes(std::span(x)));
  scratch_[unknown[1].role] = a;
}

}  // namespace holdfast::oracle
