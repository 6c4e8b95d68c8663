#include "drivers/cli/volume_argument.h"

#include <sys/stat.h>

#include <fstream>

#include "scenarios/volume_file.h"

namespace holdfast::drivers {
namespace {

// A volume file begins with an object or a comment and holds no zero byte; the image of a member does.
bool is_volume_file(const std::string& path) {
  struct stat state{};
  if (stat(path.c_str(), &state) != 0 || !S_ISREG(state.st_mode)) return false;
  std::ifstream file(path, std::ios::binary);
  std::string head(4096, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  if (head.find('\0') != std::string::npos) return false;
  std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (head[first] == '{' || head.compare(first, 2, "//") == 0);
}

}  // namespace

std::optional<VolumeArgument> read_volume(const std::string& path, Console& console) {
  auto file = scenarios::read_volume_file(path);
  if (!file) {
    for (const scenarios::Problem& problem : file.error()) console.error(problem.text());
    return std::nullopt;
  }
  VolumeArgument argument;
  argument.spec = std::move(file->volume);
  argument.is_file = true;
  for (const scenarios::RealDevice& device : file->devices)
    argument.devices.push_back({device.name, device.path});
  return argument;
}

std::optional<VolumeArgument> read_volume_or_devices(const std::vector<std::string>& arguments,
                                                     Console& console) {
  if (arguments.size() == 1 && is_volume_file(arguments.front()))
    return read_volume(arguments.front(), console);
  RaidSpec raid;
  raid.geometry_as_found = true;
  raid.members = arguments;
  VolumeArgument argument;
  argument.spec.engine = std::move(raid);
  for (const std::string& path : arguments) argument.devices.push_back({path, path});
  return argument;
}

ExitCode exit_code_of(const OpenError& error) {
  return error.kind == OpenError::Kind::configuration ? ExitCode::usage : ExitCode::violated;
}

}  // namespace holdfast::drivers
