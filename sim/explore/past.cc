#include "sim/explore/past.h"

#include <array>

namespace holdfast::sim {
namespace {

constexpr std::uint64_t cut_mark = 0x6375'7400;

StateHash event_hash(const PastEvent& told) {
  const oracle::HistoryEvent& event = told.event;
  std::array<std::uint64_t, 4> words{static_cast<std::uint64_t>(event.kind) << 32 | event.id,
                                     event.extent.first.value, event.extent.count.value,
                                     std::uint64_t{event.ok} | std::uint64_t{event.flags.fua} << 1 |
                                         std::uint64_t{event.flags.preflush} << 2};
  StateHash hash = hash_of(std::as_bytes(std::span(words)));
  for (oracle::Content content : told.seen) hash = linked(hash, content.word());
  return hash;
}

}  // namespace

StateHash hash_of(const oracle::Observation& seen) {
  std::vector<std::uint64_t> words;
  for (Lba lba; lba < Lba(seen.sectors().value); lba += Sectors(1))
    words.push_back(seen.at(lba).word());
  return hash_of(std::as_bytes(std::span(words)));
}

Past::Past(std::uint64_t run, const oracle::Profile& profile, const oracle::Observation& seen)
    : history_(run, profile), judge_(history_, profile), seen_(seen) {
  history_.learn(seen);
}

Past::Past(const Past& other)
    : history_(other.history_),
      judge_(history_, other.judge_),
      seen_(other.seen_),
      hash_(other.hash_) {}

void Past::add(const PastEvent& told) {
  oracle::HistoryEvent event = told.event;
  event.seen = told.seen;
  history_.replay(event);
  hash_ = linked(hash_, event_hash(told));
}

void Past::power_cut() {
  history_.crash(oracle::Crash::power);
  hash_ = linked(hash_, cut_mark);
}

void Past::recovered(const oracle::Observation& seen, const oracle::Opening& opening,
                     bool has_settled, oracle::Judgement& into) {
  judge_.recovery(seen, opening, into);
  if (has_settled && opening.missing.empty()) judge_.redundancy_settled();
  seen_ = seen;
  hash_ = linked(hash_, hash_of(seen));
}

}  // namespace holdfast::sim
