#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/examination.h"

namespace holdfast::reports {
namespace {

using Json = nlohmann::ordered_json;
using raid::Superblock;
using raid::journal::RecordKind;

// 64-bit numbers that are not sizes or counts (they pass 2^53) are text.
Json array_fields(const Superblock& superblock) {
  Json fields{{"uuid", raid::text_of(superblock.set_uuid)},
              {"name", superblock.name()},
              {"level", superblock.level},
              {"layout", layout_text(superblock)},
              {"layout_number", superblock.layout},
              {"raid_disks", superblock.raid_disks},
              {"chunk_bytes", superblock.chunk.bytes()},
              {"member_sectors", superblock.size.value},
              {"created", time_text(superblock.created)}};
  if (auto capacity = capacity_of(superblock)) fields["array_sectors"] = capacity->value;
  return fields;
}

Json state_fields(const Superblock& superblock) {
  Json fields{{"text", state_text(superblock)}, {"clean", superblock.clean()}};
  if (!superblock.clean()) fields["resync_offset"] = superblock.resync_offset;
  return fields;
}

Json json_of(const BadBlocks& log) {
  Json extents = Json::array();
  for (const Extent& extent : log.extents)
    extents.push_back({{"sector", extent.first.value}, {"sectors", extent.count.value}});
  Json out{{"room", log.room}, {"extents", extents}};
  if (!log.problem.empty()) out["problem"] = log.problem;
  return out;
}

Json json_of(const Bitmap& bitmap) {
  Json out{
      {"sector", bitmap.at.value}, {"events", bitmap.events}, {"chunk_bytes", bitmap.chunk_bytes}};
  if (!bitmap.problem.empty()) out["problem"] = bitmap.problem;
  return out;
}

std::string hex(Sequence sequence) { return fmt::format("{:#018x}", sequence.value); }
std::string hex(std::uint32_t checksum) { return fmt::format("{:#010x}", checksum); }

std::string page_holds(const LoggedRecord& logged, std::size_t number) {
  if (logged.record.kind == RecordKind::data) return "data";
  return number == 0 ? "P" : "Q";
}

Json json_of(const LoggedRecord& logged) {
  constexpr std::array kinds{"data", "parity", "flush"};
  Json out{{"kind", kinds[static_cast<std::size_t>(logged.record.kind)]}};
  if (logged.record.kind == RecordKind::data) out["array_sector"] = logged.record.location.value;
  out["stripe_sector"] = logged.stripe.value;
  if (logged.pages().empty()) return out;
  out["pages"] = Json::array();
  for (std::size_t number = 0; number < logged.pages().size(); ++number) {
    const LoggedPage& page = logged.pages()[number];
    Json told{{"holds", page_holds(logged, number)},
              {"role", page.role},
              {"state", name_of(page.state)},
              {"checksum", hex(page.checksum)}};
    if (page.state == PageState::wrong) told["found"] = hex(page.found);
    out["pages"].push_back(std::move(told));
  }
  return out;
}

Json json_of(const LoggedUnit& unit) {
  Json out{{"state", name_of(unit.state)}, {"sector", unit.position.value}};
  if (unit.sequence) out["sequence"] = hex(*unit.sequence);
  if (!unit.problem.empty()) out["problem"] = unit.problem;
  out["records"] = Json::array();
  for (const LoggedRecord& record : unit.records) out["records"].push_back(json_of(record));
  return out;
}

Json json_of(const JournalExamined& journal) {
  Json out{{"sector", journal.begin.value},
           {"sectors", journal.size.value},
           {"tail", journal.tail.value},
           {"sound", !journal.is_damaged()}};
  if (!journal.problem.empty()) out["problem"] = journal.problem;
  out["new"] = journal.is_new();
  for (UnitState state :
       {UnitState::intact, UnitState::torn, UnitState::damaged, UnitState::skipped})
    out[fmt::format("{}_units", name_of(state))] = journal.count(state);
  out["data_records"] = journal.records[0];
  out["parity_records"] = journal.records[1];
  out["flush_records"] = journal.records[2];
  out["pages"] = journal.pages;
  out["stripes_without_parity"] = journal.stripes_without_parity;
  out["blocks"] = journal.blocks;
  if (journal.first) out["first_sequence"] = hex(*journal.first);
  if (journal.last) out["last_sequence"] = hex(*journal.last);
  out["end"] = {{"sector", journal.end.value}, {"unreadable", journal.end_is_unreadable}};
  if (!journal.end_problem.empty()) out["end"]["problem"] = journal.end_problem;
  out["lists_all_units"] = journal.lists_all;
  out["units"] = Json::array();
  for (const LoggedUnit& unit : journal.listed) out["units"].push_back(json_of(unit));
  return out;
}

Json json_of(const SuperblockFound& found) {
  Json out{{"metadata", raid::name_of(found.version)},
           {"sector", found.at.value},
           {"sound", found.superblock.has_value()}};
  if (!found.superblock) {
    out["damage"] = found.damage;
    return out;
  }
  const Superblock& superblock = *found.superblock;
  out["array"] = array_fields(superblock);
  out["device_uuid"] = raid::text_of(superblock.device_uuid);
  out["device_number"] = superblock.dev_number;
  out["role"] = raid::role_text(superblock.role());
  if (superblock.holds_role()) out["role_number"] = superblock.role();
  out["data_sector"] = superblock.data_offset.value;
  out["data_sectors"] = superblock.data_size.value;
  out["state"] = state_fields(superblock);
  out["events"] = superblock.events;
  out["updated"] = time_text(superblock.updated);
  out["features"] = feature_names(superblock.features);
  out["not_runnable"] = found.not_runnable;
  if (superblock.has(raid::feature::recovery_offset))
    out["rebuilt_sectors"] = superblock.recovery_offset;
  if (found.bad_blocks) out["bad_blocks"] = json_of(*found.bad_blocks);
  if (found.bitmap) out["bitmap"] = json_of(*found.bitmap);
  if (found.journal) out["journal"] = json_of(*found.journal);
  return out;
}

Json json_of(const DeviceExamined& device) {
  Json out{{"path", device.path}};
  if (!device.problem.empty()) {
    out["problem"] = device.problem;
    return out;
  }
  out["sectors"] = device.size.value;
  out["superblocks"] = Json::array();
  for (const SuperblockFound& found : device.superblocks)
    out["superblocks"].push_back(json_of(found));
  return out;
}

Json json_of(const RoleExamined& holder, std::size_t role) {
  Json out{{"role", role}, {"state", holder.state}};
  if (!holder.path.empty()) {
    out["path"] = holder.path;
    out["events"] = holder.events;
  }
  if (!holder.why.empty()) out["why"] = holder.why;
  return out;
}

Json json_of(const ArrayExamined& array) {
  Json out = array_fields(array.freshest);
  out["events"] = array.freshest.events;
  out["state"] = state_fields(array.freshest);
  out["freshest"] = array.freshest_path;
  out["roles"] = Json::array();
  for (std::size_t role = 0; role < array.roles.size(); ++role)
    out["roles"].push_back(json_of(array.roles[role], role));
  out["others"] = Json::array();
  for (const OtherExamined& other : array.others)
    out["others"].push_back({{"state", other.state}, {"path", other.path}, {"why", other.why}});
  out["contradictions"] = array.contradictions;
  out["assembles"] = array.assembles;
  out["degraded"] = array.is_degraded;
  if (!array.assembles) out["why_not"] = array.why_not;
  out["notes"] = array.notes;
  return out;
}

}  // namespace

std::string json_of(const Examination& examination) {
  Json out{{"schema", "holdfast.report/1"},
           {"kind", "examination"},
           {"devices", Json::array()},
           {"arrays", Json::array()}};
  for (const DeviceExamined& device : examination.devices)
    out["devices"].push_back(json_of(device));
  for (const ArrayExamined& array : examination.arrays) out["arrays"].push_back(json_of(array));
  // A name on the disk is bytes of somebody else's: what is not UTF-8 is replaced.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::reports
