#include "drivers/cli/device_set.h"

#include <fmt/format.h>

namespace holdfast::drivers {
namespace {

tl::unexpected<OpenError> one_and_the_same(const std::string& one, const std::string& other) {
  std::string message = one == other
                            ? fmt::format("{} is named twice", one)
                            : fmt::format("{} and {} are one and the same device", one, other);
  return tl::unexpected<OpenError>(OpenError(OpenError::Kind::configuration, std::move(message)));
}

}  // namespace

tl::expected<DeviceSet, OpenError> DeviceSet::open(const std::vector<NamedPath>& paths,
                                                   Access access, Absence absence,
                                                   RealWorld& world) {
  DeviceSet set;
  std::string not_direct;
  for (std::size_t number = 0; number < paths.size(); ++number) {
    const NamedPath& named = paths[number];
    for (std::size_t before = 0; before < number; ++before)
      if (is_same_device(paths[before].path, named.path))
        return one_and_the_same(paths[before].path, named.path);

    auto opened = FileDevice::open(named.path, access, world);
    bool is_absent = !opened && opened.error().kind == OpenError::Kind::io;
    if (!opened && !(is_absent && absence == Absence::accepted))
      return tl::unexpected<OpenError>(opened.error());
    if (!opened) {
      world.observer().note(fmt::format("{} is left out: {}", named.name, opened.error().message));
      set.devices_.push_back(nullptr);
      continue;
    }
    if (!(*opened)->file().is_direct()) not_direct += (not_direct.empty() ? "" : ", ") + named.path;
    set.devices_.push_back(std::move(*opened));
  }
  if (!not_direct.empty())
    world.observer().note(fmt::format(
        "the file system takes no direct I/O for {}: going through the page cache", not_direct));
  return set;
}

std::vector<BlockDevice*> DeviceSet::pointers() const {
  std::vector<BlockDevice*> pointers;
  for (const auto& device : devices_) pointers.push_back(device.get());
  return pointers;
}

}  // namespace holdfast::drivers
