// The devices of one command, all opened the same way: in the order of their names, null where one is not there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/posix/file_device.h"
#include "drivers/posix/real_world.h"

namespace holdfast::drivers {

struct NamedPath {
  std::string name;  // in messages and in the spec; the path itself where there is no volume file
  std::string path;
};

enum class Absence : std::uint8_t {
  refused,  // every device must be there
  accepted,  // one that isn't there, or doesn't answer, is left out with a note
};

class DeviceSet {
 public:
  // The first error; nothing stays open then. Two paths to one device are an error.
  static tl::expected<DeviceSet, OpenError> open(const std::vector<NamedPath>& paths, Access access,
                                                 Absence absence, RealWorld& world);

  std::size_t size() const { return devices_.size(); }
  FileDevice* at(std::size_t number) const { return devices_[number].get(); }
  // For opener_of and creator_of.
  std::vector<BlockDevice*> pointers() const;

 private:
  std::vector<std::unique_ptr<FileDevice>> devices_;
};

}  // namespace holdfast::drivers
