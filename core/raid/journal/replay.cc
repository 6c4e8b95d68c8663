#include "core/raid/journal/replay.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "core/task/join.h"

namespace holdfast::raid::journal {
namespace {

constexpr std::size_t window_pages = 2048;
constexpr std::size_t write_pages_max = 256;

tl::unexpected<OpenError> cant_replay(std::string message) {
  return tl::unexpected<OpenError>(OpenError(OpenError::Kind::io, std::move(message)));
}

// Pages on their way to the members, gathered so that neighbours go together and of each place only the last is written.
class Window {
 public:
  Window(const Survey& log, Seed seed, const Geometry& geometry, Members& members)
      : log_(log), seed_(seed), geometry_(geometry), members_(members) {}

  void add(const ScanStep& unit);
  bool is_full() const { return places_.size() >= window_pages; }
  Task<IoResult> write();

 private:
  struct Place {
    MemberPage where;
    std::size_t nth;
    Page page;
    bool is_in_front_of_damage;  // P2
  };
  struct Run {
    int role;
    Lba first;
    SliceList pages;
  };

  void keep_last_versions();
  Task<> spare_newer_ones();
  std::vector<Run> runs() const;

  const Survey& log_;
  Seed seed_;
  const Geometry& geometry_;
  Members& members_;
  std::vector<Place> places_;
};

void Window::add(const ScanStep& unit) {
  bool is_damaged = unit.kind == ScanStep::Kind::damaged;
  auto page = unit.pages.begin();
  for (const Record& record : unit.meta.records) {
    Lba stripe = stripe_of(geometry_, record);
    bool is_replayed = (!is_damaged || !log_.is_dropped(unit.meta.sequence, stripe)) &&
                       !log_.is_left_to_cache(unit.meta.sequence, stripe);
    for (const MemberPage& where : places_of(geometry_, record)) {
      const Page& content = *page++;
      if (is_replayed && content && members_.is_active(where.role) &&
          !log_.is_kept(where, unit.meta.sequence))
        places_.push_back({where, places_.size(), content, unit.meta.sequence < log_.last_damage});
    }
  }
}

void Window::keep_last_versions() {
  std::sort(places_.begin(), places_.end(), [](const Place& one, const Place& other) {
    return std::tie(one.where, one.nth) < std::tie(other.where, other.nth);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    bool is_last = i + 1 == places_.size() || places_[i + 1].where != places_[i].where;
    if (is_last && members_.is_active(places_[i].where.role))
      std::swap(places_[kept++], places_[i]);
  }
  places_.erase(places_.begin() + static_cast<std::ptrdiff_t>(kept), places_.end());
}

// Y4. Looks at what the members hold; what can't be read there is written.
Task<> Window::spare_newer_ones() {
  Join<IoResult> reads;
  std::vector<std::size_t> looked_at;
  std::vector<Slice> found;
  found.reserve(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!places_[i].is_in_front_of_damage) continue;
    looked_at.push_back(i);
    found.emplace_back(Page::allocate());
    reads.add(members_.read(places_[i].where.role, places_[i].where.sector,
                            MutablePages(&found.back(), 1)));
  }
  co_await reads.all();
  for (std::size_t i = 0; i < looked_at.size(); ++i) {
    Place& place = places_[looked_at[i]];
    if (reads.result(i) && log_.lost_somewhere.contains(seed_.of_page(found[i].view())))
      place.page = Page();
  }
}

std::vector<Window::Run> Window::runs() const {
  std::vector<Run> runs;
  for (const Place& place : places_) {
    if (!place.page) continue;
    bool adjoins =
        !runs.empty() && runs.back().role == place.where.role &&
        runs.back().first + block_sectors * runs.back().pages.size() == place.where.sector &&
        runs.back().pages.size() < write_pages_max;
    if (!adjoins) runs.push_back({place.where.role, place.where.sector, {}});
    runs.back().pages.emplace_back(place.page);
  }
  return runs;
}

Task<IoResult> Window::write() {
  keep_last_versions();
  if (!log_.lost_somewhere.empty()) co_await spare_newer_ones();
  std::vector<Run> pending = runs();
  Join<IoResult> writes;
  for (const Run& run : pending)
    writes.add(members_.write(run.role, run.first, run.pages, WriteFlags()));
  co_await writes.all();
  for (std::size_t i = 0; i < pending.size(); ++i)
    if (auto written = writes.result(i); !written) members_.fail(pending[i].role, written.error());
  places_.clear();
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, Lba(0));
  co_return IoResult{};
}

}  // namespace

Task<Opened> replay(const Survey& log, const Ring& ring, Seed seed, const Geometry& geometry,
                    Members& members, const JournalRules& rules, Ports ports) {
  if (log.units > 0) ports.observer.mark("raid.journal_replayed");
  Window window(log, seed, geometry, members);
  Scan scan(ring, seed, geometry, rules, log.tail);
  bool is_at_end = log.is_new;
  while (!is_at_end) {
    auto step = co_await scan.next();
    if (!step)
      co_return cant_replay(fmt::format(
          "the journal can't be read any more: {} at sector {} of its ring; nothing is lost by "
          "trying again",
          name_of(step.error().kind), step.error().where.value));
    is_at_end = step->kind == ScanStep::Kind::end;
    bool is_torn = step->kind == ScanStep::Kind::damaged && step->meta.sequence >= log.last_damage;
    bool has_pages = step->kind == ScanStep::Kind::unit || step->kind == ScanStep::Kind::damaged;
    if (has_pages && !is_torn) window.add(*step);
    if (!is_at_end && !window.is_full()) continue;
    if (auto written = co_await window.write(); !written)
      co_return cant_replay("too many members failed while the journal was replayed");
    ports.observer.progress("journal replay", scan.passed_blocks() * block_bytes,
                            log.blocks * block_bytes);
  }
  co_return Opened{};
}

}  // namespace holdfast::raid::journal
