#include "sim/workload.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"

namespace holdfast::sim {

namespace {

constexpr std::uint32_t million = 1'000'000;

// Off, as it is (benign), as it is, or four times as often.
void swarm_rate(std::uint32_t& parts_per_million, std::uint32_t knob, Choices& choices) {
  switch (choices.choose(Key(Family::swarm, 0, knob), 4)) {
    case 1: parts_per_million = 0; break;
    case 2: parts_per_million = std::min(parts_per_million * 4, million / 2); break;
    default: break;
  }
}

}  // namespace

WorkloadSpec swarmed(WorkloadSpec spec, Choices& choices) {
  if (spec.requests) {
    if (spec.swarm && choices.choose(Key(Family::swarm, 2), 4) == 3) spec.depth = 1;
    return spec;
  }
  Key place(Family::swarm, 1);
  if (spec.place == Place::mixed) spec.place = static_cast<Place>(choices.choose(place, 3));
  if (!spec.swarm) return spec;
  std::uint32_t knob = 0;
  for (std::uint32_t* rate : {&spec.read_ppm, &spec.discard_ppm, &spec.write_zeroes_ppm,
                              &spec.flush_ppm, &spec.fua_ppm, &spec.preflush_ppm, &spec.pause_ppm})
    swarm_rate(*rate, knob++, choices);
  if (choices.choose(Key(Family::swarm, 2), 4) == 3) spec.depth = 1;
  if (choices.choose(Key(Family::swarm, 3), 4) == 3) spec.flush_every = 1;
  if (choices.choose(Key(Family::swarm, 4), 4) == 3)
    spec.sizes = {spec.sizes[choices.choose(Key(Family::swarm, 5), spec.sizes.size())]};
  return spec;
}

Workload::Workload(const WorkloadSpec& spec, std::uint64_t cycle, BlockDevice& device,
                   Executor& executor, holdfast::Clock& clock, Choices& choices,
                   oracle::History& history, oracle::Judgement& judgement)
    : spec_(spec),
      cycle_(cycle),
      device_(device),
      executor_(executor),
      clock_(clock),
      choices_(choices),
      history_(history),
      judgement_(judgement),
      somebody_left_(executor),
      stream_(spec.depth),
      clients_(spec.depth) {
  check(!spec.sizes.empty() && spec.depth > 0, "a workload has clients, and sizes to choose from");
  check(!spec.requests || !spec.requests->empty(), "a trace has requests");
}

void Workload::start() {
  began_ = clock_.now();
  for (std::uint32_t number = 0; number < clients_; ++number) executor_.spawn(client(number));
}

bool Workload::is_kept(std::uint32_t number) const {
  if (!spec_.kept) return true;
  if (cycle_ >= spec_.kept->size()) return false;
  const std::vector<std::uint32_t>& numbers = (*spec_.kept)[cycle_];
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

Key Workload::key(Family family, std::uint32_t number, std::uint32_t part) const {
  return {family, cycle_ << 32 | number, part};
}

Task<> Workload::client(std::uint32_t number) {
  if (spec_.stagger.value > 0 && number > 0)
    co_await clock_.sleep_until(clock_.now() + Nanoseconds(spec_.stagger.value * number));
  while (next_ < spec_.operations && !is_ending_) {
    std::uint32_t operation_number = next_++;
    if (!is_kept(operation_number)) continue;
    if (spec_.requests) {
      co_await wait_until_due(operation_number);
      co_await request(operation_number);
    } else {
      co_await pause(operation_number);
      co_await operation(number, operation_number);
    }
    if (spec_.flush_every != 0 && (operation_number + 1) % spec_.flush_every == 0)
      co_await flush(operation_number);
  }
  ++clients_done_;
}

Task<> Workload::pause(std::uint32_t number) {
  if (!choices_.chance(key(Family::operation, number, 1), spec_.pause_ppm)) co_return;
  std::uint64_t pause = choices_.choose(key(Family::operation, number, 2), spec_.pause_max.value);
  co_await clock_.sleep_until(clock_.now() + Nanoseconds(pause));
}

Task<> Workload::wait_until_due(std::uint32_t number) {
  Nanoseconds first = spec_.request_of(0).due, due = spec_.request_of(number).due;
  if (spec_.speed == 0 || due <= first) co_return;
  co_await clock_.sleep_until(began_ + Nanoseconds((due - first).value / spec_.speed));
}

Task<> Workload::request(std::uint32_t number) {
  const Request& request = spec_.request_of(number);
  if (request.kind == Request::Kind::flush) {
    co_await flush(number);
    co_return;
  }
  Extent left = fit(request, device_.limits()).extent;
  while (!left.empty()) {
    Extent part(left.first, std::min(left.count, Sectors::of_bytes(request_bytes_max)));
    co_await enter(part);
    if (listener_) listener_(number);
    co_await piece(request.kind, part, request.flags);
    leave(part);
    left = Extent(part.end(), left.count - part.count);
  }
}

Task<> Workload::piece(Request::Kind kind, Extent extent, WriteFlags flags) {
  switch (kind) {
    case Request::Kind::read: co_await read(extent); break;
    case Request::Kind::write: co_await write(extent, flags); break;
    case Request::Kind::write_zeroes: co_await write_zeroes(extent, flags); break;
    case Request::Kind::discard: co_await discard(extent); break;
    case Request::Kind::flush: break;
  }
}

Task<> Workload::operation(std::uint32_t client, std::uint32_t number) {
  // The benign draw is a plain write: rates are taken from the top.
  std::uint64_t draw = million - 1 - choices_.choose(key(Family::operation, number), million);
  auto is_below = [&draw](std::uint32_t rate) {
    if (draw < rate) return true;
    draw -= rate;
    return false;
  };
  if (is_below(spec_.flush_ppm)) {
    co_await flush(number);
    co_return;
  }
  Extent extent = extent_of(client, number);
  co_await enter(extent);
  if (listener_) listener_(number);
  if (is_below(spec_.read_ppm)) {
    co_await read(extent);
  } else if (is_below(spec_.discard_ppm) && device_.limits().discard_granularity_bytes != 0) {
    co_await discard(extent);
  } else {
    WriteFlags flags;  // asked one by one: the order of arguments is the compiler's
    flags.fua = choices_.chance(key(Family::operation_flags, number), spec_.fua_ppm);
    flags.preflush = choices_.chance(key(Family::operation_flags, number, 1), spec_.preflush_ppm);
    if (is_below(spec_.write_zeroes_ppm)) {
      co_await write_zeroes(extent, flags);
    } else {
      co_await write(extent, flags);
    }
  }
  leave(extent);
}

Task<> Workload::enter(Extent extent) {
  if (spec_.may_overlap) co_return;
  auto overlaps = [extent](const Extent& other) { return other.overlaps(extent); };
  while (std::any_of(in_flight_.begin(), in_flight_.end(), overlaps)) {
    somebody_left_.reset();
    co_await somebody_left_.wait();
  }
  in_flight_.push_back(extent);
}

void Workload::leave(Extent extent) {
  if (spec_.may_overlap) return;
  in_flight_.erase(std::find(in_flight_.begin(), in_flight_.end(), extent));
  somebody_left_.set();
}

// Sizes by weight, in whole logical blocks; places by the workload's kind, aligned to the size or to a block only.
Extent Workload::extent_of(std::uint32_t client, std::uint32_t number) {
  const DeviceLimits& limits = device_.limits();
  std::uint64_t block = limits.logical_block_bytes / sector_bytes;
  std::uint64_t blocks = limits.sectors.value / block;
  std::uint64_t weights = 0;
  for (const WeightedSize& size : spec_.sizes) weights += size.weight;
  std::uint64_t at = choices_.choose(key(Family::operation_size, number), weights);
  std::size_t chosen = 0;
  while (at >= spec_.sizes[chosen].weight) at -= spec_.sizes[chosen++].weight;
  std::uint64_t block_bytes = limits.logical_block_bytes;
  std::uint64_t count = std::clamp<std::uint64_t>(
      (spec_.sizes[chosen].bytes + block_bytes - 1) / block_bytes, 1, blocks);

  if (spec_.place == Place::sequential) {
    Lba& stream = stream_[client];
    if (stream.value == 0) stream = Lba(blocks / clients_ * client * block);
    if (stream.value + count * block > blocks * block) stream = Lba();
    Extent extent(stream, Sectors(count * block));
    stream = extent.end();
    return extent;
  }
  std::uint64_t places = blocks - count + 1;
  std::uint64_t place = choices_.choose(key(Family::operation_place, number), places);
  if (spec_.place == Place::hot_spots &&
      choices_.choose(key(Family::operation_place, number, 1), 4) != 3) {
    constexpr std::uint64_t spots = 4;
    constexpr std::uint64_t spot_blocks = 8;
    std::uint64_t spot = choices_.choose(key(Family::operation_place, number, 2), spots);
    // Asked alike for every size: a spot is one place, and a key has one answer.
    std::uint64_t begin = choices_.choose(
        Key(Family::operation_place, cycle_ << 32, static_cast<std::uint32_t>(8 + spot)), blocks);
    place = std::min(begin + place % spot_blocks, places - 1);
  }
  bool is_aligned = choices_.choose(key(Family::operation_place, number, 3), 2) == 0;
  if (is_aligned && count > 1) place -= place % count;
  return {Lba(place * block), Sectors(count * block)};
}

bool Workload::settle(const char* request, Extent extent, const IoResult& result) {
  if (!result && !may_err_)
    oracle::Judge::unexpected_error(request, extent, result.error(), judgement_);
  return result.has_value();
}

bool Workload::settle_write(const char* request, Extent extent, const IoResult& result) {
  bool is_refused = !result && result.error().kind == IoErrorKind::read_only;
  if (!is_refused || !may_refuse_writes_ || !may_refuse_writes_())
    return settle(request, extent, result);
  ++writes_refused_;
  return false;
}

Task<> Workload::read(Extent extent) {
  SliceList pages = allocate_slices(extent.count.bytes());
  oracle::ReadId id = history_.begin_read(extent);
  IoResult result = co_await device_.read(extent.first, pages);
  if (settle("read", extent, result)) history_.end_read(id, pages);
}

Task<> Workload::write(Extent extent, WriteFlags flags) {
  SliceList pages = allocate_slices(extent.count.bytes());
  oracle::WriteId id = history_.begin_write(extent, flags);
  history_.fill(id, pages);
  IoResult result = co_await device_.write(extent.first, pages, flags);
  history_.end_write(id, settle_write("write", extent, result));
}

Task<> Workload::write_zeroes(Extent extent, WriteFlags flags) {
  oracle::WriteId id = history_.begin_write_zeroes(extent, flags);
  IoResult result = co_await device_.write_zeroes(extent, flags);
  history_.end_write(id, settle_write("write zeroes", extent, result));
}

Task<> Workload::discard(Extent extent) {
  oracle::WriteId id = history_.begin_discard(extent);
  IoResult result = co_await device_.discard(extent);
  history_.end_write(id, settle_write("discard", extent, result));
}

Task<> Workload::flush(std::uint32_t number) {
  if (listener_) listener_(number);
  oracle::FlushId id = history_.begin_flush();
  IoResult result = co_await device_.flush();
  history_.end_flush(id, settle("flush", Extent(Lba(), Sectors()), result));
}

}  // namespace holdfast::sim
