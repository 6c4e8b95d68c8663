// One value for each page of a device of any size: what was never touched takes no memory.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace holdfast::sim {

template <class Value>
class SparseTable {
 public:
  explicit SparseTable(std::uint64_t size) : leaves_((size + leaf_size - 1) / leaf_size) {}
  SparseTable(SparseTable&&) noexcept = default;
  SparseTable(const SparseTable& other) : leaves_(other.leaves_.size()) {
    for (std::size_t i = 0; i < leaves_.size(); ++i)
      if (other.leaves_[i]) leaves_[i] = std::make_unique<Leaf>(*other.leaves_[i]);
  }
  SparseTable& operator=(SparseTable other) noexcept {
    leaves_.swap(other.leaves_);
    return *this;
  }

  // Null, or a value, which may never have been set.
  const Value* find(std::uint64_t number) const {
    const Leaf* leaf = leaves_[number / leaf_size].get();
    return leaf ? &leaf->values[number % leaf_size] : nullptr;
  }
  Value& slot(std::uint64_t number) {
    std::unique_ptr<Leaf>& leaf = leaves_[number / leaf_size];
    if (!leaf) leaf = std::make_unique<Leaf>();
    return leaf->values[number % leaf_size];
  }

 private:
  static constexpr std::uint64_t leaf_size = 64;
  struct Leaf {
    Value values[leaf_size]{};
  };
  std::vector<std::unique_ptr<Leaf>> leaves_;
};

}  // namespace holdfast::sim
