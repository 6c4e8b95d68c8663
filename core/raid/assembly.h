// From devices in any order to the members of one array: who belongs, who is stale, who is missing.
//
//   device     superblock            verdict
//   ---------  --------------------  ------------------------------------------------------------
//   no answer  –                     missing, with a note: a sick device
//   answers    none, or damaged      error: somebody else's disk, or bytes to be looked at first
//   answers    of another array      error
//   answers    spare                 spare, whatever its events
//   answers    a role, fresh         member
//   answers    a role, stale         missing, with a note (events 2 or more behind, or faulty in the freshest table)
//   answers    journal, fresh        the journal
//   answers    journal, stale        as if it were not there
//
//   The array has a journal       and it is      then
//   ---------------------------   -----------    ------------------------------------------------------------
//   in the freshest table         here           it is replayed
//   in the freshest table         not here       refused: acked writes may stand only there. Accepted explicitly: the
//                                                array goes on without a journal, for good, and is resynced
//   faulty in the freshest table  –              nothing is missing, but the array takes no writes; accepted: as above
//
//   Nothing is written here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/block/volume.h"
#include "core/raid/members.h"
#include "core/raid/rules.h"

namespace holdfast::raid {

// What the caller knows already and the superblocks must agree with.
struct Expected {
  std::vector<std::string> device_names;  // for messages; as many as devices
  std::optional<MetadataVersion> metadata;  // unset: wherever one is found
  std::optional<Geometry> geometry;  // level, layout, disks and chunk only; unset: as found
  bool accept_dirty_degraded = false;
  bool accept_lost_journal = false;
};

struct Assembly {
  Geometry geometry;
  Superblock freshest;
  std::vector<Member> by_role;
  std::vector<Member> spares;
  std::optional<Member> journal;
  bool is_read_only = false;  // its journal is recorded faulty
  // Accepted; `freshest` says no more that there is one, nor that the array is in sync.
  bool lost_its_journal = false;
  std::vector<std::size_t> unused_devices;  // absent or stale; numbers in the span
};

using AssemblyResult = tl::expected<Assembly, OpenError>;

// `devices` and everything in `expected` outlive the task.
Task<AssemblyResult> assemble(Devices devices, const Expected& expected, const RaidRules& rules,
                              Ports ports);

// The superblock on one device: at the given place, or wherever there is one (the youngest array's, if several).
// nullopt: none. Also for those who only want to look.
using SuperblockResult = tl::expected<std::optional<Superblock>, OpenError>;
Task<SuperblockResult> read_superblock(BlockDevice& device, std::string name,
                                       std::optional<MetadataVersion> version,
                                       bool verifies_checksum = true);

}  // namespace holdfast::raid
