// All that was promised and shown up to a moment, as a value: lives that part here each go on with their own.
#pragma once

#include <memory>
#include <vector>

#include "oracle/judge.h"
#include "sim/explore/image.h"

namespace holdfast::sim {

// An event at the volume's port with a copy of what it refers to.
struct PastEvent {
  oracle::HistoryEvent event;
  std::vector<oracle::Content> seen;

  explicit PastEvent(const oracle::HistoryEvent& told)
      : event(told), seen(told.seen.begin(), told.seen.end()) {
    event.seen = {};
  }
};

class Past {
 public:
  // Of a new volume that shows this.
  Past(std::uint64_t run, const oracle::Profile& profile, const oracle::Observation& seen);
  Past(const Past& other);
  Past& operator=(const Past&) = delete;

  void add(const PastEvent& told);
  void power_cut();
  // R1 to R3, R5b; what is seen is the past of all that follows. Settled: nothing is left to resync.
  void recovered(const oracle::Observation& seen, const oracle::Opening& opening, bool has_settled,
                 oracle::Judgement& into);

  oracle::History& history() { return history_; }
  const oracle::History& history() const { return history_; }
  oracle::Judge& judge() { return judge_; }
  const oracle::Judge& judge() const { return judge_; }
  const oracle::Observation& seen() const { return seen_; }  // last
  // Two pasts with one hash are alike.
  const StateHash& hash() const { return hash_; }

 private:
  oracle::History history_;
  oracle::Judge judge_;
  oracle::Observation seen_;
  StateHash hash_;
};

StateHash hash_of(const oracle::Observation& seen);

}  // namespace holdfast::sim
