#include "drivers/posix/thread_reactor.h"

#include <poll.h>

namespace holdfast::drivers {

bool ThreadReactor::begin(PendingCall& pending) {
  if (begun() == room_) return false;
  threads_.begin(pending);
  return true;
}

void ThreadReactor::wait(Nanoseconds at_most) {
  constexpr std::uint64_t second = 1'000'000'000;
  timespec patience{static_cast<time_t>(at_most.value / second),
                    static_cast<long>(at_most.value % second)};
  pollfd ended{threads_.ended_event(), POLLIN, 0};
  if (ppoll(&ended, 1, &patience, nullptr) <= 0) return;
  for (const WorkerThreads::Ended& call : threads_.take_ended()) end(*call.pending, call.answer);
}

}  // namespace holdfast::drivers
