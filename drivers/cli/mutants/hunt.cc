#include "drivers/cli/mutants/hunt.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "core/base/check.h"
#include "drivers/cli/campaign.h"

namespace holdfast::drivers {
namespace {

constexpr std::uint64_t compare_one_in = 20;
constexpr auto look_every = std::chrono::milliseconds(5);

using Time = std::chrono::steady_clock::time_point;

// Written by the hunt's process, read by the one that waits for it.
struct Record {
  std::atomic<std::uint64_t> seeds{0};  // begun
  std::atomic<bool> has_ended{false};
  std::array<char, 200> verdict{};

  void end(std::string_view with) {
    std::size_t length = std::min(with.size(), verdict.size() - 1);
    std::copy_n(with.begin(), length, verdict.begin());
    has_ended = true;
  }
};

Record* record_of_process = nullptr;

void tell_broken_rule(const char* rule, const std::source_location&) {
  record_of_process->end(fmt::format("check: {}", rule));
  _exit(0);
}

const oracle::Finding* violation_of(const scenarios::Scenario& scenario,
                                    const sim::RunResult& result) {
  auto is_violation = [&](const oracle::Finding& finding) {
    return !is_expected(scenario, finding.verdict, false);
  };
  auto found = std::ranges::find_if(result.judgement.findings, is_violation);
  return found == result.judgement.findings.end() ? nullptr : &*found;
}

// What this seed tells; empty: nothing is wrong.
std::string verdict_of(const scenarios::Scenario& scenario, std::uint64_t seed, bool compares) {
  sim::RunResult result = sim::run(scenario.world, seed);
  const oracle::Finding* violation = violation_of(scenario, result);
  if ((violation || compares) && sim::run(scenario.world, seed).trace_hash != result.trace_hash)
    return "nondeterministic";
  return violation ? std::string(oracle::name_of(violation->verdict)) : "";
}

void hunt(const HuntTask& task, Record& record) {
  for (std::uint64_t seed = task.first_seed; seed < task.end_seed; ++seed) {
    std::uint64_t number = record.seeds++;
    std::string verdict = verdict_of(*task.scenario, seed, number % compare_one_in == 0);
    if (!verdict.empty()) return record.end(verdict);
  }
  record.end("");
}

// One process and what it has told so far.
class Hunter {
 public:
  Hunter(std::size_t number, const HuntTask& task, double hang_seconds)
      : number_(number), task_(task), hang_seconds_(hang_seconds), seen_(now()) {
    void* shared =
        mmap(nullptr, sizeof(Record), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(shared != MAP_FAILED, "the system gives a page");
    record_ = new (shared) Record;
    pid_t parent = getpid();
    process_ = fork();
    check(process_ >= 0, "the system gives a process");
    if (process_ == 0) run(parent);
  }
  Hunter(Hunter&& other) noexcept = delete;
  ~Hunter() { munmap(record_, sizeof(Record)); }

  std::size_t number() const { return number_; }

  // If it has ended.
  std::optional<reports::Hunt> look() {
    int status = 0;
    rusage used{};
    if (wait4(process_, &status, WNOHANG, &used) == process_) return ended(status, used);
    std::uint64_t seeds = record_->seeds;
    if (seeds != seeds_seen_) {
      seeds_seen_ = seeds;
      seen_ = now();
    }
    if (now() - seen_ > std::chrono::duration<double>(hang_seconds_) && !is_hanging_) {
      is_hanging_ = true;
      kill(process_, SIGKILL);
    }
    return std::nullopt;
  }

 private:
  static Time now() { return std::chrono::steady_clock::now(); }

  [[noreturn]] void run(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    record_of_process = record_;
    set_check_handler(tell_broken_rule);
    hunt(task_, *record_);
    _exit(0);
  }

  reports::Hunt ended(int status, const rusage& used) const {
    reports::Hunt hunt;
    hunt.first_seed = task_.first_seed;
    hunt.end_seed = task_.end_seed;
    hunt.seeds = record_->seeds;
    auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    hunt.core_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    if (record_->has_ended)
      hunt.verdict = record_->verdict.data();
    else if (is_hanging_)
      hunt.verdict = "hang";
    else if (WIFSIGNALED(status))
      hunt.verdict = fmt::format("crash: {}", strsignal(WTERMSIG(status)));
    else
      hunt.verdict = fmt::format("crash: exit code {}", WEXITSTATUS(status));
    return hunt;
  }

  std::size_t number_;
  HuntTask task_;
  double hang_seconds_;
  Time seen_;
  std::uint64_t seeds_seen_ = 0;
  bool is_hanging_ = false;
  pid_t process_ = -1;
  Record* record_ = nullptr;
};

}  // namespace

std::vector<reports::Hunt> hunt_all(const std::vector<HuntTask>& tasks, unsigned jobs,
                                    double hang_seconds,
                                    const std::function<void(std::size_t)>& progress) {
  std::vector<reports::Hunt> hunts(tasks.size());
  std::vector<std::unique_ptr<Hunter>> running;
  std::size_t begun = 0;
  while (begun < tasks.size() || !running.empty()) {
    for (; begun < tasks.size() && running.size() < jobs; ++begun)
      running.push_back(std::make_unique<Hunter>(begun, tasks[begun], hang_seconds));
    std::this_thread::sleep_for(look_every);
    std::erase_if(running, [&](const std::unique_ptr<Hunter>& hunter) {
      auto ended = hunter->look();
      if (ended) hunts[hunter->number()] = std::move(*ended);
      return ended.has_value();
    });
    progress(begun - running.size());
  }
  return hunts;
}

}  // namespace holdfast::drivers
