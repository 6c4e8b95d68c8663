// What one life of the machine sees of an image: an open page is decided when it is first read, and stays so.
//
//   reads of one life:   m0/0 -> #1   m1/0 -> #1   log/8 -> #2 of 2   m0/24 -> #1 ...      each a Step
//
//   S1  Two lives with the same code, clock and choices that see the same steps do the same: what a life is, is told by its
//       steps alone (sim/explore/memo.h).
//   S2  `decided` answers the open pages in the order in which they are read; what lies beyond it is the first content.
#pragma once

#include <map>
#include <vector>

#include "sim/explore/image.h"

namespace holdfast::sim {

struct Step {
  PagePlace place;
  std::uint32_t chosen = 0;
  std::uint32_t contents = 1;  // of the cell; above 1: a decision
  StateHash hash;  // of what was seen

  bool is_decision() const { return contents > 1; }
};

// Which content each open page has, in the order of reading.
using Decisions = std::vector<std::uint32_t>;

class Sight {
 public:
  Sight(const Image& image, Decisions decided) : image_(image), decided_(std::move(decided)) {}

  const PageContent& see(PagePlace place);
  // A step that reads no page: what the life will do next depends on this number.
  void see_number(const StateHash& number);
  const std::vector<Step>& steps() const { return steps_; }
  const Image& image() const { return image_; }

  static constexpr std::uint32_t no_device = 0xffff'ffff;

 private:
  const Image& image_;
  Decisions decided_;
  std::size_t decisions_ = 0;
  std::map<PagePlace, const PageContent*> seen_;
  std::vector<Step> steps_;
};

// Which of a cell's contents the nth decision takes.
inline std::uint32_t decision(const Decisions& decided, std::size_t nth) {
  return nth < decided.size() ? decided[nth] : 0;
}

}  // namespace holdfast::sim
