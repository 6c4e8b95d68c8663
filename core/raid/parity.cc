#include "core/raid/parity.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <isa-l/erasure_code.h>
#include <isa-l/raid.h>
#include <boost/container/small_vector.hpp>

#include "core/base/check.h"

namespace holdfast::raid {

namespace {

constexpr std::size_t inline_members = 34;  // 32 data, P and Q
template <class T>
using PerMember = boost::container::small_vector<T, inline_members>;

constexpr std::uint32_t vector_bytes = 32;  // what ISA-L wants of addresses and lengths

// Walks several slice lists in step: stretches over which none of them goes to its next slice.
class Stretches {
 public:
  void add(Pages pages) {
    std::uint64_t bytes = bytes_of(pages);
    check(!moving_ || bytes == left_, "A1: all roles have the same size");
    left_ = bytes;
    moving_ = true;
    cursors_.push_back({pages.data(), 0});
    pointers_.push_back(nullptr);
  }
  // The same page at each stretch: zeros to read, scratch to write.
  void add_fixed(const std::byte* page) {
    cursors_.push_back({nullptr, 0});
    pointers_.push_back(const_cast<std::byte*>(page));
  }

  bool next() {
    left_ -= bytes_;
    if (left_ == 0) return false;
    std::uint32_t common = page_bytes;
    for (std::size_t i = 0; i < cursors_.size(); ++i) {
      Cursor& cursor = cursors_[i];
      if (!cursor.slice) continue;
      cursor.used += bytes_;
      while (cursor.used == cursor.slice->bytes) ++cursor.slice, cursor.used = 0;
      std::byte* at = cursor.slice->data() + cursor.used;
      check(reinterpret_cast<std::uintptr_t>(at) % vector_bytes == 0,
            "A1: slices start on multiples of 32 bytes");
      pointers_[i] = at;
      common = std::min(common, cursor.slice->bytes - cursor.used);
    }
    check(common % vector_bytes == 0, "A1: slices end on multiples of 32 bytes");
    bytes_ = common;
    return true;
  }

  int bytes() const { return static_cast<int>(bytes_); }
  int count() const { return static_cast<int>(pointers_.size()); }
  void** pointers() { return pointers_.data(); }
  void* pointer(std::size_t i) { return pointers_[i]; }

 private:
  struct Cursor {
    const Slice* slice;
    std::uint32_t used;  // bytes of the slice that earlier stretches have passed
  };
  PerMember<Cursor> cursors_;
  PerMember<void*> pointers_;
  std::uint64_t left_ = 0;   // the present stretch included
  std::uint32_t bytes_ = 0;  // of the present stretch
  bool moving_ = false;
};

struct alignas(64) Scratch {
  std::array<std::byte, page_bytes> bytes;
};

// The last vector is the xor of those before it.
void make_xor(int count, int bytes, void** vectors) {
  check(count >= 3, "xor has at least two sources");
  check(xor_gen(count, bytes, vectors) == 0, "ISA-L took the vectors of an xor");
}

// The last two are P and Q of those before them, which stand in the order of their exponents.
void make_p_and_q(int count, int bytes, void** vectors) {
  check(count >= 4, "P and Q have at least two sources");
  check(pq_gen(count, bytes, vectors) == 0, "ISA-L took the vectors of P and Q");
}

constexpr auto powers_of_two = [] {
  std::array<std::uint8_t, 255> powers{};
  unsigned value = 1;
  for (auto& power : powers) {
    power = static_cast<std::uint8_t>(value);
    value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
  }
  return powers;
}();

std::uint8_t coefficient_of(const RowMap& row, int role) {
  return powers_of_two[static_cast<std::size_t>(row.exponent_of(role))];
}

Pages pages_of(RowPages members, int role) {
  return role == RowMap::none ? Pages{} : members[static_cast<std::size_t>(role)];
}

void add_data_by_exponent(Stretches& stretches, const RowMap& row, RowPages members) {
  PerMember<int> role_at(static_cast<std::size_t>(row.raid_disks()), RowMap::none);
  std::size_t used = 0;
  for (int index = 0; index < row.data_disks(); ++index) {
    int role = row.role_of(index);
    auto exponent = static_cast<std::size_t>(row.exponent_of(role));
    role_at[exponent] = role;
    used = std::max(used, exponent + 1);
  }
  for (std::size_t exponent = 0; exponent < used; ++exponent) {
    if (role_at[exponent] == RowMap::none)
      stretches.add_fixed(Page::zeros().data());
    else
      stretches.add(pages_of(members, role_at[exponent]));
  }
}

void generate_p(const RowMap& row, RowPages members, Pages p) {
  Stretches stretches;
  for (int index = 0; index < row.data_disks(); ++index)
    stretches.add(pages_of(members, row.role_of(index)));
  stretches.add(p);
  while (stretches.next()) make_xor(stretches.count(), stretches.bytes(), stretches.pointers());
}

// Either may be empty.
void generate(const RowMap& row, RowPages members, Pages p, Pages q) {
  if (q.empty()) {
    if (!p.empty()) generate_p(row, members, p);
    return;
  }
  Scratch unwanted;
  Stretches stretches;
  add_data_by_exponent(stretches, row, members);
  if (p.empty())
    stretches.add_fixed(unwanted.bytes.data());
  else
    stretches.add(p);
  stretches.add(q);
  while (stretches.next()) make_p_and_q(stretches.count(), stretches.bytes(), stretches.pointers());
}

// What is lost of a row, and each lost chunk as a sum of coefficient * source over the sources that are left.
class Recovery {
 public:
  Recovery(const RowMap& row, RowPages members, std::span<const int> lost)
      : row_(row), members_(members), lost_(lost) {
    for (int role : lost)
      if (!row.is_parity(role)) lost_data_.push_back(role);
    bool p_left = at_hand(row.p());
    bool q_left = at_hand(row.q());
    check(lost_data_.size() <= static_cast<std::size_t>(p_left) + q_left,
          "no more data are lost than parity is at hand");
    use_p_ = p_left && !lost_data_.empty();
    use_q_ = q_left && lost_data_.size() > static_cast<std::size_t>(use_p_);
  }

