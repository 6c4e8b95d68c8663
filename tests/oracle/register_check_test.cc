#include "oracle/register_check.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace holdfast::oracle {
namespace {

RegisterWrite write(Moment begin, Moment end, WriteId id) {
  return {begin, end, Content::written(id)};
}
RegisterRead read(Moment begin, Moment end, WriteId id) {
  return {begin, end, id == 0 ? Content::zero() : Content::written(id)};
}
RegisterHistory history(std::vector<RegisterWrite> writes, std::vector<RegisterRead> reads) {
  RegisterHistory told;
  told.initial = Content::zero();
  told.writes = std::move(writes);
  told.reads = std::move(reads);
  return told;
}
void expect_both(const RegisterHistory& told, Explained expected) {
  ASSERT_TRUE(told.has_unique_values());
  EXPECT_EQ(explain_by_zones(told), expected);
  EXPECT_EQ(explain_by_search(told), expected);
}

TEST(RegisterCheck, ReadAfterWriteReturnsIt) {
  expect_both(history({write(1, 2, 1)}, {read(3, 4, 1)}), Explained::yes);
  expect_both(history({write(1, 2, 1)}, {read(3, 4, 0)}), Explained::no);
}

TEST(RegisterCheck, ReadBesideWriteMayReturnEither) {
  expect_both(history({write(1, 4, 1)}, {read(2, 3, 1)}), Explained::yes);
  expect_both(history({write(1, 4, 1)}, {read(2, 3, 0)}), Explained::yes);
}

TEST(RegisterCheck, ReadBeforeWriteCannotReturnIt) {
  expect_both(history({write(3, 4, 1)}, {read(1, 2, 1)}), Explained::no);
}

TEST(RegisterCheck, OnceSeenANewValueStays) {
  expect_both(history({write(1, 8, 1)}, {read(2, 3, 1), read(4, 5, 0)}), Explained::no);
  expect_both(history({write(1, 8, 1)}, {read(2, 3, 0), read(4, 5, 1)}), Explained::yes);
}

TEST(RegisterCheck, TwoReadersAgreeOnTheOrderOfWrites) {
  std::vector<RegisterWrite> writes{write(1, 3, 1), write(2, 4, 2)};
  expect_both(history(writes, {read(5, 6, 1), read(7, 8, 1)}), Explained::yes);
  expect_both(history(writes, {read(5, 6, 2), read(7, 8, 2)}), Explained::yes);
  expect_both(history(writes, {read(5, 6, 1), read(7, 8, 2)}), Explained::no);
}

TEST(RegisterCheck, UnackedWriteMayTakeEffectLateOrNever) {
  expect_both(history({write(1, never, 1)}, {read(2, 3, 0), read(4, 5, 0)}), Explained::yes);
  expect_both(history({write(1, never, 1)}, {read(2, 3, 0), read(4, 5, 1)}), Explained::yes);
  expect_both(
      history({write(1, never, 1), write(2, 3, 2)}, {read(4, 5, 2), read(6, 7, 1), read(8, 9, 2)}),
      Explained::no);
}

TEST(RegisterCheck, ValueThatNobodyWroteIsNamed) {
  RegisterHistory told = history({write(1, 2, 1)}, {read(3, 4, 1), read(5, 6, 9), read(7, 8, 0)});
  expect_both(told, Explained::no);
  EXPECT_EQ(first_unexplained(told), 1u);
}

TEST(RegisterCheck, DiscardMayLeaveAnythingButAlwaysTheSame) {
  RegisterHistory told = history({write(1, 2, 1)}, {read(5, 6, 7), read(7, 8, 7)});
  told.writes.push_back({3, 4, Content()});
  EXPECT_EQ(explain(told), Explained::yes);
  told.reads.push_back(read(9, 10, 8));
  EXPECT_EQ(explain(told), Explained::no);
}

TEST(RegisterCheck, RepeatedZerosAreSearched) {
  RegisterHistory told = history({write(1, 2, 1)}, {read(3, 4, 1), read(7, 8, 0)});
  told.writes.push_back({5, 6, Content::zero()});
  EXPECT_FALSE(told.has_unique_values());
  EXPECT_EQ(explain(told), Explained::yes);
  told.reads.push_back(read(9, 10, 1));
  EXPECT_EQ(explain(told), Explained::no);
}

// By definition: every order of every subset that leaves out unacked writes only.
class ByDefinition {
 public:
  explicit ByDefinition(const RegisterHistory& told) : told_(told) {}

