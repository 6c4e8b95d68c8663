#include "oracle/story.h"

#include <algorithm>

#include <fmt/format.h>

namespace holdfast::oracle {
namespace {

std::string_view name_of(const WriteRecord& write) {
  if (write.is_discard) return "discard";
  return write.effect == Effect::zeros ? "write-zeroes" : "write";
}

// What happened at the cut to one member's sectors of a column: "landed", "dropped" or nothing.
std::string_view fate_of(const RaidShape& shape, const CutReport& cut, unsigned role,
                         std::uint64_t offset) {
  std::uint64_t byte = shape.data_offset_bytes[role] + offset;
  std::string_view fate;
  for (const CutFragment& fragment : cut.fragments)
    if (fragment.member == role && fragment.offset < byte + sector_bytes &&
        byte < fragment.offset + fragment.bytes)
      fate = fragment.landed ? "landed" : "dropped";
  return fate;
}

std::string_view part_of(const Row& row, unsigned role) {
  if (role == row.p) return row.q == Row::none ? "parity" : "P";
  return role == row.q ? "Q" : "data";
}

bool is_in(const std::vector<unsigned>& roles, unsigned role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// "m0 (data, landed) and m3 (parity, dropped) disagree": what the cut did to one parity page's sector and to a data sector
// below it. Empty if it did the same to both.
std::string disagreement_with(unsigned parity, const RaidShape& shape, const Row& row,
                              std::uint64_t offset, const std::vector<unsigned>& missing,
                              const CutReport& cut) {
  auto told = [&](unsigned role, std::string_view fate) {
    return fmt::format("m{} ({}, {})", role, part_of(row, role), fate);
  };
  std::string_view of_parity = fate_of(shape, cut, parity, offset);
  for (unsigned role : row.data) {
    if (is_in(missing, role)) continue;
    std::string_view fate = fate_of(shape, cut, role, offset);
    if (fate.empty() || fate == of_parity) continue;
    if (!of_parity.empty())
      return fmt::format("{} and {} disagree", told(role, fate), told(parity, of_parity));
    std::string_view other = fate == "landed" ? "not written yet" : "written before";
    return fmt::format("{} and {} disagree", told(role, fate), told(parity, other));
  }
  return {};
}

// In the block's own column before the others of the stripe.
std::string disagreement_in(const RaidShape& shape, const Row& row, std::uint64_t stripe,
                            std::uint64_t column, const std::vector<unsigned>& missing,
                            const CutReport& cut) {
  for (std::uint64_t i = 0; i < stripe_sectors; ++i) {
    std::uint64_t at = (column + i) % stripe_sectors;
    for (unsigned parity : {row.p, row.q}) {
      if (parity == Row::none || is_in(missing, parity)) continue;
      std::string found = disagreement_with(
          parity, shape, row, stripe * stripe_bytes + at * sector_bytes, missing, cut);
      if (!found.empty()) return found;
    }
  }
  return {};
}

}  // namespace

std::string describe(const History& history, WriteId id) {
  const WriteRecord& write = history.write(id);
  std::string text = fmt::format("{} {} (", name_of(write), id);
  if (write.extent.count.value == 1)
    text += fmt::format("sector {}", write.extent.first.value);
  else
    text += fmt::format("sectors {}..{}", write.extent.first.value, write.extent.end().value - 1);
  if (write.fua) text += ", FUA";
  bool is_of_now = write.epoch == history.epoch();
  if (is_of_now && write.is_acked() && history.is_flushed(write)) text += ", flushed";
  return text + (write.is_acked() ? ", acked)" : ", not acked)");
}

std::string story_of_wrong(const History& history, Lba lba, Content seen, const Wrong& wrong) {
  std::string text = fmt::format("block {} shows {}", lba.value, seen.text());
  WriteId shown = seen.is_written() ? seen.write() : 0;
  if (wrong.verdict == Verdict::stale_resurrected && shown != 0 && shown < history.epoch_begin())
    text += fmt::format(", which recovery {} had ruled out", history.write(shown).epoch);
  if (wrong.expected != 0)
    return text +
           fmt::format("; {} must be there: {}", describe(history, wrong.expected), wrong.kind);
  std::uint32_t recovery = history.epoch() - 1;
  std::string_view when = recovery == 0 ? "creation" : "recovery";
  std::string number = recovery == 0 ? "" : fmt::format(" {}", recovery);
  text += fmt::format("; {}{} had shown {}", when, number, history.baseline(lba).text());
  if (!history.is_touched(lba)) return text + ", and nothing was written there since";
  return text + ", and no write since explains it";
}

std::string story_of_write_hole(const History& history, const RaidShape& shape,
                                const DirtyRegions& dirty, Lba lba,
                                const std::vector<unsigned>& missing, const CutReport* cut) {
  MemberPlace place = place_of(shape, lba);
  std::uint64_t stripe = place.stripe();
  Row row = row_of(shape, place.offset / shape.chunk_bytes);
  bool is_missing = is_in(missing, place.role);
  std::string text = fmt::format(
      "block {} stands on {}member m{}, stripe {}, and is computed from the others: ", lba.value,
      is_missing ? "missing " : "", place.role, stripe);
  WriteId torn = dirty.dirtied_by(lba);
  if (torn == DirtyRegions::never_synced) return text + "parity was never synced there";
  std::string found;
  if (cut) found = disagreement_in(shape, row, stripe, lba.value % stripe_sectors, missing, *cut);
  text += found.empty() ? "a crash left its parity and data apart" : found;
  std::string others;
  for (unsigned index = 0; index < shape.data_disks(); ++index) {
    Extent page = extent_of(shape, stripe, index);
    for (WriteId id = history.epoch_begin(); id < history.writes_end(); ++id) {
      const WriteRecord& write = history.write(id);
      if (id == torn || !write.extent.overlaps(page) || history.is_durable(write)) continue;
      others += fmt::format(", {} on m{}", id, row.data[index]);
    }
  }
  text += fmt::format("; {} was torn", describe(history, torn));
  if (!others.empty())
    text += fmt::format("; also not durable in this stripe: write{}", others.substr(1));
  return text;
}

std::string story_of_parity(const RaidShape& shape, const Row& row, std::uint64_t stripe,
                            const ParityMatch& match, const Observation& seen) {
  std::string wrong;
  if (match.p_differs) wrong = fmt::format("P on m{}", row.p);
  if (match.q_differs) wrong += fmt::format("{}Q on m{}", wrong.empty() ? "" : " and ", row.q);
  std::uint64_t sector = match.first_byte / sector_bytes;
  std::string data;
  for (unsigned index = 0; index < shape.data_disks(); ++index) {
    Lba lba = extent_of(shape, stripe, index).first + Sectors(sector);
    data += fmt::format("{}m{} ({}, block {})", data.empty() ? "" : ", ", row.data[index],
                        seen.at(lba).text(), lba.value);
  }
  return fmt::format("stripe {}: {} does not match {}, first in byte {} of the page", stripe, wrong,
                     data, match.first_byte);
}

}  // namespace holdfast::oracle