  void run() {
    if (lost_data_.empty()) return generate(row_, members_, output(row_.p()), output(row_.q()));
    collect_sources();
    if (outputs_.empty()) return;
    if (outputs_.size() == 1 && use_p_ && !use_q_ && !row_.is_parity(outputs_[0])) return run_xor();
    run_matrix();
  }

 private:
  bool is_lost(int role) const { return std::ranges::find(lost_, role) != lost_.end(); }
  bool at_hand(int role) const {
    return role != RowMap::none && !is_lost(role) && !pages_of(members_, role).empty();
  }
  Pages output(int role) const {
    return role != RowMap::none && is_lost(role) ? pages_of(members_, role) : Pages{};
  }

  void collect_sources() {
    for (int role = 0; role < row_.raid_disks(); ++role) {
      if (is_lost(role)) {
        if (!pages_of(members_, role).empty()) outputs_.push_back(role);
      } else if (!row_.is_parity(role) || (role == row_.p() && use_p_) ||
                 (role == row_.q() && use_q_)) {
        sources_.push_back(role);
      }
    }
  }

  void run_xor() {
    Stretches stretches;
    for (int role : sources_) stretches.add(pages_of(members_, role));
    stretches.add(pages_of(members_, outputs_[0]));
    while (stretches.next()) make_xor(stretches.count(), stretches.bytes(), stretches.pointers());
  }

  void run_matrix() {
    Stretches stretches;
    for (int role : sources_) stretches.add(pages_of(members_, role));
    for (int role : outputs_) stretches.add(pages_of(members_, role));
    boost::container::small_vector<std::uint8_t, 2 * inline_members> matrix;
    for (int output : outputs_)
      for (int source : sources_) matrix.push_back(coefficient(output, source));

    auto inputs = static_cast<int>(sources_.size());
    auto results = static_cast<int>(outputs_.size());
    boost::container::small_vector<std::uint8_t, 32 * 2 * inline_members> tables(32 *
                                                                                 matrix.size());
    ec_init_tables(inputs, results, matrix.data(), tables.data());
    while (stretches.next()) {
      auto** vectors = reinterpret_cast<std::uint8_t**>(stretches.pointers());
      ec_encode_data(stretches.bytes(), inputs, results, tables.data(), vectors, vectors + inputs);
    }
  }

  // Of one source in one output.
  std::uint8_t coefficient(int output, int source) const {
    if (!row_.is_parity(output)) return coefficient_in_data(output, source);
    // A lost parity is the sum over all data, the lost ones put in by their own sums.
    std::uint8_t sum = row_.is_parity(source) ? std::uint8_t{0} : weight(output, source);
    for (int data : lost_data_)
      sum ^= gf_mul(weight(output, data), coefficient_in_data(data, source));
    return sum;
  }

  // Of a data chunk in P or Q.
  std::uint8_t weight(int parity, int data) const {
    return parity == row_.p() ? std::uint8_t{1} : coefficient_of(row_, data);
  }

