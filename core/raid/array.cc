#include "core/raid/array.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::raid {
namespace {

// How long an array is left dirty after its last write; as md's safe_mode_delay.
constexpr Nanoseconds idle_before_clean = Nanoseconds::of_milliseconds(200);

// What the members have in common.
DeviceLimits limits_of(const Geometry& geometry, const Members& members, bool has_journal) {
  DeviceLimits limits;
  limits.sectors = geometry.capacity();
  limits.has_volatile_cache = false;
  limits.discard_reads_zero = true;
  std::uint64_t row_bytes = geometry.row_sectors().bytes();
  if (row_bytes <= ~std::uint32_t{0}) {
    limits.optimal_io_bytes = static_cast<std::uint32_t>(row_bytes);
    limits.discard_granularity_bytes = limits.optimal_io_bytes;
  }
  std::uint64_t atomic_bytes = page_bytes;
  for (int role = 0; role < members.count(); ++role) {
    if (!members.is_active(role)) continue;
    const DeviceLimits& member = members.at(role).device->limits();
    std::uint64_t offset_bytes = Sectors(members.at(role).superblock.data_offset.value).bytes();
    limits.logical_block_bytes = std::max(limits.logical_block_bytes, member.logical_block_bytes);
    limits.physical_block_bytes =
        std::max(limits.physical_block_bytes, member.physical_block_bytes);
    limits.has_volatile_cache |= member.has_volatile_cache;
    limits.is_rotational |= member.is_rotational;
    if (member.discard_granularity_bytes == 0 || !member.discard_reads_zero ||
        geometry.chunk.bytes() % member.discard_granularity_bytes != 0 ||
        offset_bytes % member.discard_granularity_bytes != 0)
      limits.discard_granularity_bytes = 0;
    atomic_bytes = std::min(atomic_bytes, members.atomic_bytes(role));
  }
  limits.discard_reads_zero = limits.discard_granularity_bytes != 0;
  if (has_journal) {  // R4
    limits.has_volatile_cache = false;
    atomic_bytes = page_bytes;
  }
  limits.atomic_write_bytes =
      std::max(static_cast<std::uint32_t>(atomic_bytes), limits.logical_block_bytes);
  return limits;
}

}  // namespace

Array::Activity::Activity(Array& array, bool is_write) : array_(array), is_write_(is_write) {
  ++array_.requests_in_flight_;
  if (is_write_) ++array_.writes_in_flight_;
}

Array::Activity::~Activity() {
  if (is_write_) {
    --array_.writes_in_flight_;
    array_.was_written_.set();
  }
  array_.write_out_soon();  // its stripes are free
  if (--array_.requests_in_flight_ == 0 && array_.is_stopping_) array_.is_quiet_.set();
}

Array::Array(Assembly assembly, const RaidRules& rules, const journal::JournalRules& journal_rules,
             Ports ports)
    : geometry_(assembly.geometry),
      rules_(rules),
      ports_(ports),
      members_(geometry_, std::move(assembly.by_role), rules_, ports.observer),
      metadata_(members_, std::move(assembly.spares), std::move(assembly.journal),
                std::move(assembly.freshest), rules_, ports),
      journal_rules_(journal_rules),
      is_read_only_(assembly.is_read_only),
      lost_its_journal_(assembly.lost_its_journal),
      limits_(limits_of(geometry_, members_, metadata_.has_journal())),
      stripes_(ports.executor),
      is_quiet_(ports.executor),
      was_written_(ports.executor),
      is_settled_(ports.executor),
      wants_write_out_(ports.executor) {
  if (!metadata_.has_journal()) return;
  const Member& device = metadata_.journal();
  const Superblock& superblock = device.superblock;
  journal_ = std::make_unique<journal::Journal>(
      journal::Ring(*device.device, superblock.data_offset, superblock.data_size), geometry_,
      journal::Seed(superblock.set_uuid), metadata_, journal_rules_, ports);
}

IoResult Array::admit(Extent extent) const {
  if (is_stopping_) return io_error(IoErrorKind::gone, extent.first);
  return check_request(limits_, extent);
}

IoResult Array::admit(Lba first, Pages pages) const {
  if (is_stopping_) return io_error(IoErrorKind::gone, first);
  return check_request(limits_, first, pages);
}

// R6.
IoResult Array::admit_writes(Lba first) const {
  if (is_read_only_ || (journal_ && journal_->has_failed()))
    return io_error(IoErrorKind::read_only, first);
  return {};
}

Task<IoResult> Array::read(Lba first, MutablePages into) {
  if (auto admitted = admit(first, into); !admitted) co_return admitted;
  Activity activity(*this, false);
  bool parity_may_be_torn = !metadata_.is_in_sync();
  auto done = co_await read_stripes(first, into);
  if (!done || !parity_may_be_torn) co_return done;
  auto acked = co_await acknowledge();
  co_return acked;
}

Task<IoResult> Array::write(Lba first, Pages from, WriteFlags flags) {
  if (auto admitted = admit(first, from); !admitted) co_return admitted;
  if (auto admitted = admit_writes(first); !admitted) co_return admitted;
  Activity activity(*this, true);
  if (auto begun = co_await begin_write(first, flags); !begun) co_return begun;
  WriteFlags fua(flags.fua, false);  // the preflush is done
  if (auto written = co_await write_stripes(first, from, fua); !written)
    co_return io_error(written.error().kind, first);
  auto acked = co_await acknowledge();
  co_return acked;
}

