#include <algorithm>

#include <fmt/format.h>

#include "oracle/judge.h"
#include "oracle/story.h"

namespace holdfast::oracle {
namespace {

// How many ways there are to leave out as many members as parity replaces.
std::uint64_t degraded_views(const RaidShape& shape) {
  std::uint64_t disks = shape.raid_disks;
  return shape.parity_disks() == 1 ? disks : disks * (disks - 1) / 2;
}

}  // namespace

void Judge::compare_page(std::uint64_t stripe, Extent on_volume, Bytes page,
                         const Observation& seen, std::string_view view, Judgement& into) {
  for (std::uint64_t i = 0; i < stripe_sectors; ++i) {
    Lba lba = on_volume.first + Sectors(i);
    Content raw = history_.payload().decode(lba, page.subspan(i * sector_bytes, sector_bytes));
    if (raw == seen.at(lba) || seen.at(lba).kind() == Content::Kind::unreadable) continue;
    Finding finding;
    finding.verdict = Verdict::write_hole;
    finding.rule = "R5";
    finding.where = Extent(lba, Sectors(1));
    finding.kind = view;
    if (Finding* told = into.add(std::move(finding)))
      told->story = fmt::format("block {} (stripe {}) shows {} through the volume but {} in the {}",
                                lba.value, stripe, seen.at(lba).text(), raw.text(), view);
  }
}

void Judge::redundancy(MemberImages& images, const std::vector<unsigned>& missing,
                       const Observation& seen, Judgement& into) {
  check(profile_.raid.has_value(), "only arrays have members to compare");
  const RaidShape& shape = *profile_.raid;
  Redundancy members(shape, images, missing);
  std::uint64_t excused_stripes = 0;
  for (std::uint64_t stripe = 0; stripe < shape.stripes(); ++stripe) {
    bool is_hit = damage_.is_hit_stripe(stripe);
    bool is_excused = dirty_->is_excused_stripe(stripe);
    const Row& row = members.row(stripe);
    if (!is_excused) {
      ParityMatch match = members.compare(stripe);
      if (is_hit && match.matches() && missing.empty() && is_settled_)
        damage_.is_redundant(stripe), is_hit = false;
      is_excused = is_hit;
      into.counts.stripes += match.compared && !is_hit;
      if (!match.matches() && !is_hit) {
        Finding finding;
        finding.verdict = Verdict::parity_mismatch;
        finding.rule = "R6";
        finding.where = extent_of(shape, stripe, 0);
        finding.kind = match.p_differs ? match.q_differs ? "P and Q" : "P" : "Q";
        if (Finding* told = into.add(std::move(finding)))
          told->story = story_of_parity(shape, row, stripe, match, seen);
      }
    }
    excused_stripes += is_excused;
    for (unsigned index = 0; index < row.data.size(); ++index) {
      unsigned role = row.data[index];
      bool is_missing = std::find(missing.begin(), missing.end(), role) != missing.end();
      if (is_missing && is_excused) continue;  // P and Q may tell two stories
      compare_page(stripe, extent_of(shape, stripe, index), members.page(stripe, role), seen,
                   is_missing ? "members' images, computed" : "member's image", into);
    }
  }
  into.counts.stripes_dirty += excused_stripes;
  into.counts.views += 1;
  if (missing.empty() && excused_stripes == 0) into.counts.views += degraded_views(shape);
}

void Judge::degraded_view(const Observation& full, const Observation& degraded,
                          const std::vector<unsigned>& missing, Judgement& into) {
  ++into.counts.views;
  Opening opening;
  opening.missing = missing;
  for (Lba lba; lba < Lba(full.sectors().value); lba += Sectors(1)) {
    if (full.at(lba) == degraded.at(lba)) continue;
    if (damage_.is_hit_column(lba)) {  // a repair in one of both lives may have told another story
      ++into.counts.silent_by_format;
      continue;
    }
    Finding finding;
    finding.verdict = Verdict::write_hole;
    finding.rule = "R5";
    finding.where = Extent(lba, Sectors(1));
    finding.kind = "degraded view";
    if (Finding* told = add(std::move(finding), opening, into))
      told->story = fmt::format("block {} shows {} with all members and {} without", lba.value,
                                full.at(lba).text(), degraded.at(lba).text()) +
                    told->story;
  }
}

}  // namespace holdfast::oracle
