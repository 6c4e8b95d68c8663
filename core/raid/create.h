// New superblocks on devices that hold no array yet.
#pragma once

#include <string>
#include <vector>

#include "core/block/volume.h"
#include "core/raid/superblock.h"

namespace holdfast::raid {

struct NewArray {
  int level = 5;
  std::string layout;                     // mdadm's name
  Sectors chunk;
  MetadataVersion metadata = MetadataVersion::v1_2;
  std::string name;
  std::size_t members = 0;  // the first so many devices, in role order; the rest are spares
  bool has_journal = false;  // the last device
  bool empty_block_in_new_log = true;  // core/raid/journal/rules.h
  std::vector<std::string> device_names;  // for messages; as many as devices
  std::vector<std::string> overwrite;  // devices whose md superblock may be lost
};

// Looks at every device first; writes only if all are fit. The whole array is marked for resync. Superblocks of another
// version on a device that may be overwritten are wiped. `array` outlives the task.
Task<CreateResult> create_array(Devices devices, const NewArray& array, Ports ports);

}  // namespace holdfast::raid
