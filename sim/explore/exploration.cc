#include "sim/explore/exploration.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/base/check.h"
#include "sim/explore/origin.h"
#include "sim/explore/recorded_life.h"
#include "sim/explore/shown_members.h"

namespace holdfast::sim {
namespace {

constexpr std::uint64_t events_min = 100'000;  // that a life may have, on however small devices
constexpr std::uint64_t events_of_page = 16;  // a resync reads and writes all of them
constexpr std::uint64_t request_nanoseconds = 1'000;  // of each request, first in first out
constexpr std::uint64_t request_nanoseconds_max = 1'000'000;  // of a sampled schedule

// Every request takes as long as any other, or as long as its place has it.
Schedule schedule_of(std::uint32_t number, const Scope& scope, Choices& choices) {
  if (number < scope.arrivals)
    return [](std::uint32_t, Lba, std::uint64_t) { return Nanoseconds(request_nanoseconds); };
  return [sample = number - scope.arrivals, &choices](std::uint32_t device, Lba first,
                                                      std::uint64_t nth) {
    Key key(Family::latency, static_cast<std::uint16_t>(device), first.value, nth, sample);
    return Nanoseconds(1 + choices.choose(key, request_nanoseconds_max));
  };
}

void add_saturated(std::uint64_t& to, std::uint64_t more) {
  if (__builtin_add_overflow(to, more, &to)) to = ~std::uint64_t{0};
}

std::uint64_t events_of(const WorldSpec& spec) {
  std::uint64_t pages = 0;
  for (Sectors size : sizes_of(spec)) pages += size.bytes() / page_bytes;
  return std::max(events_min, events_of_page * pages);
}

Image image_after(const Image& before, const std::vector<Step>& steps, const CrashPoint& point) {
  Image image = before;
  for (std::size_t i = 0; i < point.steps; ++i)
    if (const Step& step = steps[i]; step.is_decision())
      image.set(step.place, cell_of(before.cell(step.place)->contents()[step.chosen]));
  for (const PageChange& change : point.changes) {
    PageContents contents;
    if (change.keeps_old) contents = image.cell(change.place)->contents();
    for (const PageContent& content : change.contents) add_content(contents, content);
    image.set(change.place, CellRef(new Cell(std::move(contents))));
  }
  return image;
}

// On the next page, and decided alike.
bool is_alike_behind(const Step& step, const Step& before) {
  return step.place == PagePlace(before.place.device, before.place.page + 1) &&
         step.chosen == before.chosen && step.contents == before.contents;
}

// The decisions among steps [0, end).
Decisions decisions_in(const std::vector<Step>& steps, std::size_t end) {
  Decisions decided;
  for (std::size_t i = 0; i < end; ++i)
    if (steps[i].is_decision()) decided.push_back(steps[i].chosen);
  return decided;
}

// The next combination of the decisions among steps [from, end), those before it unchanged: counts like an odometer.
std::optional<Decisions> next_of(const std::vector<Step>& steps, std::size_t from,
                                 std::size_t end) {
  for (std::size_t i = end; i-- > from;) {
    if (steps[i].chosen + 1 >= steps[i].contents) continue;
    Decisions next = decisions_in(steps, i);
    next.push_back(steps[i].chosen + 1);
    return next;
  }
  return std::nullopt;
}

}  // namespace

void ExplorationTally::add(const ExplorationTally& other) {
  crash_points += other.crash_points;
  add_saturated(states, other.states);
  lives_lived += other.lives_lived;
  lives_remembered += other.lives_remembered;
  judged += other.judged;
  refusals += other.refusals;
  write_hole_blocks += other.write_hole_blocks;
  hash += other.hash;
  for (const auto& [mark, lives] : other.marks) marks[mark] += lives;
  for (const auto& [signature, one] : other.found) {
    auto [known, is_new] = found.emplace(signature, one);
    if (!is_new) known->second.times += one.times;
  }
}

Exploration::Exploration(const WorldSpec& spec, const Scope& scope, std::uint32_t schedule,
                         const RecordedRun* recorded)
    : spec_(spec),
      scope_(scope),
      recorded_(recorded),
      events_max_(events_of(spec)),
      choices_(scope.seed),
      schedule_(schedule_of(schedule, scope, choices_)),
      image_(sizes_of(spec)) {
  if (spec_.workload.place == Place::mixed) spec_.workload.place = Place::random;
  if (schedule < scope.arrivals)
    spec_.workload.stagger = Nanoseconds(request_nanoseconds / 2 * schedule);
}

std::uint32_t Exploration::operations_of(std::uint32_t number) const {
  return number < scope_.operations.size() ? scope_.operations[number] : 0;
}

LifePlan Exploration::plan_of(std::uint32_t number) const {
  LifePlan plan;
  plan.number = number;
  if (number == scope_.depth) return plan;
  plan.operations = operations_of(number);
  for (std::uint32_t before = 0; before < number; ++before)
    plan.first_request += operations_of(before);
  plan.crash_points = scope_.every_crash_point ? CrashPoints::all : CrashPoints::reduced;
  return plan;
}

std::string Exploration::begin() {
  Origin origin(spec_, schedule_, choices_, events_max_);
  std::string wrong = recorded_ ? origin.take(*recorded_) : origin.create();
  if (!wrong.empty()) return wrong;
  limits_ = origin.limits();
  image_ = origin.image();
  past_ = std::make_unique<Past>(origin.past());
  rows_ = std::make_unique<Rows>(spec_.profile.with(limits_), spec_.device_of_role);
  ground_ = std::make_unique<Ground>(spec_, schedule_, choices_, *rows_, image_, events_max_);
  return live_first_life();
}

std::string Exploration::live_first_life() {
  if (recorded_) {
    first_.record = std::make_shared<const LifeRecord>(
        recorded_life(*recorded_, spec_.devices, image_, plan_of(0).crash_points));
    return "";
  }
  Sight sight(image_, {});
  LifeRecord record = live(*ground_, plan_of(0), sight, {}, *past_);
  if (record.outcome != LifeRecord::Outcome::served || !record.findings.empty())
    return "the first life goes wrong before any power cut: " +
           (record.findings.empty() ? record.message : record.findings.front().story);
  first_.steps = sight.steps();
  first_.record = std::make_shared<const LifeRecord>(std::move(record));
  return "";
}

void Exploration::explore(std::size_t from, std::size_t to, ExplorationTally& into,
                          const Ends& ends) {
  tally_ = &into;
  ends_ = ends;
  has_ended_ = false;
  memo_ = Memo();
  explored_.clear();
  held_.clear();
  for (const Witness::Mark& mark : first_.record->marks) into.marks[mark.name] += from == 0;
  const LifePlan plan = plan_of(0);
  follow(Now{image_, *past_, plan, {}}, first_, from, to);
}

// Every crash point of a life that is among [from, to), with what was promised and shown up to it.
void Exploration::follow(const Now& now, const Memo::Found& life, std::size_t from,
                         std::size_t to) {
  const LifeRecord& record = *life.record;
  Past at(now.past);
  bool was_read = false;
  std::size_t events = 0;
  turns_.push_back({now.plan, decisions_in(life.steps, life.steps.size()), 0});
  for (std::size_t i = 0; i < std::min(to, record.crash_points.size()) && !has_ended_; ++i) {
    const CrashPoint& point = record.crash_points[i];
    if (point.was_read && !was_read) show(now.plan, record, at);
    was_read |= point.was_read;
    for (; events < point.events; ++events) at.add(record.events[events]);
    bool is_as_before = now.plan.number > 0 && point.changes.empty();
    if (i < from || is_as_before) continue;
    turns_.back().crash_point = i;
    Past after(at);
    after.power_cut();
    all_images(image_after(now.image, life.steps, point), after, now.plan.number + 1);
  }
  turns_.pop_back();
}

// What the life showed is the past of what follows. The first one shows nothing new.
void Exploration::show(const LifePlan& plan, const LifeRecord& record, Past& at) const {
  if (plan.number == 0) {
    if (record.has_settled) at.judge().redundancy_settled();
    return;
  }
  oracle::Judgement of_others;
  oracle::Opening opening;
  opening.missing = missing_roles(record);
  at.recovered(seen_of(record, at), opening, record.has_settled, of_others);
}

void Exploration::all_images(const Image& image, const Past& past, std::uint32_t number) {
  StateHash state = linked(linked(image.hash(), past.hash()), number);
  if (!explored_.insert(state).second) return;
  if (scope_.decides_in_advance)
    each_image(image, past, number);
  else
    lives(image, past, number);
  if (has_ended_) return;  // not all of them were covered
  ++tally_->crash_points;
  add_saturated(tally_->states, image.states());
  tally_->hash += state;
}

void Exploration::each_image(Image image, const Past& past, std::uint32_t number) {
  const std::vector<PagePlace> open = image.open_places();
  if (open.empty()) return lives(image, past, number);
  const CellRef cell = image.cell(open.front());
  for (const PageContent& content : cell->contents()) {
    image.set(open.front(), cell_of(content));
    each_image(image, past, number);
  }
}

void Exploration::lives(const Image& image, const Past& past, std::uint32_t number) {
  LifePlan plan = plan_of(number);
  all_lives(image, past, plan);
  if (!scope_.absent || spec_.faults.max_degraded == 0) return;
  plan.operations = 0;
  plan.crash_points = CrashPoints::none;
  for (std::size_t device = 0; device < spec_.devices.size(); ++device) {
    if (device == spec_.journal) continue;
    plan.absent = device;
    all_lives(image, past, plan);
  }
}

void Exploration::all_lives(const Image& image, const Past& past, const LifePlan& plan) {
  const Now now{image, past, plan, rows_that_differ(*ground_, image)};
  bool is_left_open = false;
  std::optional<Decisions> decided{std::in_place};
  while (decided && !has_ended_) {
    Memo::Found life = life_of(now, *decided);
    const LifeRecord& record = *life.record;
    judge(now, life);
    if (plan.reads) other_rows(now, life);
    if (plan.crash_points != CrashPoints::none) follow(now, life, 0, record.crash_points.size());
    is_left_open |= plan.operations > 0 && plan.reads && !record.has_worked &&
                    record.outcome == LifeRecord::Outcome::served;
    std::size_t end = life.steps.size();
    bool goes_on_after_reading = false;
    for (std::size_t i = record.steps_to_read; i < end; ++i)
      goes_on_after_reading |= life.steps[i].is_decision();
    decided = next_of(life.steps, 0, goes_on_after_reading ? end : record.steps_to_recover);
  }
  if (!is_left_open || has_ended_) return;
  LifePlan unread = plan;
  unread.reads = false;
  all_lives(image, past, unread);
}

Memo::Found Exploration::life_of(const Now& now, const Decisions& decided) {
  const oracle::History& history = now.past.history();
  Memo::Root root{now.plan, history.writes_end(), history.epoch()};
  Memo::Found known = memo_.find(root, now.image, decided, hash_of(now.rows));
  if (known.record) {
    ++tally_->lives_remembered;
    return known;
  }
  ++tally_->lives_lived;
  Sight sight(now.image, decided);
  LifeRecord record = live(*ground_, now.plan, sight, now.rows, now.past);
  for (const Witness::Mark& mark : record.marks) ++tally_->marks[mark.name];
  known.steps = sight.steps();
  known.record = memo_.add(root, known.steps, std::move(record));
  return known;
}

// What each row shows with every other content that its pages may have; the rest of the volume stays as it is.
void Exploration::other_rows(const Now& now, const Memo::Found& life) {
  for (std::size_t row = 0; row < life.record->rows_read.size(); ++row) {
    Memo::Found other = life;
    while (!has_ended_) {
      auto [from, end] = other.record->rows_read[row];
      std::optional<Decisions> next = next_of(other.steps, from, end);
      if (!next) break;
      other = life_of(now, *next);
      judge(now, other);
    }
  }
}

std::vector<unsigned> Exploration::missing_roles(const LifeRecord& record) const {
  std::vector<unsigned> roles;
  if (!spec_.profile.raid) return roles;
  for (unsigned role = 0; role < spec_.profile.raid->raid_disks; ++role) {
    std::size_t device = spec_.device_of_role.empty() ? role : spec_.device_of_role[role];
    if (std::find(record.missing.begin(), record.missing.end(), device) != record.missing.end())
      roles.push_back(role);
  }
  return roles;
}

void Exploration::judge(const Now& now, const Memo::Found& life) {
  const LifeRecord& record = *life.record;
  oracle::Judgement judgement;
  judgement.findings = record.findings;
  switch (record.outcome) {
    case LifeRecord::Outcome::stuck:
      oracle::Judge::stuck(record.message, record.happened, judgement);
      break;
    case LifeRecord::Outcome::refused: {
      bool is_redundant = spec_.journal && !now.past.judge().is_any_stripe_excused();
      bool is_declared = now.plan.absent && spec_.may_refuse_dirty_degraded && !is_redundant;
      if (is_declared) ++tally_->refusals;
      if (!is_declared) oracle::Judge::refused(record.message, judgement);
      break;
    }
    case LifeRecord::Outcome::served:
      if (now.plan.reads) judge_shown(now, record, judgement);
      break;
  }
  if (!judgement.findings.empty()) add_findings(judgement, now, life);
  has_ended_ = has_ended_ || (ends_ && ends_(*tally_));
}

// Equal pasts that were shown the same are judged once.
void Exploration::judge_shown(const Now& now, const LifeRecord& record, oracle::Judgement& into) {
  ++tally_->judged;
  std::uint64_t absent = now.plan.absent ? *now.plan.absent + 1 : 0;
  StateHash shown = linked(linked(now.past.hash(), record.shown), absent);
  if (held_.contains(shown)) return;
  tally_->hash += shown;
  Past past(now.past);
  oracle::Observation seen = seen_of(record, past);
  oracle::Opening opening;
  opening.missing = missing_roles(record);
  past.recovered(seen, opening, record.has_settled, into);
  if (spec_.profile.raid) {
    ShownMembers members(record, now.image, spec_.device_of_role);
    past.judge().redundancy(members, opening.missing, seen, into);
  }
  tally_->write_hole_blocks += into.counts.write_hole_blocks;
  if (into.findings.empty()) held_.insert(shown);
}

void Exploration::add_findings(const oracle::Judgement& judgement, const Now& now,
                               const Memo::Found& life) {
  for (const oracle::Finding& finding : judgement.findings) {
    auto [known, is_new] = tally_->found.try_emplace(finding.signature());
    ++known->second.times;
    if (!is_new) continue;
    known->second.finding = finding;
    known->second.finding.crash = now.plan.number;
    known->second.route = route(now, life);
    known->second.notes = life.record->notes;
  }
}

// "crash point 12 of life 0; life 1 sees log/8 2nd of 2; crash point 3 of life 1; …"
std::string Exploration::route(const Now& now, const Memo::Found& life) const {
  std::string text;
  for (const Turn& turn : turns_) {
    text += fmt::format("life {}", turn.plan.number);
    if (!turn.decided.empty()) text += fmt::format(" sees {}", fmt::join(turn.decided, "."));
    text += fmt::format(", power cut at its crash point {}; ", turn.crash_point);
  }
  text += fmt::format("life {}", now.plan.number);
  if (now.plan.absent) text += " without " + spec_.devices[*now.plan.absent].name;
  std::string sees;
  std::vector<Step> decisions;
  std::ranges::copy_if(life.steps, std::back_inserter(decisions), &Step::is_decision);
  for (std::size_t i = 0, end = 0; i < decisions.size(); i = end) {
    const Step& first = decisions[i];
    for (end = i + 1;
         end < decisions.size() && is_alike_behind(decisions[end], decisions[end - 1]);)
      ++end;
    std::string pages =
        end - i == 1 ? fmt::format("page {}", first.place.page)
                     : fmt::format("pages {}..{}", first.place.page, decisions[end - 1].place.page);
    sees += fmt::format("{}{} {}: {} of {}", sees.empty() ? " sees " : ", ",
                        spec_.devices[first.place.device].name, pages, first.chosen + 1,
                        first.contents);
  }
  return text + sees;
}

}  // namespace holdfast::sim
