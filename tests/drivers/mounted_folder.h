// A file system of a test's own, for as long as it stands; only root has one.
#pragma once

#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

namespace holdfast::drivers {

class MountedFolder {
 public:
  MountedFolder(const char* file_system, const char* options) {
    if (!mkdtemp(path_.data())) path_.clear();
    is_mounted_ = !path_.empty() && mount("none", path_.c_str(), file_system, 0, options) == 0;
  }
  MountedFolder(const MountedFolder&) = delete;
  MountedFolder& operator=(const MountedFolder&) = delete;
  ~MountedFolder() {
    if (is_mounted_) umount2(path_.c_str(), MNT_DETACH);
    if (!path_.empty()) rmdir(path_.c_str());
  }

  bool is_mounted() const { return is_mounted_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/var/tmp/holdfast-mount-XXXXXX";
  bool is_mounted_ = false;
};

}  // namespace holdfast::drivers
