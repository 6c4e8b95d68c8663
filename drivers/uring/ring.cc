#include "drivers/uring/ring.h"

#include <poll.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include <fmt/format.h>

namespace holdfast::drivers {
namespace {

// What the kernel may know, the newest first: since 6.1, 6.0, 5.19, and always.
constexpr unsigned setups[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
    IORING_SETUP_COOP_TASKRUN,
    0,
};
// Timeouts while waiting (5.11), and with them everything else that is used here.
constexpr unsigned features_needed = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP;

std::string refusal(int error) {
  std::string_view reason;
  if (error == EPERM || error == EACCES)
    reason = " (by the container, or by sysctl kernel.io_uring_disabled)";
  if (error == ENOSYS) reason = " (an old kernel, or the container forbids it)";
  return fmt::format("the system gives no io_uring: {}{}", std::strerror(error), reason);
}

void prepare(io_uring_sqe* entry, const PendingCall& pending) {
  const SystemCall& call = pending.call();
  auto count = static_cast<unsigned>(call.memory().size());
  switch (call.operation()) {
    case SystemCall::Operation::read:
      io_uring_prep_readv(entry, call.file(), call.memory().data(), count, call.offset());
      break;
    case SystemCall::Operation::write:
      io_uring_prep_writev(entry, call.file(), call.memory().data(), count, call.offset());
      entry->rw_flags = call.is_durable() ? RWF_DSYNC : 0;
      break;
    case SystemCall::Operation::sync:
      io_uring_prep_fsync(entry, call.file(), IORING_FSYNC_DATASYNC);
      break;
    case SystemCall::Operation::zero_range:
    case SystemCall::Operation::punch_hole:
      io_uring_prep_fallocate(entry, call.file(), mode_of(call.operation()),
                              static_cast<off_t>(call.offset()), static_cast<off_t>(call.bytes()));
      break;
    case SystemCall::Operation::discard: check(false, "U3: the ring has no discard");
  }
  if (pending.may_block()) entry->flags |= IOSQE_ASYNC;
}

}  // namespace

Ring::Opened Ring::open(unsigned entries) {
  std::unique_ptr<Ring> ring(new Ring(entries));
  int answer = -EINVAL;
  for (unsigned setup : setups) {
    answer = io_uring_queue_init(entries, &ring->ring_, setup);
    if (answer != -EINVAL) break;
  }
  if (answer < 0) return tl::unexpected(refusal(-answer));
  ring->is_open_ = true;
  if ((ring->ring_.features & features_needed) != features_needed)
    return tl::unexpected(
        std::string("the io_uring of this kernel is too old (before Linux 5.11)"));
  return ring;
}

Ring::~Ring() {
  check(begun() == 0, "A3: a ring ends when the kernel has no call of it any more");
  if (is_open_) io_uring_queue_exit(&ring_);
}

bool Ring::begin(PendingCall& pending) {
  if (pending.call().operation() == SystemCall::Operation::discard) {
    if (!watch_workers()) return false;
    workers_.begin(pending);
    return true;
  }
  if (begun() >= entries_) return false;
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (!entry) return false;
  prepare(entry, pending);
  io_uring_sqe_set_data(entry, &pending);
  return true;
}

bool Ring::watch_workers() {
  if (watches_workers_) return true;
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (!entry) return false;
  io_uring_prep_poll_add(entry, workers_.ended_event(), POLLIN);
  io_uring_sqe_set_data(entry, nullptr);
  watches_workers_ = true;
  return true;
}

void Ring::wait(Nanoseconds at_most) {
  if (workers_.is_busy()) watch_workers();  // with a full ring at the next time
  bool is_short_of_memory = !submit_and_wait(at_most);
  if (take_completions() > 0 || !is_short_of_memory) return;
  timespec pause{0, 1'000'000};
  nanosleep(&pause, nullptr);
}

bool Ring::submit_and_wait(Nanoseconds at_most) {
  constexpr std::uint64_t second = 1'000'000'000;
  int answer = 0;
  if (at_most == Nanoseconds(0)) {
    answer = io_uring_submit_and_get_events(&ring_);
  } else {
    __kernel_timespec patience{static_cast<std::int64_t>(at_most.value / second),
                               static_cast<std::int64_t>(at_most.value % second)};
    io_uring_cqe* first = nullptr;
    answer = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &patience, nullptr);
  }
  // What was not taken stays in the submission ring for the next time.
  if (answer == -EAGAIN || answer == -EBUSY || answer == -ENOMEM) return false;
  check(answer >= 0 || answer == -ETIME || answer == -EINTR, "U2: the kernel takes what is given");
  return true;
}

unsigned Ring::take_completions() {
  unsigned taken = 0;
  unsigned head = 0;
  bool has_worker_ended = false;
  io_uring_cqe* completion = nullptr;
  io_uring_for_each_cqe(&ring_, head, completion) {
    ++taken;
    auto* pending = static_cast<PendingCall*>(io_uring_cqe_get_data(completion));
    if (pending)
      end(*pending, completion->res);
    else
      has_worker_ended = true;
  }
  io_uring_cq_advance(&ring_, taken);
  if (has_worker_ended) {
    watches_workers_ = false;
    for (const WorkerThreads::Ended& call : workers_.take_ended()) end(*call.pending, call.answer);
  }
  return taken;
}

}  // namespace holdfast::drivers
