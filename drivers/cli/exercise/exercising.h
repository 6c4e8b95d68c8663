// The judging side of `exercise`: starts one engine after the other, kills it, and judges what the next one shows.
//
//   [ life, killed at a random moment ] * kills -> life, stopped cleanly -> life that only looks
//
//   X1  This process never holds an engine, a ring or a thread (engine_process.h, E1).
//   X2  A kill is a crash of the host: the power stays, so what was acked must be there. Before the next engine opens the
//       devices, all requests of the dead one have ended.
//   X3  Who is silent for a minute is stuck: the harness fails, and says where.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "drivers/cli/console.h"
#include "drivers/cli/exercise/engine.h"
#include "drivers/cli/exercise/engine_process.h"
#include "drivers/cli/exercise/referee.h"
#include "drivers/cli/exercise/run_recorder.h"
#include "reports/exercise.h"
#include "sim/choices.h"

namespace holdfast::drivers {

struct ExercisePlan {
  std::uint64_t kills = 0;
  Nanoseconds kill_after;  // after the clients began, at most
  Nanoseconds works_for;  // the clients of the last engine
  std::uint64_t operations = ~std::uint64_t{0};  // of the clients of each engine, at most
  std::string recording;  // the file into which the last engine's run is recorded; empty: none
};

class Exercising {
 public:
  // All outlive it. The report names the volume and the repro line already.
  Exercising(const ExerciseSetup& setup, const ExercisePlan& plan, Console& console,
             reports::Exercise report);

  ExitCode run();
  const reports::Exercise& report() const { return report_; }

 private:
  using Instant = std::uint64_t;  // nanoseconds of the steady clock

  struct KillMoment {
    bool is_in_recovery = false;  // after the start of the process; else after the first request
    Nanoseconds after;
  };
  // One process, seen from here.
  struct Life {
    Instant begun = 0;
    Instant heard_last = 0;
    std::optional<Instant> works_since;
    std::optional<Instant> kill_at;
    bool was_terminated = false;
    bool is_settled = false;  // before it was looked at
    bool has_looked = false;
    bool is_over = false;  // it has said how it ended
    bool was_stopped = false;
    std::uint64_t pending = 0;  // requests without an answer
    bool has_written = false;  // and was answered; discards may do nothing
    std::optional<oracle::Observation> seen;
  };

  KillMoment next_kill() const;
  bool live(const EngineLife& engine, std::optional<KillMoment> moment);
  void listen(EngineProcess& process, const std::optional<KillMoment>& moment);
  void keep_time(EngineProcess& process);
  bool conclude(EngineProcess& process);
  void hear(const Message& message, EngineProcess& process);
  void hear_opened(const Message& message);
  void hear_seen(const Message& message);
  void hear_seen_all(const Message& message, EngineProcess& process);
  void hear_event(const Message& message);
  void hear_interruption();
  void hear_note(const Message& message);
  void hear_error(const Message& message);
  void hear_error_of(std::string_view what, const Message& message);
  void hear_device_error(const Message& message);
  void hear_refusal(const Message& message);
  void end_work(Nanoseconds took);
  bool is_full() const;
  bool is_device_gone() const;
  std::string vacuity() const;
  // The first failure ends everything, the engine that lives by SIGTERM.
  void fail(ExitCode code, std::string why);
  bool prepare_recording();
  void write_recording();
  ExitCode concluded();

  const ExerciseSetup& setup_;
  const ExercisePlan& plan_;
  Console& console_;
  reports::Exercise report_;
  SignalWatch signals_;
  sim::SeededChoices choices_;
  Referee referee_;
  Life life_;
  std::uint64_t lives_ = 0;
  Nanoseconds recovery_expected_ = Nanoseconds::of_milliseconds(100);
  std::map<std::string, std::uint64_t> marks_;
  std::optional<ExitCode> failed_;
  bool was_ever_written_ = false;
  bool has_device_failed_ = false;
  std::uint64_t kills_at_work_ = 0;  // that came after an acknowledged write of their life
  bool is_refused_ = false;
  std::optional<RunRecorder> recorder_;
  bool is_violated_ = false;  // beside the findings
};

}  // namespace holdfast::drivers
