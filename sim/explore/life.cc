#include "sim/explore/life.h"

#include <algorithm>
#include <set>

#include "core/base/check.h"
#include "sim/explore/machine.h"

namespace holdfast::sim {
namespace {

Task<bool> read_extent(BlockDevice& device, Extent extent, oracle::Observation& seen) {
  SliceList pages = allocate_slices(extent.count.bytes());
  IoResult read = co_await device.read(extent.first, pages);
  if (read) {
    seen.add(extent.first, pages);
  } else {
    seen.unreadable(extent);
  }
  co_return true;
}

class Living {
 public:
  Living(const Ground& ground, const LifePlan& plan, Sight& sight, const Past& past)
      : ground_(ground),
        plan_(plan),
        sight_(sight),
        past_(past),
        machine_(ground.spec, MachinePorts(sight, ground.schedule, ground.choices), plan.number + 2,
                 plan.absent, ground.events_max) {
    if (plan.crash_points != CrashPoints::none)
      machine_.watch([this](bool makes_durable) {
        if (makes_durable || plan_.crash_points == CrashPoints::all) add_crash_point();
      });
  }
  Living(const Living&) = delete;
  // Clients go before what they work with.
  ~Living() { machine_.off(); }

  LifeRecord run(const RowNumbers& rows) {
    bool is_open = open() && settle();
    record_.steps_to_recover = sight_.steps().size();
    if (is_open) {
      bool is_decided = !plan_.reads || read(rows);
      record_.steps_to_read = sight_.steps().size();
      if (record_.outcome == LifeRecord::Outcome::served && is_decided && plan_.operations > 0)
        work();
    }
    if (plan_.crash_points != CrashPoints::none) {
      machine_.run_until([] { return false; });
      add_crash_point();
    }
    record_.marks = machine_.witness().marks();
    record_.notes = machine_.witness().notes();
    record_.happened = machine_.happened();
    for (const auto& [lba, content] : record_.seen)
      record_.shown = linked(record_.shown, StateHash(lba.value, content.word()));
    for (const RawPage& raw : record_.raw) record_.shown = linked(record_.shown, raw.content.hash);
    return std::move(record_);
  }

 private:
  bool is_done(bool done, const char* what) {
    if (done) return true;
    record_.outcome = LifeRecord::Outcome::stuck;
    record_.message = what;
    return false;
  }

  bool open() {
    std::optional<OpenError> refusal;
    if (!is_done(machine_.open(refusal), "open")) return false;
    if (!refusal) {
      record_.missing = machine_.volume().missing_devices();
      return true;
    }
    record_.outcome = LifeRecord::Outcome::refused;
    record_.message = refusal->message;
    return false;
  }

  bool settle() {
    std::optional<IoResult> settled;
    if (!is_done(machine_.has_done(machine_.volume().settled(), settled), "settling")) return false;
    record_.has_settled = settled->has_value();
    return true;
  }

  // Row by row: what one shows is no matter of another. True if nothing was decided by it.
  bool read(const RowNumbers& others) {
    std::set<std::uint64_t> rows(others.begin(), others.end());
    for (std::uint32_t device = 0; device < ground_.image.devices(); ++device) {
      LifeMedia* media = machine_.media(device);
      if (!media) continue;
      for (std::uint32_t page : media->touched())
        if (auto row = ground_.rows.row_of(PagePlace(device, page))) rows.insert(*row);
    }
    sight_.see_number(hash_of(others));
    std::size_t begun = sight_.steps().size();
    oracle::Observation seen(past_.history().payload(), past_.seen().sectors());
    for (std::uint64_t row : rows)
      if (!read_row(row, seen)) return false;
    const std::vector<Step>& steps = sight_.steps();
    return std::none_of(steps.begin() + static_cast<std::ptrdiff_t>(begun), steps.end(),
                        [](const Step& step) { return step.is_decision(); });
  }

  bool read_row(std::uint64_t row, oracle::Observation& seen) {
    std::size_t from = sight_.steps().size();
    Extent extent = ground_.rows.on_volume(row);
    std::optional<bool> done;
    Task<bool> reading = read_extent(machine_.volume().device(), extent, seen);
    if (!is_done(machine_.has_done(std::move(reading), done), "reading the volume")) return false;
    for (Lba lba = extent.first; lba < extent.end(); lba += Sectors(1))
      record_.seen.emplace_back(lba, seen.at(lba));
    for (PagePlace place : ground_.rows.pages(row)) {
      LifeMedia* media = machine_.media(place.device);
      if (!media) continue;
      Page copy = Page::allocate();
      std::copy_n(media->visible(place.page), page_bytes, copy.data());
      record_.raw.push_back({place, PageContent(std::move(copy))});
    }
    record_.rows_read.emplace_back(from, sight_.steps().size());
    return true;
  }

  void work() {
    if (plan_.reads && plan_.number > 0) {
      oracle::Judgement of_others;  // who judges this life judges what it showed
      past_.recovered(seen_of(record_, past_), {}, record_.has_settled, of_others);
    }
    oracle::History& history = past_.history();
    history.tell([this](const oracle::HistoryEvent& event) { record_.events.emplace_back(event); });
    was_read_ = plan_.reads;
    WorkloadSpec workload = ground_.spec.workload;
    workload.operations = plan_.operations;
    workload.first_request = plan_.first_request;
    if (plan_.number > 0) workload.stagger = {};
    workload_ = std::make_unique<Workload>(workload, plan_.number, machine_.volume().device(),
                                           machine_.executor(), machine_.clock(), ground_.choices,
                                           history, judgement_);
    workload_->start();
    is_done(machine_.run_until([this] { return workload_->is_done(); }), "requests");
    record_.has_worked = true;
    record_.findings = judgement_.findings;
  }

  void add_crash_point() {
    CrashPoint point;
    for (std::uint32_t device = 0; device < ground_.image.devices(); ++device)
      if (LifeMedia* media = machine_.media(device)) media->add_changes(point.changes);
    point.steps = sight_.steps().size();
    point.events = record_.events.size();
    point.was_read = was_read_;
    record_.crash_points.push_back(std::move(point));
  }

  const Ground& ground_;
  const LifePlan plan_;
  Sight& sight_;
  Past past_;
  Machine machine_;
  oracle::Judgement judgement_;
  std::unique_ptr<Workload> workload_;
  LifeRecord record_;
  bool was_read_ = false;
};

}  // namespace

StateHash hash_of(const RowNumbers& rows) {
  StateHash hash;
  for (std::uint64_t row : rows) hash = linked(hash, row);
  return hash;
}

oracle::Observation seen_of(const LifeRecord& record, const Past& past) {
  oracle::Observation seen = past.seen();
  for (const auto& [lba, content] : record.seen) seen.add(lba, content);
  return seen;
}

RowNumbers rows_that_differ(const Ground& ground, const Image& image) {
  std::set<std::uint64_t> rows;
  for (std::uint32_t device = 0; device < image.devices(); ++device)
    for (std::uint32_t page = 0; page < image.pages(device); ++page) {
      PagePlace place(device, page);
      const CellRef &here = image.cell(place), &at_first = ground.image.cell(place);
      if (here == at_first || here->hash() == at_first->hash()) continue;
      if (auto row = ground.rows.row_of(place)) rows.insert(*row);
    }
  return {rows.begin(), rows.end()};
}

LifeRecord live(const Ground& ground, const LifePlan& plan, Sight& sight, const RowNumbers& rows,
                const Past& past) {
  return Living(ground, plan, sight, past).run(rows);
}

}  // namespace holdfast::sim
