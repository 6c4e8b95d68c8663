#include "sim/explore/memo.h"

#include <algorithm>

#include "core/base/check.h"

namespace holdfast::sim {
namespace {

std::size_t pages_of(const LifeRecord& record) {
  std::size_t pages = 1 + record.raw.size();
  for (const CrashPoint& point : record.crash_points)
    for (const PageChange& change : point.changes) pages += change.contents.size();
  return pages;
}

}  // namespace

Memo::Node* Memo::Node::after(const StateHash& seen) const {
  auto found = std::find_if(next.begin(), next.end(),
                            [&](const auto& branch) { return branch.first == seen; });
  return found == next.end() ? nullptr : found->second.get();
}

Memo::Found Memo::find(const Root& root, const Image& image, const Decisions& decided,
                       const StateHash& rows) const {
  Found found;
  auto known = std::find_if(roots_.begin(), roots_.end(),
                            [&](const auto& one) { return one.first == root; });
  const Node* node = known == roots_.end() ? nullptr : known->second.get();
  std::size_t decisions = 0;
  while (node && !node->record) {
    Step step;
    step.place = node->looks_at;
    step.hash = rows;
    if (step.place.device != Sight::no_device) {
      const PageContents& contents = image.cell(step.place)->contents();
      step.contents = static_cast<std::uint32_t>(contents.size());
      if (step.is_decision()) step.chosen = decision(decided, decisions++);
      check(step.chosen < contents.size(), "what is decided is among what the page may hold");
      step.hash = contents[step.chosen].hash;
    }
    found.steps.push_back(step);
    node = node->after(step.hash);
  }
  if (node) found.record = node->record;
  return found;
}

std::shared_ptr<const LifeRecord> Memo::add(const Root& root, const std::vector<Step>& steps,
                                            LifeRecord record) {
  std::size_t pages = pages_of(record);
  if (pages_ > 0 && pages_ + pages > pages_max_) {
    roots_.clear();
    pages_ = 0;
  }
  pages_ += pages;
  auto known = std::find_if(roots_.begin(), roots_.end(),
                            [&](const auto& one) { return one.first == root; });
  if (known == roots_.end()) known = roots_.insert(roots_.end(), {root, std::make_unique<Node>()});
  Node* node = known->second.get();
  for (const Step& step : steps) {
    bool is_new = node->next.empty() && !node->record;
    check(is_new || node->looks_at == step.place, "S1: equal steps are followed by equal steps");
    node->looks_at = step.place;
    Node* next = node->after(step.hash);
    if (!next) {
      node->next.emplace_back(step.hash, std::make_unique<Node>());
      next = node->next.back().second.get();
    }
    node = next;
  }
  check(!node->record && node->next.empty(), "S1: equal steps are one life");
  node->record = std::make_shared<const LifeRecord>(std::move(record));
  return node->record;
}

}  // namespace holdfast::sim
