#include "core/raid/journal/units.h"

#include <algorithm>

namespace holdfast::raid::journal {
namespace {

// Held in memory by one batch, and the size of the largest writes to the log.
constexpr std::uint64_t batch_blocks_max = (8u << 20) / block_bytes;

// U3.
std::uint64_t half_of(const Ring& ring) { return (ring.blocks() - 1) / 2; }

}  // namespace

Units::Units(const Ring& ring, Seed seed, Executor& executor, Lba tail, std::uint64_t used,
             Sequence next)
    : ring_(ring),
      seed_(seed),
      executor_(executor),
      unit_blocks_max_(half_of(ring)),
      tail_(tail),
      head_(ring.after(tail, used)),
      used_(used),
      next_(next),
      unwritten_(next),
      unlogged_(next),
      unfinished_(next) {
  check(used < ring.blocks(), "the log keeps what recovery left, and has room");
}

std::uint64_t Units::stripes_max(const Ring& ring, const Geometry& geometry) {
  auto pages = static_cast<std::uint64_t>(geometry.raid_disks);
  std::uint64_t record_bytes =
      static_cast<std::uint64_t>(geometry.data_disks()) * data_record_bytes +
      parity_record_bytes(geometry.parity_disks());
  std::uint64_t stripes_in_unit =
      std::min((block_bytes - header_bytes) / record_bytes, (half_of(ring) - 1) / pages);
  check(stripes_in_unit > 0, "a log has room for a stripe");
  std::uint64_t blocks = std::min(half_of(ring), batch_blocks_max);
  std::uint64_t unit_blocks = 1 + stripes_in_unit * pages;
  std::uint64_t left = blocks % unit_blocks;
  std::uint64_t stripes =
      blocks / unit_blocks * stripes_in_unit + (left > 0 ? (left - 1) / pages : 0);
  return std::max<std::uint64_t>(1, stripes);
}

Units::Room Units::needed(const Batch& batch, const LoggedStripe& stripe) {
  return {batch.pages_of(stripe), batch.record_bytes_of(stripe)};
}

Units::Room Units::room_in_new_unit() const {
  return {static_cast<std::uint32_t>(std::min<std::uint64_t>(unit_blocks_max_ - 1, UINT32_MAX)),
          block_bytes - header_bytes};
}

Units::Room Units::room_in_open_unit() const {
  if (units_.empty() || units_.back().state != UnitState::open) return {};
  const Unit& open = units_.back();
  return {room_in_new_unit().blocks + 1 - open.blocks, open.meta.room()};
}

bool Units::has_room(const Batch& batch, std::uint64_t promised) const {
  Room room = room_in_open_unit();
  std::uint64_t blocks = 0;
  for (const LoggedStripe& stripe : batch.stripes) {
    Room asked = needed(batch, stripe);
    if (asked.blocks > room.blocks || asked.record_bytes > room.record_bytes) {
      room = room_in_new_unit();
      ++blocks;
    }
    room.blocks -= asked.blocks;
    room.record_bytes -= asked.record_bytes;
    blocks += asked.blocks;
  }
  return used_ + promised + blocks < ring_.blocks();
}

Unit& Units::open_unit() {
  if (!units_.empty() && units_.back().state == UnitState::open)
    units_.back().state = UnitState::closed;
  Unit& unit = units_.emplace_back(executor_, seed_, next_, head_);
  unit.bytes.emplace_back();  // the meta block's place
  next_ = next_ + 1;
  head_ = ring_.after(head_, 1);
  ++used_;
  return unit;
}

void Units::place(Batch& batch) {
  check(!batch.stripes.empty() && has_room(batch, 0), "U4: a batch is placed as a whole");
  Unit* unit = nullptr;
  auto page = batch.pages.begin();
  auto slice = batch.slices.begin();
  for (const LoggedStripe& stripe : batch.stripes) {
    Room asked = needed(batch, stripe), room = room_in_open_unit();
    bool fits = asked.blocks <= room.blocks && asked.record_bytes <= room.record_bytes;
    Unit& into = fits ? units_.back() : open_unit();
    if (unit != &into) {
      if (!unit) batch.first_unit = into.sequence;
      batch.last_unit = into.sequence;
      unit = &into;
      ++unit->batches;
    }
    for (int i = 0; i < stripe.data_pages; ++i) unit->meta.data(page[i].location, page[i].checksum);
    auto parity = page + stripe.data_pages;
    if (stripe.parity_pages == 1)
      unit->meta.parity(stripe.sector, parity[0].checksum);
    else if (stripe.parity_pages == 2)
      unit->meta.parity(stripe.sector, parity[0].checksum, parity[1].checksum);
    for (auto end = page + asked.blocks; page != end; ++page)
      for (std::uint32_t i = 0; i < page->slices; ++i) unit->bytes.push_back(std::move(*slice++));
    unit->blocks += asked.blocks;
    head_ = ring_.after(head_, asked.blocks);
    used_ += asked.blocks;
  }
  batch.slices.clear();
}

Unit& Units::take_next() {
  check(has_unwritten(), "a unit is taken where there is one");
  Unit& next = unit(unwritten_);
  next.state = UnitState::writing;
  next.bytes.front() = Slice(next.meta.finish());
  unwritten_ = unwritten_ + 1;
  return next;
}

void Units::end(Unit& unit, UnitState state) {
  unit.state = state;
  unit.ended.set();
}

void Units::written(Unit& unit) {
  unit.bytes = SliceList();
  if (has_failed_) return end(unit, UnitState::failed);
  unit.state = UnitState::written;
}

bool Units::has_unflushed(bool in_order) const {
  for (Sequence at = unlogged_; at < next_; at = at + 1) {
    UnitState state = unit(at).state;
    if (state == UnitState::written) return true;
    if (in_order) return false;
  }
  return false;
}

std::size_t Units::begin_flush(bool in_order) {
  std::size_t begun = 0;
  for (Sequence at = unlogged_; at < next_; at = at + 1) {
    Unit& next = unit(at);
    if (next.state == UnitState::written) {
      next.state = UnitState::flushing;
      ++begun;
    } else if (in_order) {
      break;
    }
  }
  return begun;
}

void Units::logged() {
  for (Sequence at = unlogged_; at < next_; at = at + 1)
    if (Unit& next = unit(at); next.state == UnitState::flushing) end(next, UnitState::logged);
  while (unlogged_ < next_ && unit(unlogged_).state == UnitState::logged) unlogged_ = unlogged_ + 1;
}

void Units::fail_unlogged() {
  has_failed_ = true;
  for (Unit& unit : units_)
    if (unit.state != UnitState::logged && unit.state != UnitState::writing)
      end(unit, UnitState::failed);
  unwritten_ = next_;
}

void Units::hold(Sequence sequence) { ++unit(sequence).batches; }

void Units::let_go(Sequence sequence) {
  Unit& of = unit(sequence);
  check(of.batches > 0, "C2: a unit is let go by who holds it");
  --of.batches;
  while (unfinished_ < next_ && unit(unfinished_).is_finished()) unfinished_ = unfinished_ + 1;
}

void Units::release(const Batch& batch) {
  for (Sequence at = batch.first_unit; at <= batch.last_unit; at = at + 1) {
    Unit& of = unit(at);
    check(of.batches > 0 && (of.state == UnitState::logged || of.state == UnitState::failed),
          "a batch is released once, when its units have ended");
    --of.batches;
  }
  while (unfinished_ < next_ && unit(unfinished_).is_finished()) unfinished_ = unfinished_ + 1;
}

bool Units::all_released() const {
  return !keeps_recovered_ && std::none_of(units_.begin(), units_.end(), [](const Unit& unit) {
    return unit.state == UnitState::logged && unit.batches > 0;
  });
}

std::optional<Units::Target> Units::reclaimable() const {
  if (keeps_recovered_) return std::nullopt;
  if (units_.empty() || unfinished_ == units_.front().sequence) return std::nullopt;
  const Unit& last = units_[index_of(unfinished_) - 1];
  if (last.position == tail_) return std::nullopt;
  return Target{last.sequence, last.position};
}

std::uint64_t Units::reclaimable_blocks() const {
  std::optional<Target> target = reclaimable();
  return target ? ring_.distance(tail_, target->position) : 0;
}

void Units::forget_before(Target target) {
  used_ -= ring_.distance(tail_, target.position);
  tail_ = target.position;
  while (units_.front().sequence < target.sequence) units_.pop_front();
}

}  // namespace holdfast::raid::journal
