#include "drivers/cli/exercise/engine.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "drivers/cli/console.h"
#include "sim/choices.h"
#include "sim/full_read.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t operations_of_round = 2000;
constexpr auto tick = Nanoseconds::of_milliseconds(1);
constexpr auto settling_max = Nanoseconds::of_milliseconds(30'000);
constexpr auto progress_pause = Nanoseconds::of_milliseconds(200);

Task<bool> work_until_done(sim::Workload& workload, Clock& clock, Nanoseconds end) {
  while (!workload.is_done()) {
    if (clock.now() >= end || RealWorld::was_interrupted()) workload.end();
    co_await clock.sleep_until(clock.now() + tick);
  }
  co_return true;
}

Task<bool> wait_for(const std::optional<IoResult>& result, Clock& clock, Nanoseconds end) {
  while (!result && clock.now() < end) co_await clock.sleep_until(clock.now() + tick);
  co_return result.has_value();
}

Task<bool> sleep_for_good(Clock& clock) {
  while (true) co_await clock.sleep_until(clock.now() + Nanoseconds::of_milliseconds(1000));
  co_return true;
}

std::array<std::uint64_t, 5> numbers_of(const IoError& error) {
  return {static_cast<std::uint64_t>(error.kind), error.where.value, 0, 0, 0};
}

Message error_message(Message::Kind kind, const OpenError& error) {
  Message message(kind, error.message);
  message.number[0] = static_cast<std::uint64_t>(error.kind);
  return message;
}

Message error_message(Message::Kind kind, const Crossing& crossing) {
  constexpr std::string_view names[] = {"read", "write", "flush", "discard", "write zeroes"};
  Message message(kind, std::string(names[static_cast<std::size_t>(crossing.command)]));
  message.number = numbers_of(crossing.result.error());
  message.number[2] = crossing.extent.first.value;
  message.number[3] = crossing.extent.count.value;
  return message;
}

}  // namespace

void Teller::mark(std::string_view name) {
  if (std::ranges::find(marks_told_, name) != marks_told_.end()) return;
  marks_told_.emplace_back(name);
  out_.send({Message::Kind::mark, std::string(name)});
}

void Teller::note(std::string_view sentence) {
  out_.send({Message::Kind::note, std::string(sentence)});
}

void Teller::progress(std::string_view work, std::uint64_t done, std::uint64_t total) {
  auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  auto present = static_cast<std::uint64_t>(since_start / std::chrono::nanoseconds(1));
  if (done < total && present - progress_told_ < progress_pause.value) return;
  progress_told_ = present;
  Message message(Message::Kind::progress, std::string(work));
  message.number = {done, total, 0, 0, 0};
  out_.send(message);
}

Engine::Engine(const ExerciseSetup& setup, const EngineLife& life, Referee& referee, Outbox& out,
               int go)
    : setup_(setup),
      life_(life),
      referee_(referee),
      out_(out),
      go_(go),
      teller_(out),
      world_(teller_, [&] {
        Console console;
        return setup.io.reactor(console);
      }()) {
  begun_ = world_.ports().clock.now();
}

Engine::~Engine() { world_.stop(); }

void Engine::run() {
  if (!open_devices() || !open_volume()) return;
  if (life_.settles_first && !settle()) return stop();
  if (!look()) return stop();
  if (life_.works_for > Nanoseconds(0)) work();
  if (life_.is_to_be_killed && !world_.was_interrupted()) rest();
  if (!world_.was_interrupted()) settle();
  stop();
}

bool Engine::open_devices() {
  auto opened = DeviceSet::open(setup_.devices, Access::write, Absence::accepted, world_);
  if (!opened) return out_.send(error_message(Message::Kind::no_devices, opened.error())), false;
  devices_ = std::move(*opened);
  for (std::size_t number = 0; number < devices_.size(); ++number) {
    BlockDevice* device = devices_.at(number);
    auto wrap = [&](std::unique_ptr<BlockDevice> wrapper) {
      device = wrapper.get();
      wrappers_.push_back(std::move(wrapper));
    };
    if (device && life_.is_recorded) {
      Message message = message_of(device->limits(), Message::Kind::device_limits);
      message.number[4] = number;
      out_.send(message);
    }
    if (device) wrap(std::make_unique<RecordingDevice>(*device, tells_of_device(number)));
    if (device && setup_.saboteur && setup_.saboteur->device == number)
      wrap(std::make_unique<SabotagedDevice>(*device, world_.ports().executor,
                                             setup_.saboteur->what, setup_.saboteur->every));
    pointers_.push_back(device);
  }
  return true;
}

Listener Engine::tells_of_device(std::size_t number) {
  return [this, number](const Crossing& crossing) {
    if (life_.is_recorded && crossing.command != Command::read)
      out_.send(message_of(crossing, static_cast<std::uint32_t>(number)));
    if (!crossing.is_answer || crossing.result ||
        crossing.result.error().kind == IoErrorKind::unsupported)
      return;
    Message message = error_message(Message::Kind::device_error, crossing);
    message.number[4] = number;
    out_.send(message);
    if (referee_.has_learnt()) referee_.history().member_lost();
  };
}

