// The machine that is switched on for one life: executor, clock, disks above an image, and the volume on them.
//
//   M1  No task runs once something did not end, or after off().
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/explore/life_disk.h"
#include "sim/world.h"

namespace holdfast::sim {

struct MachinePorts {
  Sight& sight;
  const Schedule& schedule;
  Choices& choices;

  MachinePorts(Sight& of, const Schedule& by, Choices& from)
      : sight(of), schedule(by), choices(from) {}
};

// Of each life its own: what it makes up has not been made up before.
class LifeEntropy final : public holdfast::Entropy {
 public:
  LifeEntropy(Choices& choices, std::uint32_t life) : choices_(choices), life_(life) {}
  void fill(MutableBytes into) override;

 private:
  Choices& choices_;
  std::uint32_t life_;
  std::uint64_t filled_ = 0;
};

class Machine {
 public:
  // `life`: when it is switched on, and what it makes up.
  Machine(const WorldSpec& spec, MachinePorts ports, std::uint32_t life,
          std::optional<std::size_t> absent, std::uint64_t events_max);
  Machine(const Machine&) = delete;
  ~Machine() { off(); }

  void watch(CrashPointWatch watch) { ports_.watch = std::move(watch); }
  // False: nothing happens any more, or too much has.
  template <class Done>
  bool run_until(Done is_done) {
    for (;;) {
      executor_.run_ready();
      if (is_done()) return true;
      if (clock_.is_idle() || happened_ >= events_max_) return false;
      clock_.fire_next();
      ++happened_;
    }
  }
  template <class Result>
  bool has_done(Task<Result> task, std::optional<Result>& into) {
    executor_.spawn(keep(std::move(task), into));
    if (run_until([&into] { return into.has_value(); })) return true;
    executor_.stop();
    return false;
  }
  bool create(std::optional<CreateResult>& into);
  bool open(std::optional<OpenError>& refusal);
  void off();

  Volume& volume() { return *volume_; }
  // Null: absent.
  LifeMedia* media(std::uint32_t device) {
    return disks_[device] ? &disks_[device]->media() : nullptr;
  }
  Executor& executor() { return executor_; }
  Clock& clock() { return clock_; }
  const Witness& witness() const { return witness_; }
  std::uint64_t happened() const { return happened_; }

 private:
  template <class Result>
  static Task<> keep(Task<Result> task, std::optional<Result>& into) {
    Result result = co_await std::move(task);
    into.emplace(std::move(result));
  }

  const WorldSpec& spec_;
  std::uint64_t events_max_;
  std::uint64_t happened_ = 0;
  Executor executor_;
  Clock clock_;
  LifeEntropy entropy_;
  Witness witness_;
  LifePorts ports_;
  std::vector<std::unique_ptr<LifeDisk>> disks_;
  std::vector<BlockDevice*> devices_;
  std::unique_ptr<Volume> volume_;
};

}  // namespace holdfast::sim
