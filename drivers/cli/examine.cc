#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "drivers/cli/command.h"
#include "drivers/cli/document.h"
#include "drivers/cli/examination.h"
#include "drivers/cli/narrator.h"
#include "reports/examination.h"

namespace holdfast::drivers {
namespace {

struct ExamineOptions {
  std::vector<std::string> paths;
};

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

ExitCode examine(const ExamineOptions& options, Console& console) {
  Narrator narrator(console);
  RealWorld world(narrator);
  std::vector<std::unique_ptr<FileDevice>> opened_devices;
  std::vector<FileDevice*> devices;
  reports::Examination examination;
  for (const std::string& path : options.paths) {
    auto opened = FileDevice::open(path, Access::look, world.requests(), narrator);
    reports::DeviceExamined examined;
    if (opened) {
      examined = world.finish(examine_device(**opened, path));
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
      "examine", "what stands on the devices: superblocks and arrays; nothing is written",
      [options](Console& console) { return examine(*options, console); });
  command.add_option("device", options->paths, "block devices or image files")->required();
  command.footer(
      "Exit: 0 every device holds a sound superblock and none contradicts another (the array may "
      "still lack members),\n"
      "1 a superblock is damaged or absent, or members contradict each other, 2 a device can't be "
      "opened.");
}

}  // namespace holdfast::drivers