  // x, y lost; a = 2^x, b = 2^y, c = 2^source; P' and Q' are P and Q less the data that are left:
  //   x from P:        x = P'
  //   x from Q:        x = Q' / a
  //   x from P and Q:  x = (b P' + Q') / (a + b)
  std::uint8_t coefficient_in_data(int x, int source) const {
    std::uint8_t in_p = source == row_.q() ? 0 : 1;
    std::uint8_t in_q = source == row_.p()   ? std::uint8_t{0}
                        : source == row_.q() ? std::uint8_t{1}
                                             : coefficient_of(row_, source);
    std::uint8_t a = coefficient_of(row_, x);
    if (!use_q_) return in_p;
    if (!use_p_) return gf_mul(in_q, gf_inv(a));
    std::uint8_t b = coefficient_of(row_, lost_data_[0] == x ? lost_data_[1] : lost_data_[0]);
    return gf_mul(gf_mul(b, in_p) ^ in_q, gf_inv(a ^ b));
  }

  const RowMap& row_;
  RowPages members_;
  std::span<const int> lost_;
  boost::container::small_vector<int, 2> lost_data_;
  PerMember<int> sources_;
  boost::container::small_vector<int, 3> outputs_;
  bool use_p_ = false;
  bool use_q_ = false;
};

}  // namespace

void compute_parity(const RowMap& row, RowPages members) {
  check(members.size() == static_cast<std::size_t>(row.raid_disks()), "one list of slices a role");
  generate(row, members, pages_of(members, row.p()), pages_of(members, row.q()));
}

void update_parity(const RowMap& row, int role, Pages before, Pages after, MutablePages p,
                   MutablePages q) {
  check(!row.is_parity(role), "parity is updated for a data chunk");
  if (p.empty() && q.empty()) return;
  Scratch difference;
  std::array<std::uint8_t, 32> table{};
  if (!q.empty()) {
    std::uint8_t coefficient = coefficient_of(row, role);
    ec_init_tables(1, 1, &coefficient, table.data());
  }
  Stretches stretches;
  stretches.add(before);
  stretches.add(after);
  stretches.add_fixed(difference.bytes.data());
  if (!p.empty()) stretches.add(p);
  if (!q.empty()) stretches.add(q);
  while (stretches.next()) {
    int bytes = stretches.bytes();
    if (!p.empty()) {
      void* target = stretches.pointer(3);
      std::array<void*, 4> vectors{stretches.pointer(0), stretches.pointer(1), target, target};
      make_xor(4, bytes, vectors.data());
    }
    if (!q.empty()) {
      make_xor(3, bytes, stretches.pointers());
      auto* target = static_cast<std::uint8_t*>(stretches.pointer(p.empty() ? 3 : 4));
      ec_encode_data_update(bytes, 1, 1, 0, table.data(),
                            reinterpret_cast<std::uint8_t*>(difference.bytes.data()), &target);
    }
  }
}

void recover_lost(const RowMap& row, RowPages members, std::span<const int> lost) {
  check(members.size() == static_cast<std::size_t>(row.raid_disks()), "one list of slices a role");
  Recovery(row, members, lost).run();
}

ParityCheck check_parity(const RowMap& row, RowPages members) {
  check(members.size() == static_cast<std::size_t>(row.raid_disks()), "one list of slices a role");
  Pages p = pages_of(members, row.p());
  Pages q = pages_of(members, row.q());
  Scratch made_p;
  Scratch made_q;
  Stretches stretches;
  bool with_q = row.q() != RowMap::none;
  if (with_q) {
    add_data_by_exponent(stretches, row, members);
  } else {
    for (int index = 0; index < row.data_disks(); ++index)
      stretches.add(pages_of(members, row.role_of(index)));
  }
  stretches.add_fixed(made_p.bytes.data());
  if (with_q) stretches.add_fixed(made_q.bytes.data());
  int vectors = stretches.count();
  if (!p.empty()) stretches.add(p);
  if (!q.empty()) stretches.add(q);

  ParityCheck found;
  auto same = [&](int given, const Scratch& made) {
    return std::memcmp(stretches.pointer(static_cast<std::size_t>(given)), made.bytes.data(),
                       static_cast<std::size_t>(stretches.bytes())) == 0;
  };
  while (stretches.next()) {
    if (with_q)
      make_p_and_q(vectors, stretches.bytes(), stretches.pointers());
    else
      make_xor(vectors, stretches.bytes(), stretches.pointers());
    if (!p.empty()) found.p = found.p && same(vectors, made_p);
    if (!q.empty()) found.q = found.q && same(vectors + !p.empty(), made_q);
  }
  return found;
}

}  // namespace holdfast::raid
