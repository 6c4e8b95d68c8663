#include "sim/clock.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace holdfast::sim {

namespace {

// A sleeping coroutine: stands in the clock's queue, then in the executor's.
class Sleep final : public Timed {
 public:
  Sleep(Clock& clock, Executor& executor, Nanoseconds until)
      : clock_(clock), executor_(executor), until_(until) {}

  bool await_ready() const noexcept { return until_ <= clock_.now(); }
  void await_suspend(std::coroutine_handle<> awaiting) {
    suspension_.waiter = awaiting;
    clock_.arm(*this, until_);
  }
  void await_resume() const noexcept {}
  void due() override { executor_.schedule(suspension_); }

 private:
  Clock& clock_;
  Executor& executor_;
  Nanoseconds until_;
  Suspension suspension_;
};

}  // namespace

void Clock::arm(Timed& timed, Nanoseconds instant) {
  check(!timed.is_armed(), "what is armed waits for one instant only");
  timed.instant_ = std::max(instant, now_);
  timed.order_ = armed_++;
  queue_.insert(timed);
}

void Clock::fire_next() {
  check(!queue_.empty(), "time moves only to something that is due");
  Timed& next = *queue_.begin();
  queue_.erase(queue_.begin());
  now_ = next.instant_;
  next.due();
}

Task<> Clock::sleep_until(Nanoseconds until) {
  Sleep sleep(*this, executor_, until);
  co_await sleep;
}

void Entropy::fill(MutableBytes into) {
  Key key(Family::entropy, filled_++);
  while (!into.empty()) {
    std::uint64_t random = choices_.choose(key, ~std::uint64_t{0});
    ++key.fragment;
    std::size_t part = std::min(into.size(), sizeof random);
    std::memcpy(into.data(), &random, part);
    into = into.subspan(part);
  }
}

void Witness::mark(std::string_view name) {
  for (Mark& mark : marks_) {
    if (mark.name != name) continue;
    ++mark.count;
    return;
  }
  marks_.push_back({std::string(name), 1});
}

void Witness::note(std::string_view sentence) {
  if (notes_.size() == notes_kept) notes_.erase(notes_.begin());
  notes_.push_back(prefix_ + std::string(sentence));
}

std::uint64_t Witness::count(std::string_view name) const {
  for (const Mark& mark : marks_)
    if (mark.name == name) return mark.count;
  return 0;
}

}  // namespace holdfast::sim
