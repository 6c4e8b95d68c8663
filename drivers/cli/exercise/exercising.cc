#include "drivers/cli/exercise/exercising.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drivers/cli/volume_argument.h"
#include "reports/report_file.h"

namespace holdfast::drivers {
namespace {

constexpr auto patience = Nanoseconds::of_milliseconds(60'000);
constexpr auto release_patience = Nanoseconds::of_milliseconds(60'000);
constexpr auto signal_latency = Nanoseconds::of_milliseconds(50);
constexpr auto for_good = Nanoseconds::of_milliseconds(1'000'000'000);
constexpr auto patience_before_kill = Nanoseconds::of_milliseconds(30'000);
constexpr std::size_t notes_kept = 200;

std::uint64_t present() {
  auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(since_start / std::chrono::nanoseconds(1));
}

double seconds_of(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

IoError error_of(const Message& message) {
  return {static_cast<IoErrorKind>(message.number[0]), Lba(message.number[1])};
}

Extent extent_of(const Message& message) {
  return {Lba(message.number[2]), Sectors(message.number[3])};
}

}  // namespace

Exercising::Exercising(const ExerciseSetup& setup, const ExercisePlan& plan, Console& console,
                       reports::Exercise report)
    : setup_(setup),
      plan_(plan),
      console_(console),
      report_(std::move(report)),
      choices_(setup.seed),
      referee_(setup) {
  std::signal(SIGPIPE, SIG_IGN);
}

ExitCode Exercising::run() {
  Instant begun = present();
  bool goes_on = true;
  EngineLife killed;
  killed.works_for = for_good;
  killed.operations = plan_.operations;
  killed.is_to_be_killed = true;
  while (goes_on && report_.kills < plan_.kills && !is_full()) {
    killed.settles_first = lives_ == 0 || choices_.choose({sim::Family::view, lives_}, 2) == 1;
    goes_on = live(killed, next_kill());
  }
  if (!plan_.recording.empty()) goes_on = prepare_recording();
  EngineLife last;
  last.is_recorded = recorder_.has_value();
  last.settles_first = true;
  last.works_for = plan_.works_for;
  last.operations = plan_.operations;
  goes_on = goes_on && live(last, std::nullopt);
  EngineLife look;
  look.settles_first = true;
  if (goes_on) live(look, std::nullopt);
  if (goes_on && recorder_) write_recording();
  if (goes_on && is_full())
    fail(ExitCode::harness_failed,
         fmt::format("ended after {} of {} kills: a run remembers {} writes; what was looked at "
                     "held, and another run goes on",
                     report_.kills, plan_.kills, writes_of_run_max));
  report_.seconds = seconds_of(present() - begun);
  return concluded();
}

// A life that brings all into order and stops; what the devices hold then is where the recording begins.
bool Exercising::prepare_recording() {
  recorder_.emplace(setup_);
  EngineLife tidy;
  tidy.settles_first = true;
  tidy.is_recorded = true;  // for the limits of its devices
  if (!live(tidy, std::nullopt)) return false;
  if (!report_.missing.empty())
    fail(ExitCode::usage, fmt::format("--record: needs all devices, and {} is not there",
                                      fmt::join(report_.missing, ", ")));
  else if (!life_.is_settled)
    fail(ExitCode::harness_failed, "--record: the volume still resyncs; wait until that is over");
  if (failed_) return false;
  std::string wrong = recorder_->misfit(report_.volume);
  if (wrong.empty()) wrong = recorder_->take_base();
  if (!wrong.empty()) fail(ExitCode::usage, wrong);
  return !failed_;
}

void Exercising::write_recording() {
  if (failed_ || !referee_.judgement().holds())
    return console_.error(
        fmt::format("{}: not written: what was to be recorded went wrong", plan_.recording));
  reports::ExerciseRecording into;
  into.path = plan_.recording;
  into.client_requests = recorder_->counts().client_requests;
  into.device_requests = recorder_->counts().device_requests;
  auto bytes = recorder_->recording(report_.volume);
  if (!bytes)
    return fail(ExitCode::usage,
                "--record: explore can't take this volume: " + scenarios::text_of(bytes.error()));
  into.bytes = bytes->size();
  if (std::string wrong = reports::write_report(plan_.recording, *bytes); !wrong.empty())
    return fail(ExitCode::harness_failed, wrong);
  report_.recording = std::move(into);
}

// One of four comes while the engine opens and is looked at, as far as can be foreseen.
Exercising::KillMoment Exercising::next_kill() const {
  KillMoment moment;
  moment.is_in_recovery =
      lives_ > 0 && choices_.draw({sim::Family::recovery_cut, report_.kills}) % 4 == 3;
  std::uint64_t longest = plan_.kill_after.value;
  if (moment.is_in_recovery) longest = recovery_expected_.value / 4 * 5;
  std::uint64_t drawn = choices_.draw({sim::Family::cut_instant, report_.kills});
  moment.after = Nanoseconds(drawn % std::max<std::uint64_t>(longest, 1));
  return moment;
}

// False: nothing more is to be done.
bool Exercising::live(const EngineLife& engine, std::optional<KillMoment> moment) {
  life_ = Life();
  life_.begun = life_.heard_last = present();
  ++lives_;
  referee_.set_kills(report_.kills);
  EngineProcess process = EngineProcess::start(
      [&](Outbox& out, int go) { Engine(setup_, engine, referee_, out, go).run(); });
  if (moment && moment->is_in_recovery) life_.kill_at = life_.begun + moment->after.value;
  listen(process, moment);
  return conclude(process);
}

void Exercising::listen(EngineProcess& process, const std::optional<KillMoment>& moment) {
  Message message;
  for (;;) {
    Nanoseconds wait = signal_latency;
    Instant now = present();
    if (life_.kill_at && !process.was_killed())
      wait = Nanoseconds(*life_.kill_at > now ? std::min(*life_.kill_at - now, wait.value) : 0);
    switch (process.inbox().next(message, wait)) {
      case Inbox::State::ended: return;
      case Inbox::State::message:
        hear(message, process);
        life_.heard_last = present();
        break;
      case Inbox::State::nothing: break;
    }
    if (moment && life_.works_since && !life_.kill_at && !life_.was_terminated)
      life_.kill_at = *life_.works_since + moment->after.value;
    keep_time(process);
  }
}

void Exercising::keep_time(EngineProcess& process) {
  if (process.was_killed()) return;
  Instant now = present();
  bool is_silent = life_.pending > 0 && now - life_.heard_last >= patience_before_kill.value;
  if (life_.kill_at && now >= *life_.kill_at && !is_silent) {
    process.kill();
    ++report_.kills;
    kills_at_work_ += life_.has_written;
    if (!life_.has_looked) ++report_.kills_in_recovery;
    if (life_.works_since) end_work(Nanoseconds(now - *life_.works_since));
    console_.progress(fmt::format("kill {} of {}", report_.kills, plan_.kills));
    return;
  }
  bool is_interrupted = SignalWatch::was_interrupted() || failed_;
  if (is_interrupted && !life_.was_terminated) {
    life_.was_terminated = true;
    life_.kill_at.reset();
    process.terminate();
  }
  bool has_nothing_to_do = life_.kill_at && life_.pending == 0;
  Nanoseconds enough = life_.kill_at ? patience_before_kill : patience;
  if (has_nothing_to_do || now - life_.heard_last < enough.value) return;
  std::string_view doing = life_.works_since  ? "its clients worked"
                           : life_.has_looked ? "it stopped"
                                              : "it opened the volume";
  fail(ExitCode::harness_failed,
       fmt::format("stuck: nothing has happened for {:.0f} s while {} ({} requests without an "
                   "answer); the engine's process was killed",
                   seconds_of(enough.value), doing, life_.pending));
  process.kill();
}

bool Exercising::conclude(EngineProcess& process) {
  report_.unanswered += life_.pending;
  EngineProcess::End end = process.reap();
  is_violated_ |= end.is_crash;
  if (!life_.is_over && (!process.was_killed() || !end.how.empty()))
    fail(end.is_crash ? ExitCode::violated : ExitCode::harness_failed,
         fmt::format("the engine's process ended by itself{}{}", end.how.empty() ? "" : " ",
                     end.how));
  if (referee_.has_learnt()) life_.was_stopped ? referee_.stopped() : referee_.crashed();
  std::vector<std::string> paths;
  for (const NamedPath& device : setup_.devices) paths.push_back(device.path);
  std::string in_use;
  if (!wait_until_free(paths, release_patience, in_use))
    fail(ExitCode::harness_failed, fmt::format("{} is still in use {:.0f} s after its engine's end",
                                               in_use, seconds_of(release_patience.value)));
  return !failed_ && !is_refused_ && !SignalWatch::was_interrupted();
}

void Exercising::hear(const Message& message, EngineProcess& process) {
  using Kind = Message::Kind;
  if (recorder_) recorder_->hear(message);
  switch (message.kind) {
    case Kind::opened: return hear_opened(message);
    case Kind::settled:
      if (life_.has_looked) return;
      life_.is_settled = true;
      report_.opens.back().settle_seconds = seconds_of(message.number[0]);
      return;
    case Kind::seen: return hear_seen(message);
    case Kind::seen_all: return hear_seen_all(message, process);
    case Kind::event: return hear_event(message);
    case Kind::device_limits:
    case Kind::device_begun:
    case Kind::device_ended: return;
    case Kind::worked: ++report_.rounds; return end_work(Nanoseconds(message.number[0]));
    case Kind::client_error: return hear_error(message);
    case Kind::device_error: return hear_device_error(message);
    case Kind::mark: ++marks_[message.text]; return;
    case Kind::note: return hear_note(message);
    case Kind::progress:
      return console_.progress(fmt::format("kill {} of {}: {} {} of {} bytes", report_.kills,
                                           plan_.kills, message.text, message.number[0],
                                           message.number[1]));
    case Kind::no_devices:
    case Kind::refused: return hear_refusal(message);
    case Kind::not_settled: return hear_error_of("settling", message);
    case Kind::not_stopped: life_.is_over = true; return hear_error_of("stop", message);
    case Kind::stopped:
      life_.is_over = life_.was_stopped = true;
      ++report_.clean_stops;
      return message.number[0] ? hear_interruption() : void();
    case Kind::interrupted: life_.is_over = true; return hear_interruption();
    case Kind::broken_rule:
      life_.is_over = is_violated_ = true;
      return fail(ExitCode::violated,
                  fmt::format("a rule of the core was broken: {}", message.text));
  }
}

void Exercising::hear_interruption() {
  if (!life_.was_terminated && !SignalWatch::was_interrupted())
    fail(ExitCode::harness_failed, "somebody else told the engine's process to end");
}

void Exercising::hear_note(const Message& message) {
  if (report_.notes.size() == notes_kept) report_.notes.erase(report_.notes.begin());
  report_.notes.push_back(fmt::format("kill {}: {}", report_.kills, message.text));
}

void Exercising::hear_error_of(std::string_view what, const Message& message) {
  oracle::Judge::unexpected_error(what, Extent(), error_of(message), referee_.judgement());
  referee_.note_findings();
}

void Exercising::hear_opened(const Message& message) {
  DeviceLimits limits = limits_of(message);
  referee_.meet(limits);
  report_.span = limits.sectors;
  report_.size = Sectors(message.words.front());
  reports::ExercisedOpen open;
  open.kills = report_.kills;
  open.open_seconds = seconds_of(message.number[4]);
  open.was_killed_in_it = true;  // until it was looked at
  report_.opens.push_back(open);
}

void Exercising::hear_seen(const Message& message) {
  if (!life_.seen) life_.seen.emplace(referee_.blank());
  Lba lba(message.number[0]);
  for (oracle::Content content : contents_of(message.words)) {
    life_.seen->add(lba, content);
    lba += Sectors(1);
  }
}

void Exercising::hear_seen_all(const Message& message, EngineProcess& process) {
  LookCircumstances look;
  look.missing_devices.assign(message.words.begin(), message.words.end());
  look.is_first_of_life = !life_.has_looked;
  look.is_settled = look.is_first_of_life && life_.is_settled;
  bool may_write_hole = setup_.array && setup_.promise.has_write_hole && plan_.kills > 0;
  if (!referee_.has_learnt() && may_write_hole && !referee_.roles_of(look.missing_devices).empty())
    fail(ExitCode::usage,
         "the array is degraded and has no journal: after the first kill it would refuse to open");
  if (look.is_first_of_life) recovery_expected_ = Nanoseconds(present() - life_.begun);
  report_.missing.clear();
  for (std::size_t device : look.missing_devices)
    report_.missing.push_back(setup_.devices[device].name);
  referee_.judge(*life_.seen, look);
  life_.seen.reset();
  if (!referee_.problem().empty()) fail(ExitCode::harness_failed, referee_.problem());
  if (look.is_first_of_life) report_.opens.back().was_killed_in_it = false;
  life_.has_looked = true;
  if (process.was_killed() || failed_) return;
  process.release();
  life_.works_since = present();
}

void Exercising::hear_event(const Message& message) {
  std::vector<oracle::Content> seen;
  oracle::HistoryEvent event = event_of(message, seen);
  oracle::History& history = referee_.history();
  history.replay(event);
  using Kind = oracle::HistoryEvent::Kind;
  switch (event.kind) {
    case Kind::write:
    case Kind::write_zeroes:
    case Kind::discard:
    case Kind::flush:
    case Kind::read: ++life_.pending; return;
    case Kind::write_ended:
      report_.writes += event.ok;
      life_.has_written |= event.ok && !history.write(event.id).is_discard;
      was_ever_written_ |= life_.has_written;
      if (event.ok) report_.bytes_written += history.write(event.id).extent.count.bytes();
      break;
    case Kind::flush_ended: report_.flushes += event.ok; break;
    case Kind::read_ended:
      ++report_.reads;
      report_.bytes_read += history.read(event.id).extent.count.bytes();
      break;
    case Kind::member_lost: return;
  }
  --life_.pending;
}

// Once a device has failed, that is the finding: what clients hear of it is told beside it.
void Exercising::hear_error(const Message& message) {
  if (message.text == "read") --life_.pending;  // one that fails has no other end
  IoError error = error_of(message);
  if (has_device_failed_) {
    ++report_.errors_after_failure;
    return;
  }
  if (error.kind == IoErrorKind::read_only && !was_ever_written_)
    return fail(ExitCode::usage,
                "the volume takes no writes: its journal failed in a former life "
                "(recover --accept-lost-journal goes on without it)");
  oracle::Judge::unexpected_error(message.text, extent_of(message), error, referee_.judgement());
  referee_.note_findings();
}

void Exercising::hear_device_error(const Message& message) {
  std::size_t number = message.number[4];
  const NamedPath& device = setup_.devices[number];
  IoError error = error_of(message);
  oracle::Finding finding;
  finding.verdict = oracle::Verdict::unexpected_eio;
  finding.rule = "R7";
  finding.kind = fmt::format("{} of device {}", message.text, device.name);
  finding.story =
      fmt::format("device {} ({}): {} (sector {}, {} sectors) ended with '{}' at byte {}",
                  device.name, device.path, message.text, message.number[2], message.number[3],
                  name_of(error.kind), error.where.value * sector_bytes);
  referee_.judgement().add(std::move(finding));
  referee_.note_findings();
  referee_.device_failed(number);
  has_device_failed_ = true;
}

void Exercising::hear_refusal(const Message& message) {
  life_.is_over = is_refused_ = true;
  auto kind = static_cast<OpenError::Kind>(message.number[0]);
  if (!referee_.has_learnt())
    return fail(exit_code_of(OpenError(kind, message.text)), message.text);
  if (message.kind == Message::Kind::no_devices || is_device_gone())  // somebody else has one now
    return fail(ExitCode::harness_failed, message.text);
  if (has_device_failed_) return fail(ExitCode::violated, message.text);
  oracle::Judge::refused(message.text, referee_.judgement());
  referee_.note_findings();
}

void Exercising::end_work(Nanoseconds took) {
  report_.work_seconds += seconds_of(took.value);
  life_.works_since.reset();
}

bool Exercising::is_full() const {
  return referee_.has_met() && referee_.history().writes_end() >= writes_of_run_max;
}

bool Exercising::is_device_gone() const {
  return std::ranges::any_of(setup_.devices, [](const NamedPath& device) {
    std::error_code ignored;
    return !std::filesystem::exists(device.path, ignored);
  });
}

// Why nothing was shown; empty if something was.
std::string Exercising::vacuity() const {
  if (report_.looked_at.blocks == 0) return "no block was judged";
  if (!was_ever_written_) return "no write was acknowledged";
  if (plan_.kills > 0 && kills_at_work_ == 0) return "no kill came after an acknowledged write";
  return "";
}

void Exercising::fail(ExitCode code, std::string why) {
  if (failed_) return;
  failed_ = code;
  console_.error(why);
  report_.error = std::move(why);
}

ExitCode Exercising::concluded() {
  oracle::Judgement& judgement = referee_.judgement();
  report_.looked_at = judgement.counts;
  report_.findings = judgement.findings;
  report_.declared = judgement.declared;
  for (const auto& [name, lives] : marks_) report_.marks.push_back({name, lives});
  using Outcome = reports::ExerciseOutcome;
  if (!judgement.holds() || is_violated_) {
    report_.outcome = Outcome::violated;
    return ExitCode::violated;
  }
  if (failed_) {
    report_.outcome = Outcome::failed;
    return *failed_;
  }
  if (SignalWatch::was_interrupted()) {
    report_.outcome = Outcome::interrupted;
    return ExitCode::harness_failed;
  }
  report_.error = vacuity();
  if (report_.error.empty()) return ExitCode::held;
  report_.outcome = Outcome::vacuous;
  return ExitCode::harness_failed;
}

}  // namespace holdfast::drivers
