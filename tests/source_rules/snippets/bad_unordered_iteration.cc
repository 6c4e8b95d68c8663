// as oracle/history.cc
// breaks unordered_iteration

#include <unordered_map>
using Index = boost::unordered_flat_map<int, std::vector<int>>;
std::unordered_map<int, std::pair<int, int>> blocks_;
Index index_;
struct World { std::unordered_set<int> seen; } world;
std::map<int, int> ordered_;
void f() {
  for (auto& [a, b] : blocks_) use(a, b);  // BAD
  for (auto& x : index_) use(x);  // BAD
  for (auto x : world.seen) use(x);  // BAD
  auto first = blocks_.begin();  // BAD
  auto range = std::begin(index_);  // BAD
  std::for_each(world.seen.begin(), world.seen.end(), use);  // BAD
  for (auto& x : ordered_) use(x);
  if (blocks_.find(3) != blocks_.end()) use(3);
  if (blocks_.contains(3)) use(blocks_.at(3));
}