Listener Engine::tells_of_clients() {
  return [this](const Crossing& crossing) {
    if (crossing.is_answer && !crossing.result)
      out_.send(error_message(Message::Kind::client_error, crossing));
  };
}

bool Engine::open_volume() {
  auto opened = world_.run(opener_of(setup_.volume)(pointers_, world_.ports()));
  if (!opened) return out_.send(Message(Message::Kind::interrupted)), false;
  if (!*opened) return out_.send(error_message(Message::Kind::refused, opened->error())), false;
  volume_ = std::move(**opened);
  Sectors span = std::min(volume_->device().limits().sectors, setup_.span_max);
  if (setup_.array) span = setup_.array->shape.sectors();
  span_ = std::make_unique<SpanDevice>(volume_->device(), span);
  clients_ = std::make_unique<RecordingDevice>(*span_, tells_of_clients());
  Message message = message_of(span_->limits());
  message.number[4] = (world_.ports().clock.now() - begun_).value;
  message.words = {volume_->device().limits().sectors.value};
  out_.send(message);
  referee_.meet(span_->limits());
  referee_.history().tell(
      [this](const oracle::HistoryEvent& event) { out_.send(message_of(event)); });
  return true;
}

Task<> Engine::await_settled() {
  IoResult settled = co_await volume_->settled();
  settled_ = settled;
}

// False: it can't be, or was not by then.
bool Engine::settle() {
  Clock& clock = world_.ports().clock;
  Nanoseconds before = clock.now();
  if (!awaits_settled_) world_.ports().executor.spawn(await_settled());
  awaits_settled_ = true;
  world_.run(wait_for(settled_, clock, before + settling_max));
  if (!settled_) return true;
  bool is_settled = settled_->has_value();
  Message message(is_settled ? Message::Kind::settled : Message::Kind::not_settled);
  if (is_settled)
    message.number[0] = (clock.now() - before).value;
  else
    message.number = numbers_of(settled_->error());
  out_.send(message);
  return is_settled;
}

bool Engine::look() {
  oracle::Observation seen = referee_.blank();
  auto tell = [&](Extent part) {
    Message message(Message::Kind::seen);
    message.number[0] = part.first.value;
    std::vector<oracle::Content> contents;
    for (Lba lba = part.first; lba < part.end(); lba += Sectors(1))
      contents.push_back(seen.at(lba));
    message.words = words_of(contents);
    out_.send(message);
  };
  world_.finish(sim::read_everything(*span_, seen, tell));
  Message all(Message::Kind::seen_all);
  for (std::size_t device : volume_->missing_devices()) all.words.push_back(device);
  out_.send(all);
  referee_.pin(seen);
  return may_go();
}

// The judge compares the members meanwhile: nothing here runs, so nobody writes to them.
bool Engine::may_go() {
  constexpr int signal_latency_ms = 50;  // of one that comes just before the wait
  char byte = 0;
  while (!world_.was_interrupted()) {
    pollfd readable{go_, POLLIN, 0};
    if (poll(&readable, 1, signal_latency_ms) > 0 && read(go_, &byte, 1) == 1) return true;
  }
  return false;
}

bool Engine::is_time_up() const {
  return worked_ >= life_.works_for || world_.was_interrupted() ||
         referee_.history().writes_end() >= writes_of_run_max;
}

void Engine::work() {
  for (std::uint64_t left = life_.operations; left > 0 && !is_time_up();) {
    left -= round(std::min(left, operations_of_round));
    if (!look()) return;
  }
}

std::uint64_t Engine::round(std::uint64_t operations) {
  Ports ports = world_.ports();
  std::uint32_t cycle = referee_.history().epoch();
  // Each round has a swarm of its own, as each seed has in the simulator.
  sim::SeededChoices choices(setup_.seed + cycle);
  sim::WorkloadSpec spec = swarmed(setup_.workload, choices);
  spec.operations = static_cast<std::uint32_t>(operations);
  spec.first_request = cycle * operations_of_round;
  oracle::Judgement unheard;  // tells_of_clients() tells the same, at once
  sim::Workload workload(spec, cycle, *clients_, ports.executor, ports.clock, choices,
                         referee_.history(), unheard);
  Nanoseconds before = ports.clock.now();
  workload.start();
  world_.finish(work_until_done(workload, ports.clock, before + (life_.works_for - worked_)));
  Nanoseconds took = ports.clock.now() - before;
  worked_ = worked_ + took;
  Message message(Message::Kind::worked);
  message.number[0] = took.value;
  out_.send(message);
  return workload.submitted();
}

void Engine::rest() { world_.run(sleep_for_good(world_.ports().clock)); }

void Engine::stop() {
  auto stopped = world_.finish(volume_->stop());
  Message message(stopped ? Message::Kind::stopped : Message::Kind::not_stopped);
  if (!stopped)
    message.number = numbers_of(stopped.error());
  else
    message.number[0] = world_.was_interrupted();
  out_.send(message);
}

}  // namespace holdfast::drivers
