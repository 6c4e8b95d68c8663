// Rows in which requests of one device lie beside each other without touching.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace holdfast::reports {

// Spans are given in the order of their begin; each takes the first row that is free then.
template <class Instant>
class Rows {
 public:
  explicit Rows(std::size_t most = ~std::size_t{0}) : most_(most) {}

  // The row, or `most` if all are taken.
  std::size_t take(Instant begin, Instant end) {
    std::size_t row = 0;
    while (row < free_from_.size() && begin < free_from_[row]) ++row;
    if (row >= most_) return most_;
    if (row == free_from_.size()) free_from_.emplace_back();
    free_from_[row] = std::max(begin, end);
    return row;
  }
  std::size_t count() const { return free_from_.size(); }

 private:
  std::size_t most_;
  std::vector<Instant> free_from_;
};

}  // namespace holdfast::reports