  bool holds() const {
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < told_.writes.size(); ++i)
      if (told_.writes[i].end == never) free.push_back(i);
    for (unsigned left_out = 0; left_out < 1u << free.size(); ++left_out) {
      std::vector<std::size_t> order;
      for (std::size_t i = 0; i < told_.writes.size() + told_.reads.size(); ++i) order.push_back(i);
      for (std::size_t i = 0; i < free.size(); ++i)
        if (left_out >> i & 1) std::erase(order, free[i]);
      do {
        if (fits(order)) return true;
      } while (std::next_permutation(order.begin(), order.end()));
    }
    return false;
  }

 private:
  Moment begin(std::size_t i) const {
    return i < told_.writes.size() ? told_.writes[i].begin
                                   : told_.reads[i - told_.writes.size()].begin;
  }
  Moment end(std::size_t i) const {
    return i < told_.writes.size() ? told_.writes[i].end : told_.reads[i - told_.writes.size()].end;
  }
  bool fits(const std::vector<std::size_t>& order) const {
    for (std::size_t a = 0; a < order.size(); ++a)
      for (std::size_t b = a + 1; b < order.size(); ++b)
        if (end(order[b]) < begin(order[a])) return false;
    Content now = told_.initial;
    bool is_any = now == Content();
    for (std::size_t i : order) {
      if (i < told_.writes.size()) {
        now = told_.writes[i].value;
        is_any = now == Content();
        continue;
      }
      Content seen = told_.reads[i - told_.writes.size()].value;
      if (is_any) now = seen;
      is_any = false;
      if (now != seen) return false;
    }
    return true;
  }

  const RegisterHistory& told_;
};

enum class Values { unique, repeating };

RegisterHistory random_history(std::mt19937_64& random, Values values) {
  std::size_t operations = 2 + random() % 5;
  std::vector<Moment> moments(2 * operations);
  std::iota(moments.begin(), moments.end(), 1);
  std::shuffle(moments.begin(), moments.end(), random);
  RegisterHistory told;
  bool is_repeating = values == Values::repeating;
  told.initial = is_repeating && random() % 4 == 0 ? Content() : Content::zero();
  for (std::size_t i = 0; i < operations; ++i) {
    auto [begin, end] = std::minmax(moments[2 * i], moments[2 * i + 1]);
    auto id = static_cast<WriteId>(i + 1);
    if (random() % 2 == 0) {
      RegisterWrite made{begin, random() % 4 == 0 ? never : end, Content::written(id)};
      if (is_repeating && random() % 2 == 0)
        made.value = random() % 3 ? Content::zero() : Content();
      told.writes.push_back(made);
    } else {
      told.reads.push_back({begin, end, Content()});
    }
  }
  for (RegisterRead& made : told.reads) {
    std::size_t source = random() % (told.writes.size() + 1);
    made.value = source == 0 ? Content::zero() : told.writes[source - 1].value;
    if (made.value == Content())
      made.value = Content::written(static_cast<WriteId>(1 + random() % 3));
  }
  return told;
}

TEST(RegisterCheck, ZonesAndSearchAgreeWithTheDefinition) {
  std::mt19937_64 random(1);
  unsigned explained = 0;
  for (int i = 0; i < 20'000; ++i) {
    RegisterHistory told = random_history(random, Values::unique);
    bool holds = ByDefinition(told).holds();
    explained += holds;
    ASSERT_EQ(explain_by_zones(told), holds ? Explained::yes : Explained::no) << "history " << i;
    ASSERT_EQ(explain_by_search(told), holds ? Explained::yes : Explained::no) << "history " << i;
  }
  EXPECT_GT(explained, 4'000u);
  EXPECT_LT(explained, 16'000u);
}

TEST(RegisterCheck, SearchAgreesWithTheDefinitionOnRepeatedValues) {
  std::mt19937_64 random(2);
  unsigned explained = 0;
  for (int i = 0; i < 20'000; ++i) {
    RegisterHistory told = random_history(random, Values::repeating);
    bool holds = ByDefinition(told).holds();
    explained += holds;
    ASSERT_EQ(explain_by_search(told), holds ? Explained::yes : Explained::no) << "history " << i;
  }
  EXPECT_GT(explained, 4'000u);
  EXPECT_LT(explained, 18'000u);
}

TEST(RegisterCheck, SearchSaysWhenItGivesUp) {
  RegisterHistory told = history({}, {});
  for (WriteId id = 1; id <= 12; ++id) told.writes.push_back(write(id, 100 + id, id));
  told.writes.push_back({13, 113, Content::zero()});
  for (WriteId id = 1; id <= 12; ++id) told.reads.push_back(read(200 + 2 * id, 201 + 2 * id, id));
  EXPECT_EQ(explain_by_search(told, 50), Explained::given_up);
  EXPECT_EQ(explain_by_search(told), Explained::no);
}

}  // namespace
}  // namespace holdfast::oracle
