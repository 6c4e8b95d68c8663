// What `examine` found on devices, and what can be said about the arrays that they belong to.
//
//   Examination
//     devices   one for each path: its superblocks, sound or damaged, and what stands beside them
//     arrays    one for each set of sound superblocks: who holds which role, who is missing or stale, would it assemble
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/raid/superblock.h"
#include "reports/journal_examined.h"

namespace holdfast::reports {

// The log of unreadable places, as Linux keeps it behind the superblock.
struct BadBlocks {
  std::uint64_t room = 0;  // entries
  std::vector<Extent> extents;  // of the device
  std::string problem;  // why it could not be read
};

// The write-intent bitmap.
struct Bitmap {
  Lba at;
  std::uint64_t events = 0;
  std::uint64_t chunk_bytes = 0;
  std::string problem;
};

struct SuperblockFound {
  raid::MetadataVersion version = raid::MetadataVersion::v1_2;
  Lba at;
  std::optional<raid::Superblock> superblock;  // unset: damaged
  std::string damage;  // device, byte offset, field, what was found and expected
  std::vector<std::string> not_runnable;  // why Holdfast can't run it, each with its field
  std::optional<BadBlocks> bad_blocks;
  std::optional<Bitmap> bitmap;
  std::optional<JournalExamined> journal;  // of a journal device
};

struct DeviceExamined {
  std::string path;
  Sectors size;
  std::string problem;  // it could not be opened or read
  std::vector<SuperblockFound> superblocks;

  bool is_damaged() const;
};

struct RoleExamined {
  std::string state;  // "active", "missing", "stale", "doubled"
  std::string path;  // empty if missing
  std::uint64_t events = 0;
  std::string why;  // of every state but active
};

// A device of the array that holds no role: "spare", "faulty", "journal".
struct OtherExamined {
  std::string state;
  std::string path;
  std::string why;
};

struct ArrayExamined {
  raid::Superblock freshest;
  std::string freshest_path;
  std::vector<RoleExamined> roles;
  std::vector<OtherExamined> others;
  std::vector<std::string> contradictions;  // members that don't fit each other
  bool assembles = false;
  bool is_degraded = false;
  std::string why_not;
  std::vector<std::string> notes;  // what assembly would say

  std::uint64_t missing() const;
};

struct Examination {
  std::vector<DeviceExamined> devices;
  std::vector<ArrayExamined> arrays;
};

std::string text_of(const Examination& examination);
std::string json_of(const Examination& examination);

// "16.00 MiB (32768 sectors)"
std::string size_text(Sectors sectors);
// "raid5", "left-symmetric"; for levels that can't run here their number.
std::string level_text(const raid::Superblock& superblock);
std::string layout_text(const raid::Superblock& superblock);
// "clean", "dirty: …", "resyncing from member sector 4096"
std::string state_text(const raid::Superblock& superblock);
// Names of the set feature bits.
std::vector<std::string> feature_names(std::uint32_t features);
// "2026-11-21 04:34:15 UTC"
std::string time_text(raid::SuperblockTime time);
// Sectors that the array offers; none if the level can't be computed.
std::optional<Sectors> capacity_of(const raid::Superblock& superblock);

}  // namespace holdfast::reports
