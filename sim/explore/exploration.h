// Every legal crash state of a small scope, at every crash point, and again in what follows, down to `depth` power cuts.
//
//   new volume -> life 0 works -> cut at any crash point -> every image -> life 1 recovers (and works) -> cut … -> judged
//
//   X1  All images that a power cut may leave are covered, and each recovery that can be told from another by what it reads
//       is made once; pages that nobody reads stay open. After a recovery each row is judged for itself, with every content
//       that its pages may still have: a sum over rows of the product within one.
//   X2  What follows from one crash point of life 0 does not depend on the others: any of them may be explored by
//       anybody, and the tallies are added up. So nothing depends on the number of threads.
//   X3  Lives after a cut may also begin with one device of the budget absent; those are the last of their line.
//   X4  Life 0 may be one that was lived elsewhere (sim/explore/recorded_run.h): then the volume is the one that it was lived on.
//   X5  Of the scope are: one schedule (first in first out with clients so far apart, or sampled by number), pages of 4 KiB as
//       fragments (smaller tears are left to the sampling simulator), power cuts (so are crashes of the host).
//   X6  What was explored and what held is remembered for the crash points of one call of explore(), 64 bytes a state: counts and
//       hash are of different states. With two at a time, as drivers call it, that is 12,865 states at most in the shipped
//       scopes (1 MB), 208,244 with one arrival and a third power cut (13 MB). What is large is bounded (sim/explore/memo.h, K2).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/explore/memo.h"
#include "sim/explore/recorded_run.h"

namespace holdfast::sim {

struct Scope {
  std::uint32_t depth = 1;  // power cuts in a line
  // Of first in first out: clients of the first life begin together, half a request's time apart, a whole one, …
  std::uint32_t arrivals = 1;
  std::uint32_t sampled = 0;  // further schedules, in any order of completion
  std::vector<std::uint32_t> operations{3};  // of each life; lives beyond them do not work
  bool absent = false;  // X3
  std::uint64_t seed = 0;  // of what clients do
  bool is_recorded = false;  // X4: life 0 is a recording, which has one schedule
  // For tests of the exploration itself: each must find the same.
  bool every_crash_point = false;
  bool decides_in_advance = false;  // images one by one, every page decided

  std::uint32_t schedules() const { return arrivals + sampled; }
};

struct Found {
  oracle::Finding finding;
  std::uint64_t times = 0;
  std::string route;  // how the first one was reached
  std::vector<std::string> notes;  // of the engine in its last life
};

struct ExplorationTally {
  std::uint64_t crash_points = 0;  // with a set of images of its own
  std::uint64_t states = 0;  // images, over all crash points; at most 2^64 - 1
  std::uint64_t lives_lived = 0;
  std::uint64_t lives_remembered = 0;
  std::uint64_t judged = 0;  // recoveries
  std::uint64_t refusals = 0;  // declared ones
  std::uint64_t write_hole_blocks = 0;  // declared ones
  StateHash hash;  // of all that was covered and shown: a sum, over schedules and parts, too
  std::map<std::string, std::uint64_t> marks;  // lives that reached it
  std::map<std::string, Found> found;  // by signature

  void add(const ExplorationTally& other);
};

class Exploration {
 public:
  // `recorded`: X4; outlives it, and has no contradiction with the spec's devices.
  Exploration(const WorldSpec& spec, const Scope& scope, std::uint32_t schedule,
              const RecordedRun* recorded = nullptr);
  Exploration(const Exploration&) = delete;

  // Makes the volume and lives life 0, or takes both from the recording. What went wrong already, or nothing.
  std::string begin();
  const DeviceLimits& limits() const { return limits_; }  // of the volume
  std::size_t crash_points() const { return first_.record->crash_points.size(); }
  // X2. `ends`, asked after every life: true leaves the rest out.
  using Ends = std::function<bool(const ExplorationTally&)>;
  void explore(std::size_t from, std::size_t to, ExplorationTally& into, const Ends& ends = {});

 private:
  // One life on the way to a state, and the crash point that ended it.
  struct Turn {
    LifePlan plan;
    Decisions decided;
    std::size_t crash_point = 0;
  };
  // A state: all images, after all that was promised and shown.
  struct Now {
    const Image& image;
    const Past& past;
    const LifePlan& plan;
    RowNumbers rows;
  };

  std::uint32_t operations_of(std::uint32_t number) const;
  LifePlan plan_of(std::uint32_t number) const;
  std::string live_first_life();
  void all_images(const Image& image, const Past& past, std::uint32_t number);
  void each_image(Image image, const Past& past, std::uint32_t number);
  void lives(const Image& image, const Past& past, std::uint32_t number);
  void all_lives(const Image& image, const Past& past, const LifePlan& plan);
  Memo::Found life_of(const Now& now, const Decisions& decided);
  void other_rows(const Now& now, const Memo::Found& life);
  void judge(const Now& now, const Memo::Found& life);
  void judge_shown(const Now& now, const LifeRecord& record, oracle::Judgement& into);
  void follow(const Now& now, const Memo::Found& life, std::size_t from, std::size_t to);
  void show(const LifePlan& plan, const LifeRecord& record, Past& at) const;
  std::vector<unsigned> missing_roles(const LifeRecord& record) const;
  void add_findings(const oracle::Judgement& judgement, const Now& now, const Memo::Found& life);
  std::string route(const Now& now, const Memo::Found& life) const;

  WorldSpec spec_;
  Scope scope_;
  const RecordedRun* recorded_;
  std::uint64_t events_max_;
  SeededChoices choices_;
  Schedule schedule_;
  DeviceLimits limits_;
  std::unique_ptr<Rows> rows_;
  Image image_;  // of the new volume
  std::unique_ptr<Ground> ground_;
  std::unique_ptr<Past> past_;
  Memo::Found first_;  // life 0
  Memo memo_;
  std::set<StateHash> explored_;
  std::set<StateHash> held_;  // pasts, each with what was shown after it
  std::vector<Turn> turns_;
  ExplorationTally* tally_ = nullptr;
  Ends ends_;
  bool has_ended_ = false;
};

}  // namespace holdfast::sim
