#include "core/raid/metadata.h"

#include <fmt/format.h>

#include "core/task/join.h"

namespace holdfast::raid {
namespace {

constexpr std::uint64_t nothing_recorded = ~std::uint64_t{0};

// Whether every active member says what the freshest says, and that calls everybody faulty who is not there.
bool is_told_everywhere(const Superblock& freshest, const Members& members, bool has_journal) {
  if (has_journal) return false;  // D8
  for (std::uint16_t role : freshest.dev_roles) {
    if (role < members.count() && !members.is_active(role)) return false;
    if (role == role_journal && !has_journal) return false;
  }
  for (int role = 0; role < members.count(); ++role)
    if (members.is_active(role) && members.at(role).superblock.events != freshest.events)
      return false;
  return true;
}

}  // namespace

Metadata::Metadata(Members& members, std::vector<Member> spares, std::optional<Member> journal,
                   Superblock freshest, const RaidRules& rules, Ports ports)
    : members_(members),
      spares_(std::move(spares)),
      journal_(std::move(journal)),
      shared_(std::move(freshest)),
      rules_(rules),
      ports_(ports),
      writing_(ports.executor),
      resync_position_(shared_.resync_offset),
      flushed_position_(resync_position_),
      recorded_position_(resync_position_),
      recorded_epoch_(is_told_everywhere(shared_, members, has_journal()) ? members.epoch()
                                                                          : nothing_recorded),
      may_be_overtaken_(has_journal() || (rules.outrank_absent_members && members.is_degraded())),
      is_journaled_(shared_.has(feature::journal)) {}

Task<IoResult> Metadata::prepare_for_writes() {
  MutexLock lock = co_await writing_.lock();
  if (is_ready_for_writes()) co_return IoResult{};
  if (rules_.mark_dirty_before_write && !says_dirty_ && !is_journaled_) {
    ports_.observer.mark("raid.marked_dirty");
    says_dirty_ = true;
    recorded_epoch_ = nothing_recorded;
  }
  auto written = co_await write_superblocks(flushed_position_);
  co_return written;
}

Task<IoResult> Metadata::record() {
  MutexLock lock = co_await writing_.lock();
  if (is_recorded()) co_return IoResult{};
  auto written = co_await write_superblocks(flushed_position_);
  co_return written;
}

Task<IoResult> Metadata::mark_clean(const std::uint64_t& writes_in_flight) {
  MutexLock lock = co_await writing_.lock();
  if (writes_in_flight > 0 || journal_fails_) co_return IoResult{};
  if (!says_dirty_ && is_recorded() && recorded_position_ == resync_position_) co_return IoResult{};
  says_dirty_ = false;  // from here on writes wait for the lock
  Lba position = resync_position_;
  if (rules_.flush_before_clean) {
    if (auto flushed = co_await flush_members(); !flushed) co_return flushed;
  }
  flushed_position_ = position;
  auto written = co_await write_superblocks(position);
  if (written) ports_.observer.mark("raid.marked_clean");
  co_return written;
}

Task<IoResult> Metadata::checkpoint_resync() {
  MutexLock lock = co_await writing_.lock();
  Lba position = resync_position_;
  bool is_told = !says_dirty_;  // else the superblocks say 0 until the array is idle
  // Resync that is over is made durable even so: the next power cut must not tear a stripe that nobody wrote since.
  if (!is_told && position != everything) co_return IoResult{};
  if (rules_.flush_before_resync_checkpoint) {
    if (auto flushed = co_await flush_members(); !flushed) co_return flushed;
  }
  flushed_position_ = position;
  if (!is_told || journal_fails_) co_return IoResult{};
  auto written = co_await write_superblocks(position);
  co_return written;
}

Task<IoResult> Metadata::flush_members() {
  Roles roles = members_.active_roles();
  if (!rules_.flush_every_member && !roles.empty()) roles.pop_back();

  Join<IoResult> flushes;
  for (int role : roles) flushes.add(members_.flush(role));
  co_await flushes.all();
  for (std::size_t i = 0; i < roles.size(); ++i)
    if (auto result = flushes.result(i); !result) members_.fail(roles[i], result.error());
  if (members_.is_broken()) co_return io_error(IoErrorKind::failed, Lba(0));
  co_return IoResult{};
}

// Under the lock. Again and again while members fail on the way.
Task<IoResult> Metadata::write_superblocks(Lba position) {
  for (;;) {
    if (members_.is_broken()) co_return io_error(IoErrorKind::failed, Lba(0));
    std::uint64_t epoch = members_.epoch();
    if (rules_.catch_up_before_new_events) {
      if (auto level = co_await catch_up(); !level) co_return level;
    }
    ++shared_.events;
    shared_.resync_offset = says_dirty_ ? 0 : position.value;
    shared_.updated = SuperblockTime::of_microseconds(ports_.clock.wall_microseconds());
    update_roles();

    Roles roles = members_.active_roles();
    co_await write_in_halves(roles);
    co_await write_to_journal();
    co_await write_to_spares();
    if (members_.epoch() != epoch) continue;
    if (std::exchange(may_be_overtaken_, false)) continue;
    recorded_epoch_ = epoch;
    recorded_position_ = position;
    co_return IoResult{};
  }
}

// D5. A former life may have ended between the halves. A journal that can't be told keeps everybody from going on: one more
// event and it would be stale, with acked writes in it (see Journal::give_up).
Task<IoResult> Metadata::catch_up() {
  Roles behind;
  for (int role : members_.active_roles())
    if (members_.at(role).superblock.events < shared_.events) behind.push_back(role);
  if (!behind.empty()) {
    ports_.observer.mark("raid.superblocks_caught_up");
    co_await write_in_halves(behind);
  }
  if (!journal_ || journal_->superblock.events >= shared_.events) co_return IoResult{};
  auto told = co_await write_one(*journal_, true);
  co_return told;
}

// D4.
Task<> Metadata::write_in_halves(std::span<const int> roles) {
  co_await write_to(roles.first(roles.size() / 2));
  co_await write_to(roles.subspan(roles.size() / 2));
}

Task<> Metadata::write_to(std::span<const int> roles) {
  Join<IoResult> writes;
  Roles written;
  for (int role : roles) {
    if (!members_.is_active(role)) continue;  // failed since
    written.push_back(role);
    writes.add(write_to_member(role));
  }
  co_await writes.all();
  for (std::size_t i = 0; i < written.size(); ++i)
    if (auto result = writes.result(i); !result) members_.fail(written[i], result.error());
}

// M3.
Task<IoResult> Metadata::write_to_member(int role) {
  auto written = co_await write_one(members_.at(role), true);
  if (!written && rules_.fail_unflushed_at_once) members_.fail(role, written.error());
  co_return written;
}

Task<> Metadata::write_to_spares() {
  for (std::size_t i = 0; i < spares_.size();) {
    if (auto written = co_await write_one(spares_[i], true); !written) {
      ports_.observer.note(fmt::format("spare {} dropped: {}", spares_[i].superblock.dev_number,
                                       name_of(written.error().kind)));
      spares_.erase(spares_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

// If it fails, the next event finds it behind.
Task<> Metadata::write_to_journal() {
  if (!journal_) co_return;
  auto written = co_await write_one(*journal_, true);
  if (written) co_return;
  journal_fails_ = true;
  if (on_journal_error_) on_journal_error_(written.error());
}

Task<IoResult> Metadata::record_journal_tail(Lba tail) {
  MutexLock lock = co_await writing_.lock();
  if (!journal_) co_return io_error(IoErrorKind::gone, Lba(0));
  journal_->superblock.recovery_offset = tail.value;
  auto written = co_await write_one(*journal_, false);
  co_return written;
}

Task<> Metadata::drop_journal() {
  MutexLock lock = co_await writing_.lock();
  journal_.reset();
  journal_fails_ = false;
  recorded_epoch_ = nothing_recorded;
}

Task<IoResult> Metadata::write_one(Member& member, bool with_news) {
  Superblock& superblock = member.superblock;
  std::uint64_t events_before = superblock.events;
  if (with_news) {
    if (!shared_.has(feature::journal)) superblock.features &= ~feature::journal;
    superblock.events = shared_.events;
    superblock.resync_offset = shared_.resync_offset;
    superblock.updated = shared_.updated;
    superblock.dev_roles = shared_.dev_roles;
  }
  Slice block(Page::allocate());
  encode_superblock(superblock, block.room());
  block.bytes = superblock_write_bytes(superblock, member.device->limits().logical_block_bytes);
  auto written =
      co_await member.device->write(superblock.super_offset, Pages(&block, 1), write_preflush_fua);
  if (!written) superblock.events = events_before;  // D5: it is not known to say more
  co_return written;
}

// Whoever is not active is faulty.
void Metadata::update_roles() {
  for (std::uint32_t device = 0; device < shared_.dev_roles.size(); ++device) {
    std::uint16_t& role = shared_.dev_roles[device];
    if (role == role_journal && !journal_) role = role_faulty;
    if (role >= members_.count()) continue;
    const Member& member = members_.at(role);
    if (!member.is_active() || member.superblock.dev_number != device) role = role_faulty;
  }
}

}  // namespace holdfast::raid
