#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "drivers/cli/command.h"
#include "drivers/cli/document.h"
#include "drivers/cli/examination.h"
#include "drivers/cli/io_choice.h"
#include "drivers/cli/narrator.h"
#include "reports/examination.h"

namespace holdfast::drivers {
namespace {

struct ExamineOptions {
  std::vector<std::string> paths;
  std::string journal = "auto";
  IoChoice io;
};

const std::map<std::string, JournalView> journal_views{{"auto", JournalView::automatic},
                                                       {"none", JournalView::none},
                                                       {"summary", JournalView::summary},
                                                       {"records", JournalView::records}};

ExitCode verdict_of(const reports::Examination& examination) {
  auto could_not_open = [](const reports::DeviceExamined& device) {
    return !device.problem.empty();
  };
  auto is_damaged = [](const reports::DeviceExamined& device) { return device.is_damaged(); };
  auto contradicts = [](const reports::ArrayExamined& array) {
    return !array.contradictions.empty();
  };
  if (std::ranges::any_of(examination.devices, could_not_open)) return ExitCode::usage;
  if (std::ranges::any_of(examination.devices, is_damaged)) return ExitCode::violated;
  if (std::ranges::any_of(examination.arrays, contradicts)) return ExitCode::violated;
  return ExitCode::held;
}

ExitCode interrupted(RealWorld& world, Console& console) {
  console.say("interrupted");
  world.stop();
  return ExitCode::harness_failed;
}

ExitCode examine(const ExamineOptions& options, Console& console) {
  auto reactor = options.io.reactor(console);
  if (!reactor) return ExitCode::prerequisite_absent;
  Narrator narrator(console);
  RealWorld world(narrator, std::move(reactor));
  std::vector<std::unique_ptr<FileDevice>> opened_devices;
  std::vector<FileDevice*> devices;
  reports::Examination examination;
  for (const std::string& path : options.paths) {
    auto opened = FileDevice::open(path, Access::look, world);
    reports::DeviceExamined examined;
    if (opened) {
      auto looked =
          world.run(examine_device(**opened, path, journal_views.at(options.journal), narrator));
      if (!looked) return interrupted(world, console);
      examined = std::move(*looked);
    } else {
      examined.path = path;
      examined.problem = opened.error().message;
      console.error(opened.error().message);
    }
    devices.push_back(opened ? opened->get() : nullptr);
    if (opened) opened_devices.push_back(std::move(*opened));
    examination.devices.push_back(std::move(examined));
  }
  examination.arrays = examine_arrays(world, devices, examination.devices);
  show(examination, console);
  world.stop();
  return verdict_of(examination);
}

}  // namespace

void add_examine(Program& program) {
  auto options = std::make_shared<ExamineOptions>();
  CLI::App& command = program.add(
      "examine",
      "what stands on the devices: superblocks, write journals and arrays; nothing is written",
      [options](Console& console) { return examine(*options, console); });
  command.add_option("device", options->paths, "block devices or image files")->required();
  command
      .add_option(
          "--journal", options->journal,
          "how much of a write journal is told: nothing (none), what is in it and where it\n"
          "ends and what is damaged (summary), all units record by record (records), or\n"
          "that up to 1000 records and else the summary (auto)")
      ->check(CLI::IsMember({"auto", "none", "summary", "records"}))
      ->capture_default_str();
  options->io.add_to(command);
  command.footer(
      "Exit: 0 every device holds a sound superblock and none contradicts another (the array may "
      "still lack members),\n"
      "1 a superblock is damaged or absent, a journal is damaged beyond what a power cut leaves, "
      "or "
      "members contradict\n"
      "each other, 2 a device can't be opened.");
}

}  // namespace holdfast::drivers
