// What a volume is made of: the same description in a scenario (simulated devices) and in a volume file (real ones).
//
// Device names are resolved by the world: a spec never says what a device is. Sizes in bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/block/volume.h"
#include "core/raid/journal/rules.h"
#include "core/raid/rules.h"

namespace holdfast {

// An md RAID-4, 5 or 6.
struct RaidSpec {
  // Which superblock fields open() believes: true takes level, layout, chunk and metadata from the superblocks and only
  // the list of devices from here; false demands that both agree.
  bool geometry_as_found = false;
  int level = 5;
  std::string layout = "left-symmetric";  // mdadm's names
  std::uint64_t chunk_bytes = 512 << 10;
  std::string metadata = "1.2";  // 1.0, 1.1, 1.2
  std::string name = "holdfast";  // set name in the superblock, at most 32 bytes
  std::vector<std::string> members;  // in role order for create; in any order for open
  std::vector<std::string> spares;
  std::string journal;  // the device with the write journal; empty: none
  // Open although the array is degraded and was not stopped cleanly, and serve what parity says: blocks near unfinished
  // writes may be wrong (the write hole). Otherwise open refuses.
  bool accept_dirty_degraded = false;
  // Open although the journal is absent or useless, as an array without one, and resync: acked writes since its last
  // checkpoint may be missing or torn. Otherwise open refuses.
  bool accept_lost_journal = false;
  // A write is acknowledged when the journal holds its data, and its stripe is written out later. As md has it, this is no
  // property of the array: who opens it says so, and needs its journal.
  bool writes_back = false;
  std::uint64_t cache_bytes = 64 << 20;  // for stripes on their way
  // Resync in the background where it is due. False for who only looks: parity stays as it was found.
  bool resyncs = true;
  raid::RaidRules rules;  // the verifier's; everybody else leaves the defaults
  raid::journal::JournalRules journal_rules;  // the same
};

// One device passed through as it is: the ground truth for the simulated disk and the oracle.
struct BareSpec {
  std::string device;
};

struct VolumeSpec {
  std::variant<BareSpec, RaidSpec> engine;
};

// Names of all devices of the volume, in the order that open and create expect them.
std::vector<std::string> device_names(const VolumeSpec& spec);

// The one place that knows every engine. Opening a volume never needs `absent` devices to be named: pass null for them.
OpenVolume opener_of(VolumeSpec spec);

struct CreateOptions {
  // Devices (by name) that may hold something recognised (a superblock, a file system, a partition table) and are
  // overwritten all the same.
  std::vector<std::string> overwrite;
};
// Writes new superblocks; the whole array is marked for resync.
CreateVolume creator_of(VolumeSpec spec, CreateOptions options);

// What is wrong with a spec before any device is touched; empty if nothing. One sentence each.
std::vector<std::string> contradictions_of(const VolumeSpec& spec);

// For the verifier: breaks (or mends) one rule by name. False if this engine has no such rule or takes no such value.
bool set_rule(VolumeSpec& spec, std::string_view rule, std::string_view value);
std::vector<std::string_view> rule_names(const VolumeSpec& spec);
bool has_broken_rules(const VolumeSpec& spec);
// Some volume that has all the rules that there are, none of them broken.
VolumeSpec volume_with_every_rule();

}  // namespace holdfast
