// One life of an explored machine: it is switched on, recovers, is read, works, and leaves behind all its crash points.
//
//   open -> settle -> read what may differ -> operations -> idle
//    \____________ each moment before something becomes durable is a crash point ____________/
//
//   F1  A record tells the life in terms of what it changed, so that it holds for every image that shows the same steps.
//   F2  Operations follow only where reading decided nothing: else the state that goes on would be one of several.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/explore/life_disk.h"
#include "sim/explore/past.h"
#include "sim/explore/rows.h"
#include "sim/world.h"

namespace holdfast::sim {

enum class CrashPoints : std::uint8_t {
  none,
  reduced,  // before what makes something durable, and at the end
  all,  // before each completion, and at the end
};

struct LifePlan {
  std::uint32_t number = 0;  // of lives; names the operations
  std::optional<std::size_t> absent;  // a device that is not there
  bool reads = true;  // the whole volume, for the judge
  std::uint32_t operations = 0;  // of clients, by the world's workload
  std::uint64_t first_request = 0;  // of the workload's trace, if it has one
  CrashPoints crash_points = CrashPoints::none;

  auto operator<=>(const LifePlan&) const = default;
};

struct CrashPoint {
  std::size_t steps = 0;  // seen before it
  std::size_t events = 0;  // of clients, before it
  bool was_read = false;  // the judge's read is behind it
  std::vector<PageChange> changes;
};

struct RawPage {
  PagePlace place;
  PageContent content;
};

struct LifeRecord {
  enum class Outcome : std::uint8_t { served, refused, stuck };

  Outcome outcome = Outcome::served;
  std::string message;  // of a refusal; what did not end
  std::vector<std::size_t> missing;  // devices that the volume goes on without
  bool has_settled = false;
  std::size_t steps_to_recover = 0;
  std::size_t steps_to_read = 0;  // those since recovery are the judge's
  std::vector<std::pair<Lba, oracle::Content>>
      seen;  // of what may differ from what was there before
  std::vector<RawPage> raw;  // the same on the members
  std::vector<std::pair<std::size_t, std::size_t>> rows_read;  // [from, to) of the judge's steps
  StateHash shown;  // of what was seen, on the volume and on the members
  std::vector<PastEvent> events;
  std::vector<CrashPoint> crash_points;
  std::vector<oracle::Finding> findings;  // of requests that failed
  std::vector<Witness::Mark> marks;
  std::vector<std::string> notes;
  bool has_worked = false;  // F2
  std::uint64_t happened = 0;  // events of the clock
};

// What all lives of one exploration have in common.
struct Ground {
  const WorldSpec& spec;
  const Schedule& schedule;
  Choices& choices;  // operations, entropy
  const Rows& rows;
  const Image& image;  // of the new volume: a row that equals it need not be read
  std::uint64_t events_max = 0;

  Ground(const WorldSpec& of, const Schedule& by, Choices& from, const Rows& in, const Image& on,
         std::uint64_t events)
      : spec(of), schedule(by), choices(from), rows(in), image(on), events_max(events) {}
};

using RowNumbers = std::vector<std::uint64_t>;  // rising

StateHash hash_of(const RowNumbers& rows);

// What the whole volume shows in this life.
oracle::Observation seen_of(const LifeRecord& record, const Past& past);

// Where an image may differ from the ground's.
RowNumbers rows_that_differ(const Ground& ground, const Image& image);

// `rows`: to be read besides those that the life itself touches.
LifeRecord live(const Ground& ground, const LifePlan& plan, Sight& sight, const RowNumbers& rows,
                const Past& past);

}  // namespace holdfast::sim
