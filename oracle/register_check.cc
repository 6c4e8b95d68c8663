#include "oracle/register_check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/check.h"

namespace holdfast::oracle {
namespace {

struct Zone {
  Moment first_end;  // never: neither acked nor read, so it may as well not have happened
  Moment last_begin;

  bool is_forward() const { return first_end < last_begin; }
};

class Search {
 public:
  Search(const RegisterHistory& history, std::size_t states_max)
      : history_(history),
        states_max_(states_max),
        taken_(history.writes.size() + history.reads.size()) {}

  Explained run() {
    bool found = goes_on(history_.initial);
    if (found) return Explained::yes;
    return states_.size() >= states_max_ ? Explained::given_up : Explained::no;
  }

 private:
  std::size_t writes() const { return history_.writes.size(); }
  Moment begin(std::size_t i) const {
    return i < writes() ? history_.writes[i].begin : history_.reads[i - writes()].begin;
  }
  Moment end(std::size_t i) const {
    return i < writes() ? history_.writes[i].end : history_.reads[i - writes()].end;
  }

  bool goes_on(Content now) {
    Moment first_end = never;  // what begins after this one must wait
    for (std::size_t i = 0; i < taken_.size(); ++i)
      if (!taken_[i]) first_end = std::min(first_end, end(i));
    if (first_end == never) return true;
    if (states_.size() >= states_max_ || !states_.emplace(taken_, now.word()).second) return false;

    bool is_known = now != Content();
    for (std::size_t i = writes(); i < taken_.size(); ++i) {
      if (taken_[i] || begin(i) > first_end) continue;
      Content seen = history_.reads[i - writes()].value;
      if (is_known && seen != now) continue;
      bool found = goes_on_after(i, seen);
      if (found || is_known) return found;  // a read that fits now may as well come now
    }
    for (std::size_t i = 0; i < writes(); ++i)
      if (!taken_[i] && begin(i) <= first_end && goes_on_after(i, history_.writes[i].value))
        return true;
    return false;
  }

  bool goes_on_after(std::size_t taken, Content now) {
    taken_[taken] = true;
    bool found = goes_on(now);
    taken_[taken] = false;
    return found;
  }

  const RegisterHistory& history_;
  std::size_t states_max_;
  std::vector<bool> taken_;  // writes, then reads
  std::set<std::pair<std::vector<bool>, std::uint64_t>> states_;
};

}  // namespace

bool RegisterHistory::has_unique_values() const {
  std::vector<std::uint64_t> values{initial.word()};
  for (const RegisterWrite& write : writes) values.push_back(write.value.word());
  std::sort(values.begin(), values.end());
  bool has_unknown = values.front() == Content().word();
  return !has_unknown && std::adjacent_find(values.begin(), values.end()) == values.end();
}

Explained explain(const RegisterHistory& history) {
  return history.has_unique_values() ? explain_by_zones(history) : explain_by_search(history);
}

Explained explain_by_zones(const RegisterHistory& history) {
  std::vector<std::pair<std::uint64_t, std::size_t>> zone_of{{history.initial.word(), 0}};
  std::vector<Zone> zones{{0, 0}};
  for (const RegisterWrite& write : history.writes) {
    zone_of.emplace_back(write.value.word(), zones.size());
    zones.push_back({write.end, write.begin});
  }
  std::sort(zone_of.begin(), zone_of.end());
  for (const RegisterRead& read : history.reads) {
    auto found = std::lower_bound(zone_of.begin(), zone_of.end(),
                                  std::pair(read.value.word(), std::size_t{0}));
    if (found == zone_of.end() || found->first != read.value.word()) return Explained::no;
    std::size_t number = found->second;
    if (number != 0 && read.end < history.writes[number - 1].begin) return Explained::no;
    Zone& zone = zones[number];
    zone.first_end = std::min(zone.first_end, read.end);
    zone.last_begin = std::max(zone.last_begin, read.begin);
  }

  std::vector<Zone> forward;
  for (const Zone& zone : zones)
    if (zone.is_forward()) forward.push_back(zone);
  std::sort(forward.begin(), forward.end(),
            [](const Zone& a, const Zone& b) { return a.first_end < b.first_end; });
  for (std::size_t i = 1; i < forward.size(); ++i)
    if (forward[i].first_end < forward[i - 1].last_begin) return Explained::no;
  for (const Zone& zone : zones) {
    if (zone.is_forward()) continue;
    auto behind =
        std::lower_bound(forward.begin(), forward.end(), zone.last_begin,
                         [](const Zone& other, Moment moment) { return other.first_end < moment; });
    if (behind != forward.begin() && zone.first_end < std::prev(behind)->last_begin)
      return Explained::no;
  }
  return Explained::yes;
}

Explained explain_by_search(const RegisterHistory& history, std::size_t states_max) {
  RegisterHistory read_only = history;  // without free writes whose value nobody saw
  std::erase_if(read_only.writes, [&](const RegisterWrite& write) {
    return write.end == never && write.value != Content() &&
           std::none_of(history.reads.begin(), history.reads.end(),
                        [&](const RegisterRead& read) { return read.value == write.value; });
  });
  return Search(read_only, states_max).run();
}

std::size_t first_unexplained(const RegisterHistory& history) {
  std::vector<std::size_t> order(history.reads.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return history.reads[a].end < history.reads[b].end;
  });
  RegisterHistory until;
  until.initial = history.initial;
  for (std::size_t number : order) {
    const RegisterRead& read = history.reads[number];
    until.reads.push_back(read);
    until.writes.clear();
    for (RegisterWrite write : history.writes) {
      if (write.begin > read.end) continue;
      if (write.end > read.end) write.end = never;
      until.writes.push_back(write);
    }
    if (explain(until) == Explained::no) return number;
  }
  check(!order.empty(), "a history without reads is explained");
  return order.back();  // the search gave up on the one that it is
}

}  // namespace holdfast::oracle
