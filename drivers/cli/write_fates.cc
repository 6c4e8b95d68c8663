#include "drivers/cli/write_fates.h"

#include <algorithm>
#include <map>

namespace holdfast::drivers {
namespace {

using reports::TimelineFate;

bool writes(const RecordedRequest& request) {
  return request.command != Command::read && request.command != Command::flush;
}

// What the fates of one crash say about one write.
struct Share {
  std::uint64_t landed = 0;  // sectors
  std::uint64_t lost = 0;
  std::uint64_t torn = 0;

  void add(const sim::Fate& fate) { ++(fate.is_torn ? torn : fate.landed ? landed : lost); }
  bool is_told() const { return landed + lost + torn > 0; }
  TimelineFate fate() const {
    if (torn > 0) return TimelineFate::torn;
    if (lost == 0) return TimelineFate::landed;
    return landed == 0 ? TimelineFate::lost : TimelineFate::in_part;
  }
};

class DeviceHistory {
 public:
  DeviceHistory(const std::vector<RecordedRequest>& requests, bool has_volatile_cache)
      : requests_(requests),
        has_cache_(has_volatile_cache),
        states_(requests.size()),
        is_uncertain_(requests.size()) {}

  std::vector<WriteState> run(std::size_t device, const std::vector<sim::PowerOff>& ends) {
    std::size_t from = 0;
    for (const sim::PowerOff& end : ends) {
      std::size_t to = from;
      while (to < requests_.size() && requests_[to].begin <= end.instant) ++to;
      boot(from, to);
      crash(from, to, end.fates[device], end.how == sim::EventKind::host_crash);
      from = to;
    }
    boot(from, requests_.size());
    return std::move(states_);
  }

 private:
  // Answers in their order: writes join the cache, flushes empty it.
  void boot(std::size_t from, std::size_t to) {
    std::vector<std::size_t> answered;
    for (std::size_t at = from; at < to; ++at)
      if (requests_[at].end) answered.push_back(at);
    std::ranges::sort(answered, {}, [&](std::size_t at) { return requests_[at].ended_as; });
    for (std::size_t at : answered) {
      const RecordedRequest& request = requests_[at];
      bool flushes = request.command == Command::flush || request.flags.preflush;
      if (flushes) flush(request);
      if (!writes(request) || request.error == IoErrorKind::gone) continue;
      bool is_durable = !request.error && (!has_cache_ || request.flags.fua);
      if (is_durable)
        make_durable(at, *request.end);
      else
        cache_.push_back(at);
    }
  }

  // What had ended before it began; if it failed, nobody outside the device knows what became of that.
  void flush(const RecordedRequest& flush) {
    std::erase_if(cache_, [&](std::size_t at) {
      const RecordedRequest& write = requests_[at];
      if (!write.end || *write.end > flush.begin) return false;
      is_uncertain_[at] = is_uncertain_[at] || write.error || flush.error;
      if (is_uncertain_[at]) return false;
      make_durable(at, *flush.end);
      return true;
    });
  }

  void make_durable(std::size_t at, std::uint64_t instant) {
    states_[at].fate = TimelineFate::durable;
    states_[at].durable = instant;
  }

  using SectorFates = std::map<std::uint64_t, std::vector<const sim::Fate*>>;

  // What was on its way comes last in the cache, if it had come that far.
  void crash(std::size_t from, std::size_t to, const sim::Fates& fates, bool keeps_cache) {
    SectorFates cached, flying;
    for (const sim::Fate& fate : fates)
      for (std::uint64_t sector = 0; sector < fate.extent.count.value; ++sector)
        (fate.was_completed ? cached : flying)[fate.extent.first.value + sector].push_back(&fate);
    std::vector<std::size_t> joined;
    for (std::size_t at = to; at > from; --at) {
      if (!was_flying(at - 1)) continue;
      Share share = share_of(at - 1, flying);
      if (!share.is_told()) share = share_of(at - 1, cached);
      states_[at - 1].fate = share.is_told() ? share.fate()
                             : keeps_cache   ? TimelineFate::none
                                             : TimelineFate::lost;
      if (keeps_cache && share.landed > 0) joined.push_back(at - 1);
    }
    if (!keeps_cache) empty_cache(cached);
    cache_.insert(cache_.end(), joined.rbegin(), joined.rend());
  }

  void empty_cache(SectorFates& fates) {
    for (auto at = cache_.rbegin(); at != cache_.rend(); ++at) {
      Share share = share_of(*at, fates);
      bool is_uncertain = is_uncertain_[*at] || requests_[*at].error;
      states_[*at].fate = share.is_told() ? share.fate()
                          : is_uncertain  ? TimelineFate::none
                                          : TimelineFate::durable;
    }
    cache_.clear();
  }

  bool was_flying(std::size_t at) const {
    const RecordedRequest& request = requests_[at];
    return writes(request) && (!request.end || request.error == IoErrorKind::gone);
  }

  // Takes the last fate of each of its sectors.
  Share share_of(std::size_t at, SectorFates& fates) const {
    Share share;
    const Extent& extent = requests_[at].extent;
    for (std::uint64_t sector = 0; sector < extent.count.value; ++sector) {
      auto here = fates.find(extent.first.value + sector);
      if (here == fates.end() || here->second.empty()) continue;
      share.add(*here->second.back());
      here->second.pop_back();
    }
    return share;
  }

  const std::vector<RecordedRequest>& requests_;
  bool has_cache_;
  std::vector<WriteState> states_;
  std::vector<bool> is_uncertain_;  // a flush of it failed
  std::vector<std::size_t> cache_;  // in the order of their ends
};

}  // namespace

std::vector<WriteState> write_states(const std::vector<RecordedRequest>& requests,
                                     std::size_t device, bool has_volatile_cache,
                                     const std::vector<sim::PowerOff>& ends) {
  return DeviceHistory(requests, has_volatile_cache).run(device, ends);
}

}  // namespace holdfast::drivers