Task<IoResult> Array::write_zeroes(Extent extent, WriteFlags flags) {
  if (auto admitted = admit(extent); !admitted) co_return admitted;
  if (auto admitted = admit_writes(extent.first); !admitted) co_return admitted;
  Activity activity(*this, true);
  if (auto begun = co_await begin_write(extent.first, flags); !begun) co_return begun;
  WriteFlags fua(flags.fua, false);  // the preflush is done
  if (auto zeroed = co_await zero(extent, fua); !zeroed)
    co_return io_error(zeroed.error().kind, extent.first);
  auto acked = co_await acknowledge();
  co_return acked;
}

Task<IoResult> Array::discard(Extent extent) {
  if (auto admitted = admit(extent); !admitted) co_return admitted;
  if (limits_.discard_granularity_bytes == 0)
    co_return io_error(IoErrorKind::unsupported, extent.first);
  std::uint64_t row = geometry_.row_sectors().value;
  std::uint64_t first = (extent.first.value + row - 1) / row, end = extent.end().value / row;
  if (first >= end) co_return IoResult{};
  Extent rows(Lba(first * row), Sectors((end - first) * row));
  if (auto admitted = admit_writes(extent.first); !admitted) co_return admitted;
  Activity activity(*this, true);
  if (auto begun = co_await begin_write(extent.first, WriteFlags()); !begun) co_return begun;
  if (auto zeroed = co_await zero_stripes(rows, WriteFlags(), true); !zeroed) co_return zeroed;
  ports_.observer.mark("raid.discard");
  auto acked = co_await acknowledge();
  co_return acked;
}

Task<IoResult> Array::flush() {
  if (is_stopping_) co_return io_error(IoErrorKind::gone, Lba(0));
  Activity activity(*this, false);
  if (!is_durable_when_acked()) {
    if (auto written = co_await write_out_all(); !written) co_return written;
    if (auto flushed = co_await metadata_.flush_members(); !flushed) co_return flushed;
  }
  auto acked = co_await acknowledge();
  co_return acked;
}

// D1, and the flush that a preflush asks for.
Task<IoResult> Array::begin_write(Lba first, WriteFlags flags) {
  if (flags.preflush && !is_durable_when_acked()) {
    if (auto flushed = co_await metadata_.flush_members(); !flushed) co_return flushed;
  }
  while (!metadata_.is_ready_for_writes()) {
    // The journal may have failed since.
    if (auto admitted = admit_writes(first); !admitted) co_return admitted;
    if (auto prepared = co_await prepare_for_writes(); !prepared) co_return prepared;
  }
  co_return IoResult{};
}

// R3: also of an array that takes no writes of clients.
Task<IoResult> Array::begin_repair() {
  while (!metadata_.is_ready_for_writes()) {
    if (auto prepared = co_await prepare_for_writes(); !prepared) co_return prepared;
  }
  co_return IoResult{};
}

Task<IoResult> Array::prepare_for_writes() {
  auto prepared = co_await metadata_.prepare_for_writes();
  if (prepared) co_return prepared;
  auto goes_on = co_await outlive_journal(prepared);
  co_return goes_on;
}

// D2.
Task<IoResult> Array::acknowledge() {
  while (must_record()) {
    auto recorded = co_await metadata_.record();
    if (recorded) continue;
    if (auto goes_on = co_await outlive_journal(recorded); !goes_on) co_return goes_on;
  }
  co_return IoResult{};
}

// A journal that failed and can't be told of the others keeps everybody from writing superblocks, until it is needed no more.
Task<IoResult> Array::outlive_journal(IoResult error) {
  if (!journal_ || !journal_->has_failed() || members_.is_broken()) co_return error;
  auto is_recorded = co_await journal_->given_up();
  co_return is_recorded ? IoResult{} : error;
}

Task<> Array::mark_clean_when_idle() {
  for (;;) {
    co_await was_written_.wait();
    was_written_.reset();
    co_await ports_.clock.sleep_until(ports_.clock.now() + idle_before_clean);
    if (was_written_.is_set() || writes_in_flight_ > 0) continue;
    // An array that can't be marked stays dirty: the next open resyncs.
    auto marked = co_await metadata_.mark_clean(writes_in_flight_);
    if (!marked) co_return;
  }
}

Task<IoResult> Array::settled() {
  co_await is_settled_.wait();
  if (auto written = co_await write_out_all(); !written) co_return written;
  if (!metadata_.is_in_sync()) co_return io_error(IoErrorKind::failed, Lba(0));
  co_return IoResult{};
}

Task<IoResult> Array::stop() {
  is_stopping_ = true;
  if (requests_in_flight_ > 0) co_await is_quiet_.wait();
  co_await is_settled_.wait();
  if (auto written = co_await write_out_all(); !written) co_return written;
  if (journal_ && !members_.is_broken()) {
    if (auto quiet = co_await journal_->quiesce(); !quiet) co_return quiet;
  }
  auto marked = co_await metadata_.mark_clean(writes_in_flight_);
  co_return marked;
}

}  // namespace holdfast::raid
