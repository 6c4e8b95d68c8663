// One life of the volume, in a process of its own: opens it, shows all of it, lets clients work, until it is killed or stops.
//
//   open -> [settle] -> look -> (go) -> [ round of clients -> look -> (go) ]* -> settle -> stop
//                                         '-- killed here, or anywhere else
//
//   settle: wait for a resync, but not for ever; where it isn't over by then, life goes on beside it
//
//   L1  Clients work in rounds, each judged before the next begins: so what a judge has to remember is bounded.
//   L2  All that clients do is told before it is submitted, and after it was answered before anybody acts on it.
//   L3  SIGTERM ends the clients and stops the volume cleanly; before it was opened, nothing is left to do.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/block/recording.h"
#include "drivers/cli/exercise/message.h"
#include "drivers/cli/exercise/referee.h"
#include "drivers/cli/exercise/setup.h"
#include "drivers/cli/exercise/span_device.h"
#include "drivers/posix/real_world.h"

namespace holdfast::drivers {

struct EngineLife {
  bool settles_first = false;  // before anything is looked at
  Nanoseconds works_for;  // clients, in all rounds together; 0: nobody works
  std::uint64_t operations = ~std::uint64_t{0};  // of clients, at most
  bool is_to_be_killed = false;  // then who has nothing more to do waits for it
  bool is_recorded = false;  // tells what its devices are asked to write
};

// A run ends when so many requests that write were made: all of them are remembered.
inline constexpr std::uint32_t writes_of_run_max = 8'000'000;

class Teller final : public Observer {
 public:
  explicit Teller(Outbox& out) : out_(out) {}
  void mark(std::string_view name) override;
  void note(std::string_view sentence) override;
  void progress(std::string_view work, std::uint64_t done, std::uint64_t total) override;

 private:
  Outbox& out_;
  std::vector<std::string> marks_told_;  // each once in a life
  std::uint64_t progress_told_ = 0;  // nanoseconds
};

class Engine {
 public:
  // `go`: a pipe from which one byte is read whenever the clients may begin. `referee` is this process's own copy.
  Engine(const ExerciseSetup& setup, const EngineLife& life, Referee& referee, Outbox& out, int go);
  ~Engine();

  void run();

 private:
  bool open_devices();
  bool open_volume();
  bool settle();
  bool look();
  bool may_go();
  void work();
  std::uint64_t round(std::uint64_t operations);
  void rest();
  void stop();
  Listener tells_of_device(std::size_t number);
  Listener tells_of_clients();
  bool is_time_up() const;
  Task<> await_settled();

  const ExerciseSetup& setup_;
  const EngineLife& life_;
  Referee& referee_;
  Outbox& out_;
  int go_;
  Teller teller_;
  RealWorld world_;
  Nanoseconds begun_;
  Nanoseconds worked_;
  DeviceSet devices_;
  std::vector<std::unique_ptr<BlockDevice>> wrappers_;
  std::vector<BlockDevice*> pointers_;
  std::unique_ptr<Volume> volume_;
  std::unique_ptr<SpanDevice> span_;
  std::unique_ptr<RecordingDevice> clients_;
  bool awaits_settled_ = false;
  std::optional<IoResult> settled_;
};

}  // namespace holdfast::drivers
