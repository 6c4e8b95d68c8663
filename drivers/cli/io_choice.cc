#include "drivers/cli/io_choice.h"

#include "drivers/posix/thread_reactor.h"
#include "drivers/uring/ring.h"

namespace holdfast::drivers {

void IoChoice::add_to(CLI::App& command) {
  command
      .add_option("--io", wish_,
                  "how devices are read and written: through io_uring, or by threads (slower).\n"
                  "If not given: through io_uring, and by threads where the system refuses it")
      ->check(CLI::IsMember({"uring", "threads"}));
}

bool IoChoice::settle(Console& console) {
  auto found = reactor(console);
  if (!found) return false;
  wish_ = dynamic_cast<const Ring*>(found.get()) ? "uring" : "threads";
  return true;
}

std::unique_ptr<Reactor> IoChoice::reactor(Console& console) const {
  if (wish_ == "threads") return std::make_unique<ThreadReactor>();
  auto ring = Ring::open();
  if (ring) return std::move(*ring);
  if (wish_ == "uring") {
    console.error(ring.error() + "; without --io uring it goes by threads");
    return nullptr;
  }
  console.say(ring.error() + "; reading and writing by threads");
  return std::make_unique<ThreadReactor>();
}

}  // namespace holdfast::drivers
