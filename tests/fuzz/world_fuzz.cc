// Arbitrary bytes as the choices of a whole simulated run: every promise holds, whatever happens within the budget.
//
//   input   byte 0: which world (tests/fuzz/fuzzed_worlds.h), then what sim/byte_choices.h makes of bytes
//   --rule=NAME=VALUE     breaks a rule, to see that it is noticed
//   --failures=FOLDER     where a finding, or a broken rule of the core, goes as a failure file for `holdfast replay`; default .
//   What a sanitizer finds has no failure file: libFuzzer's own artifact makes the same run.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "core/base/check.h"
#include "reports/failure_json.h"
#include "reports/report_file.h"
#include "sim/byte_choices.h"
#include "sim/failure.h"
#include "tests/fuzz/fuzzed_worlds.h"

using namespace holdfast;

namespace {

constexpr std::uint64_t run_number = 1;

std::vector<scenarios::Scenario> worlds;
std::string folder = ".";

// The run that is being made, for whoever breaks a rule.
const scenarios::Scenario* world_of_run = nullptr;
const sim::RecordingChoices* choices_of_run = nullptr;

sim::Failure failure_of_run() {
  sim::Failure failure;
  failure.name = world_of_run->name;
  failure.scenario = world_of_run->effective;
  failure.run_number = run_number;
  failure.choices = choices_of_run->resolved();
  return failure;
}

void write_failure(const sim::Failure& failure, std::string_view verdict) {
  std::string path = fmt::format("{}/{}", folder, reports::file_name_of(failure, verdict));
  std::string wrong = reports::write_report(path, reports::json_of(failure));
  std::fprintf(stderr, "%s\n  %s\n  repro: ./run replay %s\n%s", failure.signature.c_str(),
               failure.story.front().c_str(), path.c_str(), wrong.c_str());
}

void tell_broken_rule(const char* rule, const std::source_location& where) {
  if (!choices_of_run) return;
  sim::Failure failure = failure_of_run();
  failure.signature = fmt::format("check failed: {}", rule);
  failure.story = {fmt::format("{}:{}", where.file_name(), where.line())};
  write_failure(failure, "check");
}

[[noreturn]] void tell_finding(const oracle::Finding& finding) {
  sim::Failure failure = failure_of_run();
  failure.signature = finding.signature();
  failure.crash = finding.crash;
  failure.where = finding.where;
  failure.story = {finding.story};
  write_failure(failure, name_of(finding.verdict));
  std::abort();
}

std::string value_of(std::string_view argument, std::string_view name) {
  return argument.starts_with(name) ? std::string(argument.substr(name.size())) : "";
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  std::vector<std::string> rules;
  for (int i = 1; i < *count; ++i) {
    if (std::string rule = value_of((*arguments)[i], "--rule="); !rule.empty())
      rules.push_back(rule);
    if (std::string path = value_of((*arguments)[i], "--failures="); !path.empty()) folder = path;
  }
  worlds = tests::fuzzed_worlds(rules);
  if (worlds.empty()) {
    std::fprintf(stderr, "--rule: no world of the fuzzer has such a rule\n");
    std::exit(2);
  }
  set_check_handler(tell_broken_rule);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const scenarios::Scenario& world = worlds[data[0] % worlds.size()];
  sim::ByteChoices bytes(Bytes(reinterpret_cast<const std::byte*>(data), size).subspan(1));
  sim::RecordingChoices recording(bytes);
  world_of_run = &world;
  choices_of_run = &recording;
  sim::RunResult result = sim::run(world.world, recording, run_number);
  if (!result.judgement.findings.empty()) tell_finding(result.judgement.findings.front());
  choices_of_run = nullptr;
  return 0;
}
