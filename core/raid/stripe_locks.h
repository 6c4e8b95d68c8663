// Who may touch which stripes: leases on ranges of member sectors, first come, first served.
//
//   StripeLease lease = co_await locks.exclusive(span);     // until the lease goes out of scope
//
//   S1  Two leases that overlap are held together only if both are shared.
//   S2  A lease waits for every earlier one that it conflicts with, held or waiting: nobody starves.
//   S3  A request takes one lease that covers all it touches, so there are no deadlocks.
#pragma once

#include <cstdint>

#include "core/base/types.h"
#include "core/task/executor.h"

namespace holdfast::raid {

class StripeLocks;

namespace detail {
using LockHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct Claim : LockHook {
  Extent span;  // member sectors, without data_offset
  bool is_exclusive = false;
  std::uint32_t blockers = 0;  // earlier conflicting claims that still stand
  Suspension suspension;
};
}  // namespace detail

// Move-only; the claim it stands for is kept by StripeLocks in a slot of its own.
class [[nodiscard]] StripeLease {
 public:
  StripeLease() = default;
  StripeLease(StripeLocks* locks, detail::Claim* claim) : locks_(locks), claim_(claim) {}
  StripeLease(StripeLease&& other) noexcept
      : locks_(std::exchange(other.locks_, nullptr)),
        claim_(std::exchange(other.claim_, nullptr)) {}
  StripeLease& operator=(StripeLease&& other) noexcept {
    std::swap(locks_, other.locks_);
    std::swap(claim_, other.claim_);
    return *this;
  }
  ~StripeLease() { release(); }
  void release();
  explicit operator bool() const { return locks_ != nullptr; }

 private:
  StripeLocks* locks_ = nullptr;
  detail::Claim* claim_ = nullptr;
};

class StripeLocks {
 public:
  explicit StripeLocks(Executor& executor) : executor_(&executor) {}
  StripeLocks(const StripeLocks&) = delete;
  StripeLocks& operator=(const StripeLocks&) = delete;
  ~StripeLocks();

  class Acquire {
   public:
    Acquire(StripeLocks& locks, Extent span, bool is_exclusive);
    Acquire(const Acquire&) = delete;
    ~Acquire();
    bool await_ready() const noexcept { return claim_->blockers == 0; }
    void await_suspend(std::coroutine_handle<> awaiting);
    StripeLease await_resume() noexcept {
      return StripeLease(&locks_, std::exchange(claim_, nullptr));
    }

   private:
    StripeLocks& locks_;
    detail::Claim* claim_;
  };

  Acquire exclusive(Extent span) { return Acquire(*this, span, true); }
  Acquire shared(Extent span) { return Acquire(*this, span, false); }

  // None if it would have to wait: then nobody waits for it either.
  StripeLease try_exclusive(Extent span);

  // Leases that had to wait, since the beginning.
  std::uint64_t waits() const { return waits_; }

 private:
  friend class StripeLease;

  detail::Claim* enter(Extent span, bool is_exclusive);
  void leave(detail::Claim* claim);

  Executor* executor_;
  boost::intrusive::list<detail::Claim, boost::intrusive::constant_time_size<false>> claims_;
  boost::intrusive::list<detail::Claim, boost::intrusive::constant_time_size<false>> spare_;
  std::uint64_t waits_ = 0;
};

}  // namespace holdfast::raid
