#include "core/block/sabotage.h"

#include <algorithm>

namespace holdfast {
namespace {

constexpr std::array<std::string_view, sabotages.size()> names{
    "nothing",        "drop_flush",  "drop_fua",   "ack_early",
    "swallow_errors", "swap_writes", "stale_read", "misdirect_write"};

}  // namespace

std::string_view name_of(Sabotage sabotage) { return names[static_cast<std::size_t>(sabotage)]; }

SabotagedDevice::SabotagedDevice(BlockDevice& below, Executor& executor, Sabotage what,
                                 std::uint64_t every)
    : below_(below), turn_(executor), what_(what), every_(every) {}

bool SabotagedDevice::strikes(Sabotage what) { return what == what_ && chances_++ % every_ == 0; }

IoResult SabotagedDevice::answer(IoResult of_below) const {
  return what_ == Sabotage::swallow_errors ? IoResult{} : of_below;
}

void SabotagedDevice::hold(Lba first, Pages from, WriteFlags flags) {
  held_.emplace();
  held_->first = first;
  held_->flags = flags;
  held_->pages = allocate_slices(bytes_of(from));
  copy(from, held_->pages);
}

Task<IoResult> SabotagedDevice::write_held() {
  if (!held_) co_return IoResult{};
  Copy late = std::move(*held_);
  held_.reset();
  IoResult written = co_await below_.write(late.first, late.pages, late.flags);
  co_return written;
}

Task<void> SabotagedDevice::remember(Lba first, Pages from) {
  Copy before;
  before.first = first;
  before.pages = allocate_slices(bytes_of(from));
  if (auto read = co_await below_.read(first, before.pages); read) past_ = std::move(before);
}

Lba SabotagedDevice::behind(Lba first, Pages from) const {
  Sectors length = Sectors::of_bytes(bytes_of(from));
  Extent next(first + length, length);
  if (next.end().value <= limits().sectors.value) return next.first;
  return first < Lba(length.value) ? first : first - length;
}

Task<IoResult> SabotagedDevice::read(Lba first, MutablePages into) {
  MutexLock turn = co_await turn_.lock();
  if (auto done = co_await write_held(); !done) co_return done;
  if (auto done = co_await below_.read(first, into); !done) co_return done;
  Extent asked(first, Sectors::of_bytes(bytes_of(into)));
  bool is_past = past_ && past_->extent().overlaps(asked);
  if (!is_past || !strikes(Sabotage::stale_read)) co_return IoResult{};
  Lba from = std::max(asked.first, past_->first);
  std::uint64_t bytes = (std::min(asked.end(), past_->extent().end()) - from).bytes();
  SliceList target = range_of(into, (from - first).bytes(), bytes);
  copy(range_of(past_->pages, (from - past_->first).bytes(), bytes), target);
  past_.reset();
  co_return IoResult{};
}

Task<IoResult> SabotagedDevice::write(Lba first, Pages from, WriteFlags flags) {
  MutexLock turn = co_await turn_.lock();
  if (what_ != Sabotage::swap_writes) {
    if (auto done = co_await write_held(); !done) co_return done;
  }
  if (flags.preflush && strikes(Sabotage::drop_flush)) flags.preflush = false;
  if (flags.fua && strikes(Sabotage::drop_fua)) flags.fua = false;
  if (what_ == Sabotage::stale_read) co_await remember(first, from);
  bool is_early = strikes(Sabotage::ack_early) || (!held_ && strikes(Sabotage::swap_writes));
  if (is_early) {
    hold(first, from, flags);
    co_return IoResult{};
  }
  Lba place = strikes(Sabotage::misdirect_write) ? behind(first, from) : first;
  IoResult written = co_await below_.write(place, from, flags);
  if (auto done = co_await write_held(); !done) co_return done;
  co_return answer(written);
}

Task<IoResult> SabotagedDevice::flush() {
  MutexLock turn = co_await turn_.lock();
  if (strikes(Sabotage::drop_flush)) co_return IoResult{};
  if (what_ != Sabotage::ack_early) {
    if (auto done = co_await write_held(); !done) co_return done;
  }
  IoResult flushed = co_await below_.flush();
  if (auto done = co_await write_held(); !done) co_return done;
  co_return answer(flushed);
}

Task<IoResult> SabotagedDevice::discard(Extent extent) {
  MutexLock turn = co_await turn_.lock();
  if (auto done = co_await write_held(); !done) co_return done;
  past_.reset();
  IoResult discarded = co_await below_.discard(extent);
  co_return answer(discarded);
}

Task<IoResult> SabotagedDevice::write_zeroes(Extent extent, WriteFlags flags) {
  MutexLock turn = co_await turn_.lock();
  if (auto done = co_await write_held(); !done) co_return done;
  past_.reset();
  IoResult written = co_await below_.write_zeroes(extent, flags);
  co_return answer(written);
}

}  // namespace holdfast
