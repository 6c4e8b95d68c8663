// Answers as another one does, and writes the bytes with which ByteChoices makes the same run.
#pragma once

#include <set>
#include <vector>

#include "sim/byte_choices.h"

namespace holdfast::tests {

class ByteWriting final : public sim::Choices {
 public:
  explicit ByteWriting(sim::Choices& of) : of_(of) {}

  std::uint64_t choose(sim::Key key, std::uint64_t bound) override {
    if (bound == 1 || sim::ByteChoices::is_fixed(key)) return 0;
    std::uint64_t value = of_.choose(key, bound);
    if (asked_.insert(key).second) write(value, sim::ByteChoices::bytes_for(bound));
    return value;
  }
  bool coin(sim::Key key, std::uint32_t parts_per_million) override {
    bool value = of_.coin(key, parts_per_million);
    if (asked_.insert(key).second) write(value ? sim::ByteChoices::rare : 0, 1);
    return value;
  }

  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void write(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
      bytes_.push_back(static_cast<std::byte>(value >> 8 * i));
  }

  sim::Choices& of_;
  std::set<sim::Key> asked_;
  std::vector<std::byte> bytes_;
};

}  // namespace holdfast::tests
