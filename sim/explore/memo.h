// Lives that were lived already, found again by what they saw: a trie whose nodes say what a life looks at next.
//
//   root -> looks at m0/0 -- #a --> looks at log/8 -- #b --> record
//                                                  \- #c --> record
//
//   K1  Two lives of one root have the same plan, workload, clock and numbers of writes; so those that see the same steps
//       are the same life (S1).
//   K2  Records that hold `pages_max` pages together are kept; then all is forgotten, which costs time and nothing else.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/explore/life.h"

namespace holdfast::sim {

class Memo {
 public:
  struct Root {
    LifePlan plan;
    std::uint64_t first_write = 0;
    std::uint64_t epoch = 0;

    auto operator<=>(const Root&) const = default;
  };
  struct Found {
    std::vector<Step> steps;
    std::shared_ptr<const LifeRecord> record;  // null: nobody lived it yet
  };

  // 256 MiB, if no two records share a page; a record without any counts as one.
  explicit Memo(std::size_t pages_max = 65'536) : pages_max_(pages_max) {}

  // How a life goes that begins so. `rows`: what it is asked to read, as Sight::see_number() has it.
  Found find(const Root& root, const Image& image, const Decisions& decided,
             const StateHash& rows) const;
  std::shared_ptr<const LifeRecord> add(const Root& root, const std::vector<Step>& steps,
                                        LifeRecord record);

 private:
  struct Node {
    PagePlace looks_at;
    std::vector<std::pair<StateHash, std::unique_ptr<Node>>> next;
    std::shared_ptr<const LifeRecord> record;

    Node* after(const StateHash& seen) const;
  };

  std::size_t pages_max_;
  std::size_t pages_ = 0;
  std::vector<std::pair<Root, std::unique_ptr<Node>>> roots_;  // few
};

}  // namespace holdfast::sim
