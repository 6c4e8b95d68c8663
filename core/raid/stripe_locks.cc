#include "core/raid/stripe_locks.h"

#include "core/base/check.h"

namespace holdfast::raid {
namespace {

bool conflict(const detail::Claim& a, const detail::Claim& b) {
  return (a.is_exclusive || b.is_exclusive) && a.span.overlaps(b.span);
}

}  // namespace

void StripeLease::release() {
  if (StripeLocks* locks = std::exchange(locks_, nullptr)) locks->leave(claim_);
}

StripeLocks::Acquire::Acquire(StripeLocks& locks, Extent span, bool is_exclusive)
    : locks_(locks), claim_(locks.enter(span, is_exclusive)) {}

StripeLocks::Acquire::~Acquire() {
  if (claim_) locks_.leave(claim_);
}

void StripeLocks::Acquire::await_suspend(std::coroutine_handle<> awaiting) {
  ++locks_.waits_;
  claim_->suspension.waiter = awaiting;
}

StripeLocks::~StripeLocks() {
  check(claims_.empty(), "S1: stripe leases end before the array does");
  spare_.clear_and_dispose([](detail::Claim* claim) { delete claim; });
}

detail::Claim* StripeLocks::enter(Extent span, bool is_exclusive) {
  detail::Claim* claim = nullptr;
  if (spare_.empty()) {
    claim = new detail::Claim;
  } else {
    claim = &spare_.front();
    spare_.pop_front();
  }
  claim->span = span;
  claim->is_exclusive = is_exclusive;
  claim->blockers = 0;
  for (const detail::Claim& earlier : claims_)
    if (conflict(earlier, *claim)) ++claim->blockers;
  claims_.push_back(*claim);
  return claim;
}

StripeLease StripeLocks::try_exclusive(Extent span) {
  for (const detail::Claim& earlier : claims_)
    if (earlier.span.overlaps(span)) return {};
  return StripeLease(this, enter(span, true));
}

void StripeLocks::leave(detail::Claim* claim) {
  auto later = claims_.erase(claims_.iterator_to(*claim));
  for (; later != claims_.end(); ++later) {
    if (!conflict(*claim, *later)) continue;
    if (--later->blockers == 0) executor_->schedule(later->suspension);
  }
  claim->suspension.unlink();
  spare_.push_front(*claim);
}

}  // namespace holdfast::raid
